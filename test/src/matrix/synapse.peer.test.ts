/** The Matrix side against a real Synapse: what a client does, over real HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallAddress, CallId, MatrixSide, MatrixUserId, RoomId } from '../../../src/matrix/index.ts';
import type { MatrixSession, Synapse } from '../../world/synapse.ts';
import { until } from '../../world/wait.ts';
import { type RealWorld, type RoomEvent, startRealWorld } from './support/real.ts';

let world: RealWorld;
let synapse: Synapse;
let side: MatrixSide;
let alice: MatrixSession;
let mallory: MatrixSession;

beforeAll(async () => {
  world = await startRealWorld({ mayCall: (user) => !user.startsWith('@mallory:') });
  ({ synapse, side } = world);
  alice = world.alice.session;
  mallory = (await world.user('mallory')).session;
});

afterAll(() => world?.stop());

function as(session: MatrixSession) {
  const ask = (method: string, resource: string, body?: unknown) =>
    synapse.request(method, `/_matrix/client/v3${resource}`, { body, token: session.accessToken });
  return {
    ask,
    lookUp: async (phone: string, protocol = 'm.protocol.pstn') =>
      (await ask('GET', `/thirdparty/user/${protocol}?m.id.phone=${encodeURIComponent(phone)}`)) as {
        readonly userid: MatrixUserId;
      }[],
    /** A direct chat, made as Element makes it. */
    async directChat(ghost: string, initialState: unknown[] = []): Promise<RoomId> {
      const reply = await ask('POST', '/createRoom', {
        preset: 'trusted_private_chat',
        visibility: 'private',
        is_direct: true,
        invite: [ghost],
        initial_state: initialState,
      });
      return (reply as { room_id: RoomId }).room_id;
    },
    send: (roomId: string, type: string, content: unknown) =>
      ask('PUT', `/rooms/${encodeURIComponent(roomId)}/send/${type}/${Math.random()}`, content),
    async events(roomId: string): Promise<readonly RoomEvent[]> {
      const reply = await ask('GET', `/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=100`);
      return (reply as { chunk: RoomEvent[] }).chunk;
    },
    async members(roomId: string): Promise<Readonly<Record<string, string>>> {
      const reply = await ask('GET', `/rooms/${encodeURIComponent(roomId)}/members`);
      const { chunk } = reply as { chunk: RoomEvent[] };
      return Object.fromEntries(chunk.map((one) => [one.state_key ?? '', String(one.content.membership)]));
    },
  };
}

function inviteContent(callId: string) {
  const offer = { type: 'offer', sdp: 'v=0\r\n' };
  return { call_id: callId, party_id: 'DEVICE', version: '1', lifetime: 60_000, offer };
}

const callsNamed = (callId: string) => world.calls.filter(({ event }) => event.callId === callId);

describe('against a real Synapse', () => {
  it('proves the loop at start and says so', async () => {
    await until('the ping to come back', () => side.health().ping?.state === 'proven');
    expect(await side.signalling.turnServer()).toBeUndefined();
    const said = world.log.map(({ msg }) => msg).join('\n');
    expect(said).not.toContain('without TURN');
    expect(said).toContain('The homeserver and the gateway reach each other');
  });

  it('has the protocols that dial pads look for', async () => {
    const protocols = (await as(alice).ask('GET', '/thirdparty/protocols')) as Record<string, unknown>;
    expect(Object.keys(protocols).sort()).toEqual(['im.vector.protocol.pstn', 'm.protocol.pstn']);
  });

  it('looks numbers up as dialled, and the ghost has its profile at once', async () => {
    for (const protocol of ['m.protocol.pstn', 'im.vector.protocol.pstn']) {
      expect(await as(alice).lookUp('01818118181', protocol)).toEqual([
        {
          userid: '@_sip_01818118181=40sip.example.org:hs.test',
          protocol,
          fields: { 'm.id.phone': '01818118181' },
        },
      ]);
    }
    const ghost = encodeURIComponent('@_sip_01818118181=40sip.example.org:hs.test');
    expect(await as(alice).ask('GET', `/profile/${ghost}`)).toMatchObject({ displayname: 'Tel 01818118181' });
    expect(await as(alice).lookUp('bob')).toEqual([]);
  });

  it.each([
    ['before the ghost has joined', '0201'],
    ['when the ghost has joined', '0202'],
  ])('rings when the invite comes %s', async (when, number) => {
    const [found] = await as(alice).lookUp(number);
    const ghost = found?.userid ?? '';
    const roomId = await as(alice).directChat(ghost);
    const joined = async () => (await as(alice).members(roomId))[ghost] === 'join';
    if (when.startsWith('when')) await until('the ghost to join', joined);
    const callId = `race-${number}`;
    await as(alice).send(roomId, 'm.call.invite', inviteContent(callId));
    await as(alice).send(roomId, 'm.call.candidates', {
      call_id: callId,
      party_id: 'DEVICE',
      version: '1',
      candidates: [{ candidate: '' }],
    });
    await until('the invite and its candidates', () => callsNamed(callId).length === 2);
    expect(callsNamed(callId).map(({ event }) => event.type)).toEqual(['invite', 'candidates']);
    expect(callsNamed(callId)[0]?.room).toEqual({ roomId, ghost, dialled: number });

    const address: CallAddress = {
      roomId,
      ghost: ghost as MatrixUserId,
      callId: callId as CallId,
      partyId: 'gw',
      version: '1',
    };
    await side.signalling.send(address, { type: 'answer', sdp: 'v=0\r\n' }, `${callId}:answer`);
    await side.signalling.send(address, { type: 'answer', sdp: 'v=0\r\n' }, `${callId}:answer`);
    await side.signalling.send(address, { type: 'hangup', reason: 'user_hangup' }, `${callId}:hangup`);
    const sent = (await as(alice).events(roomId)).filter(
      ({ sender, type }) => sender === ghost && type.startsWith('m.call.'),
    );
    expect(sent.map(({ type }) => type)).toEqual(['m.call.hangup', 'm.call.answer']);
  });

  it('reaches a number by its .tel ID, lazily, and describes the room', async () => {
    const ghost = '@.tel.441632960000:hs.test';
    const roomId = await as(alice).directChat(ghost);
    await until('the ghost to join', async () => (await as(alice).members(roomId))[ghost] === 'join');
    await until('the bridge state', async () =>
      (await as(alice).events(roomId)).some(({ type }) => type === 'm.bridge'),
    );
    await as(alice).send(roomId, 'm.call.invite', inviteContent('tel'));
    await until('the invite', () => callsNamed('tel').length === 1);
    expect(callsNamed('tel')[0]?.room.dialled).toBe('+441632960000');
  });

  it('tells a user without permission once, and leaves', async () => {
    const [found] = await as(mallory).lookUp('0900');
    const ghost = found?.userid ?? '';
    const roomId = await as(mallory).directChat(ghost);
    await until('the ghost to leave', async () => (await as(mallory).members(roomId))[ghost] === 'leave');
    const said = (await as(mallory).events(roomId)).filter(({ type }) => type === 'm.room.message');
    expect(said.map(({ content }) => content.body)).toEqual([expect.stringContaining('do not have permission')]);
    await as(mallory).ask('POST', `/rooms/${encodeURIComponent(roomId)}/invite`, { user_id: ghost });
    await until('the ghost to decline', async () => (await as(mallory).members(roomId))[ghost] === 'leave');
    expect((await as(mallory).events(roomId)).filter(({ type }) => type === 'm.room.message')).toHaveLength(1);
  });

  it('says in an encrypted room that texts do not get through', async () => {
    const ghost = '@_sip_031=40sip.example.org:hs.test';
    const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };
    const roomId = await as(alice).directChat(ghost, [encryption]);
    const notices = async () => (await as(alice).events(roomId)).filter(({ type }) => type === 'm.room.message');
    await until('the notice', async () => (await notices()).length > 0);
    expect((await notices()).map(({ content }) => content.body)).toEqual([expect.stringContaining('encrypted')]);
  });

  it('says so when encryption is turned on later', async () => {
    const ghost = '@_sip_032=40sip.example.org:hs.test';
    const roomId = await as(alice).directChat(ghost);
    await until('the ghost to join', async () => (await as(alice).members(roomId))[ghost] === 'join');
    await as(alice).ask('PUT', `/rooms/${encodeURIComponent(roomId)}/state/m.room.encryption/`, {
      algorithm: 'm.megolm.v1.aes-sha2',
    });
    await until('the notice', async () =>
      (await as(alice).events(roomId)).some(({ type }) => type === 'm.room.message'),
    );
  });

  it('leaves when its user does', async () => {
    const bob = await synapse.register('bob', 'b');
    const ghost = '@_sip_033=40sip.example.org:hs.test';
    const roomId = await as(alice).directChat(ghost);
    await until('the ghost to join', async () => (await as(alice).members(roomId))[ghost] === 'join');
    await as(alice).ask('POST', `/rooms/${encodeURIComponent(roomId)}/invite`, { user_id: bob.userId });
    await as(bob).ask('POST', `/rooms/${encodeURIComponent(roomId)}/join`, {});
    // Three are no call's room.
    await as(alice).send(roomId, 'm.call.invite', inviteContent('three'));
    await as(alice).ask('POST', `/rooms/${encodeURIComponent(roomId)}/leave`, {});
    await until('the ghost to leave', async () => (await as(bob).members(roomId))[ghost] === 'leave');
    expect(callsNamed('three')).toEqual([]);
    expect(await side.findCallee(roomId)).toBeUndefined();
  });

  it('goes on after the homeserver was restarted', async () => {
    const ghost = '@_sip_034=40sip.example.org:hs.test';
    const roomId = await as(alice).directChat(ghost);
    await until('the ghost to join', async () => (await as(alice).members(roomId))[ghost] === 'join');
    await synapse.halt();
    const address: CallAddress = {
      roomId,
      ghost: ghost as MatrixUserId,
      callId: 'away' as CallId,
      partyId: 'gw',
      version: '1',
    };
    const hangup = side.signalling.send(address, { type: 'hangup', reason: 'user_hangup' }, 'away:hangup');
    await synapse.resume();
    await hangup;
    await as(alice).send(roomId, 'm.call.invite', inviteContent('after'));
    await until('the invite', () => callsNamed('after').length === 1);
    expect((await as(alice).events(roomId)).filter(({ type }) => type === 'm.call.hangup')).toHaveLength(1);
  });
});
