import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallAddress, CallId } from '../../../src/matrix/index.ts';
import { ALICE, createWorld, GHOST, invite, member, ROOM, state, type World } from './support/side.ts';

/** What a client does when a number is dialled, as the gateway sees it. */
describe('dialling a number', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    world.homeserver.on(/\/state$/, state(ALICE, GHOST));
  });
  afterEach(() => world.close());

  it('goes from the lookup to the answer', async () => {
    const lookup = await world.http.inject({
      url: '/_matrix/app/v1/thirdparty/user/m.protocol.pstn?m.id.phone=01818118181',
      headers: { authorization: 'Bearer hs-secret' },
    });
    expect(lookup.json()).toEqual([
      { userid: GHOST, protocol: 'm.protocol.pstn', fields: { 'm.id.phone': '01818118181' } },
    ]);
    expect(world.homeserver.lines()).toEqual(
      expect.arrayContaining([
        'POST /_matrix/client/v3/register',
        `PUT /_matrix/client/v3/profile/${GHOST}/displayname`,
      ]),
    );

    expect(await world.push('1', member(GHOST, 'invite'))).toEqual({ status: 200, body: {} });
    await world.side.idle();
    expect(world.homeserver.lines(/join|messages/)).toEqual([
      `POST /_matrix/client/v3/rooms/${ROOM}/join`,
      `GET /_matrix/client/v3/rooms/${ROOM}/messages`,
    ]);

    await world.push('2', invite('call-1'));
    await world.side.idle();
    expect(world.calls).toMatchObject([
      {
        event: { type: 'invite', callId: 'call-1', partyId: 'DEVICE', version: '1', lifetimeMs: 60_000, sender: ALICE },
        room: { roomId: ROOM, ghost: GHOST, dialled: '01818118181' },
      },
    ]);

    const address: CallAddress = {
      roomId: ROOM,
      ghost: GHOST,
      callId: 'call-1' as CallId,
      partyId: 'gw',
      version: '1',
    };
    await world.side.signalling.send(address, { type: 'answer', sdp: 'v=0\r\na' }, 'call-1:answer');
    const sent = world.homeserver.requests.at(-1);
    expect(sent).toMatchObject({ method: 'PUT', as: GHOST });
    expect(sent?.path).toContain('/send/m.call.answer/');
    expect(sent?.body).toEqual({
      call_id: 'call-1',
      party_id: 'gw',
      version: '1',
      answer: { type: 'answer', sdp: 'v=0\r\na' },
      capabilities: { 'm.call.dtmf': true, 'm.call.transferee': true },
    });
  });

  it('finds an invite that came before the ghost had joined, with its candidates', async () => {
    const early = invite('early');
    const candidates = {
      ...invite('early'),
      type: 'm.call.candidates',
      content: { call_id: 'early', party_id: 'DEVICE', version: '1', candidates: [{ candidate: '' }] },
    };
    world.homeserver.on(/\/messages$/, { chunk: [candidates, early] });
    await world.push('1', member(GHOST, 'invite'));
    await world.side.idle();
    expect(world.calls.map(({ event }) => event.type)).toEqual(['invite', 'candidates']);
    // The homeserver may push them as well.
    await world.push('2', early, candidates);
    await world.side.idle();
    expect(world.calls).toHaveLength(2);
  });
});
