/** Rooms for callers when the homeserver is slow, away or refuses: what a real one cannot be made to do. */
import { afterEach, describe, expect, it } from 'vitest';
import type { MatrixUserId, RingRoom, RoomId } from '../../../src/matrix/index.ts';
import { FakeHomeserver, refuse, unreachable } from './support/fake-homeserver.ts';
import {
  ALICE,
  createWorld,
  event,
  hurriedClock,
  member,
  realClock,
  type World,
  type WorldOptions,
} from './support/side.ts';

const GHOST = '@_sip_+441818118181=40sip.example.org:hs.test';
const DIRECT = '!direct:hs.test';
const target = { kind: 'user', user: ALICE } as const;
const caller = { kind: 'known', dialled: '+441818118181' } as const;
const never = new AbortController().signal;

const joined = (...members: readonly string[]) =>
  members.map((id) => ({ type: 'm.room.member', state_key: id, content: { membership: 'join' } }));

let world: World;
afterEach(() => world.close());

async function start(homeserver: FakeHomeserver, options: WorldOptions = {}): Promise<World> {
  world = await createWorld({ homeserver, ...options });
  return world;
}

/** A homeserver that makes the chat; the user joins when asked so many times. */
function making(membership: () => string): FakeHomeserver {
  return new FakeHomeserver()
    .on(/createRoom$/, { room_id: DIRECT })
    .on(/direct:hs.test\/state$/, joined(GHOST))
    .on(/state\/m.room.member\/@alice:hs.test$/, () => ({ membership: membership() }));
}

const ring = (signal = never) => world.side.callRooms.ringRoom(target, caller, signal);

describe('a room for a caller', () => {
  it('is there when the user has joined, and asks nothing more the next time', async () => {
    let looks = 0;
    await start(making(() => (++looks < 3 ? 'invite' : 'join')));
    expect(await ring()).toEqual({ roomId: DIRECT, ghost: GHOST, invitee: ALICE });
    world.homeserver.requests.length = 0;
    expect(await ring()).toEqual({ roomId: DIRECT, ghost: GHOST, invitee: ALICE });
    expect(world.homeserver.requests).toEqual([]);
  });

  it('is not made twice when the answer was lost: it is looked for', async () => {
    const homeserver = making(() => 'join').on(/createRoom$/, unreachable, 1);
    await start(homeserver);
    await expect(ring()).rejects.toMatchObject({ name: 'CallRoomError', code: 'homeserver' });
    homeserver.on(/joined_rooms$/, { joined_rooms: ['!other:hs.test', DIRECT] });
    homeserver.on(/other:hs.test\/state$/, joined(GHOST, '@bob:hs.test'));
    homeserver.on(/direct:hs.test\/state$/, joined(GHOST, ALICE));
    expect((await ring()).roomId).toBe(DIRECT);
    expect(homeserver.lines(/createRoom/)).toHaveLength(1);
  });

  it('is refused when the user turns the invitation down, or does not come', async () => {
    await start(making(() => 'leave'));
    await expect(ring()).rejects.toMatchObject({ code: 'not-joined' });
  });

  it('is given up as soon as the caller is', async () => {
    await start(
      making(() => 'invite'),
      { clock: realClock },
    );
    const gone = new AbortController();
    const ringing = ring(gone.signal);
    await expect.poll(() => world.homeserver.lines(/m.room.member/).length).toBeGreaterThan(0);
    gone.abort();
    await expect(ringing).rejects.toMatchObject({ code: 'not-joined' });
    await expect(ring(AbortSignal.abort())).rejects.toMatchObject({ code: 'not-joined' });
  });

  it('cannot be had where the homeserver encrypts every room', async () => {
    const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'x' } };
    await start(making(() => 'join').on(/direct:hs.test\/state$/, [...joined(GHOST), encryption]));
    await expect(ring()).rejects.toMatchObject({
      code: 'encrypted',
      message: expect.stringContaining('encryption_enabled_by_default_for_room_type'),
    });
  });

  it('is not for a user whom the homeserver does not know', async () => {
    await start(making(() => 'join').on(/profile\/@alice:hs.test$/, refuse(404, 'M_NOT_FOUND')));
    await expect(ring()).rejects.toMatchObject({ code: 'no-such-user' });
    expect(world.homeserver.lines(/createRoom/)).toEqual([]);
  });

  it('rings an unknown caller whose name cannot be dialled as somebody without a number', async () => {
    await start(making(() => 'join'));
    const { ghost } = await world.side.callRooms.ringRoom(target, { kind: 'known', dialled: 'the boss' }, never);
    expect(ghost).toContain('anonymous');
  });

  it('is one for all above a number of new callers, each of whom is shown', async () => {
    let rooms = 0;
    const homeserver = new FakeHomeserver()
      .on(/createRoom$/, () => ({ room_id: `!room${++rooms}:hs.test` }))
      .on(/\/state$/, joined(ALICE))
      .on(/GET .*m.room.member\/@alice:hs.test$/, { membership: 'join' });
    await start(homeserver);
    const call = (n: number) =>
      world.side.callRooms.ringRoom(target, { kind: 'known', dialled: `+4416329600${n}`, name: `Name ${n}` }, never);
    const last: RingRoom[] = [];
    for (let n = 10; n < 40; n++) last.push(await call(n));
    expect(rooms).toBe(21);
    expect(new Set(last.slice(20).map(({ roomId }) => roomId)).size).toBe(1);
    expect(last.at(-1)?.ghost).toContain('anonymous');
    const shown = homeserver.requests.filter(
      ({ path }) => path.includes('m.room.member') && path.includes('anonymous'),
    );
    expect(shown.at(-1)?.body).toMatchObject({ displayname: 'Name 39 (Tel +441632960039)' });
    // Who has a chat already is none of the crowd.
    expect(await call(10)).toEqual(last[0]);
  });

  it('of another server is made only where that is allowed', async () => {
    const remote = { kind: 'user', user: '@x:elsewhere.test' as MatrixUserId } as const;
    await start(new FakeHomeserver());
    await expect(world.side.callRooms.ringRoom(remote, caller, never)).rejects.toMatchObject({ code: 'no-such-user' });
    expect(world.homeserver.requests).toEqual([]);
    await world.close();
    const homeserver = new FakeHomeserver()
      .on(/createRoom$/, { room_id: DIRECT })
      .on(/direct:hs.test\/state$/, joined(GHOST))
      .on(/state\/m.room.member\/@x:elsewhere.test$/, { membership: 'join' });
    await start(homeserver, { settings: { ringFederated: true } });
    expect((await world.side.callRooms.ringRoom(remote, caller, never)).roomId).toBe(DIRECT);
  });
});

describe('acting for users', () => {
  const acting = () => new FakeHomeserver();

  it('joins the user with the other token, and enters the chat among the direct ones', async () => {
    const other = acting().on(/GET .*m.direct$/, { '@friend:hs.test': ['!f:hs.test'] });
    await start(
      making(() => 'invite'),
      { actingHomeserver: other },
    );
    await ring();
    expect(other.requests[0]).toMatchObject({ method: 'POST', as: ALICE });
    await expect.poll(() => other.lines(/PUT .*m.direct/)).toHaveLength(1);
    expect(other.requests.at(-1)?.body).toEqual({ '@friend:hs.test': ['!f:hs.test'], [GHOST]: [DIRECT] });
  });

  it('invites where the token is refused, and does not ask again at once', async () => {
    const other = acting().on(/join$/, refuse(401, 'M_UNKNOWN_TOKEN'));
    let membership = 'invite';
    await start(
      making(() => membership),
      { actingHomeserver: other, clock: realClock },
    );
    const ringing = ring();
    await expect.poll(() => other.requests.length).toBe(1);
    membership = 'join';
    expect((await ringing).roomId).toBe(DIRECT);
    expect(world.log.some(({ msg }) => String(msg).includes('could not be joined'))).toBe(true);
    await world.side.callRooms.ringRoom(target, { ...caller, dialled: '+441632960001' }, never).catch(() => {});
    expect(other.requests).toHaveLength(1);
  });
});

describe('events of a call that the gateway began', () => {
  it('come to the listener whatever ghost the room has beside it', async () => {
    await start(new FakeHomeserver());
    const room = '!phone:hs.test' as RoomId;
    const other = '@_sip_07=40sip.example.org:hs.test';
    for (const ghost of ['@trunkline:hs.test', other, GHOST]) {
      const portal = { roomId: room, ghost, userId: ALICE, encrypted: false, others: 1, userJoined: true };
      await world.store.portals.save(portal, 1);
    }
    const content = { call_id: 'c', party_id: 'P', version: '1' };
    const at = { room_id: room };
    await world.push(
      't1',
      event('m.call.answer', { ...content, answer: { type: 'answer', sdp: 's' } }, at),
      event('m.call.candidates', { ...content, candidates: [] }, at),
      event('m.call.negotiate', { ...content, description: { type: 'offer', sdp: 's' } }, at),
      event('m.call.reject', content, at),
      event('m.call.hangup', content, { ...at, sender: '@bob:hs.test' }),
    );
    await world.side.idle();
    expect(world.calls.map(({ event: { type, sender } }) => `${type} ${sender}`)).toEqual([
      `answer ${ALICE}`,
      `candidates ${ALICE}`,
      `negotiate ${ALICE}`,
      `reject ${ALICE}`,
      'hangup @bob:hs.test',
    ]);
  });

  it('an invite that was withdrawn is not sent, and nothing after it', async () => {
    const homeserver = new FakeHomeserver().on(/send\/m.call.invite/, unreachable);
    await start(homeserver, { clock: hurriedClock });
    const address = {
      roomId: '!r:hs.test' as RoomId,
      ghost: GHOST as MatrixUserId,
      callId: 'c',
      partyId: 'gw',
      version: '1',
    };
    const send = (type: 'invite' | 'hangup', key: string, signal?: AbortSignal) =>
      world.side.signalling.send(
        address as Parameters<typeof world.side.signalling.send>[0],
        type === 'invite' ? { type, sdp: 's', lifetimeMs: 1 } : { type, reason: 'invite_timeout' },
        key,
        signal,
      );
    await expect(send('invite', 'a', AbortSignal.abort())).rejects.toThrow('withdrawn');
    await send('hangup', 'b');
    expect(homeserver.lines(/send/)).toEqual([]);

    // One that was tried may have arrived: its client is told.
    const tried = { ...address, callId: 'd' };
    const withdraw = new AbortController();
    const sent = world.side.signalling.send(
      tried as Parameters<typeof world.side.signalling.send>[0],
      { type: 'invite', sdp: 's', lifetimeMs: 1 },
      'c',
      withdraw.signal,
    );
    await expect.poll(() => homeserver.lines(/m.call.invite/).length).toBeGreaterThan(0);
    withdraw.abort();
    const hangup = world.side.signalling.send(
      tried as Parameters<typeof world.side.signalling.send>[0],
      { type: 'hangup', reason: 'invite_timeout' },
      'd',
    );
    await expect(sent).rejects.toThrow();
    await hangup;
    expect(homeserver.lines(/m.call.hangup/)).toHaveLength(1);
  });
});

describe('a phone room', () => {
  it('is made at the first call out where that is wanted, once', async () => {
    const homeserver = new FakeHomeserver()
      .on(/createRoom$/, { room_id: '!phone:hs.test' })
      .on(/phone:hs.test\/state$/, joined('@trunkline:hs.test'));
    await start(homeserver, { settings: { phoneRoomAtFirstCall: true } });
    for (const n of ['01', '02']) {
      const ghost = `@_sip_${n}=40sip.example.org:hs.test`;
      await world.push(`t${n}`, member(ghost, 'invite', { room_id: `!${n}:hs.test` }));
    }
    await world.side.idle();
    await expect.poll(() => homeserver.lines(/createRoom/)).toHaveLength(1);
    expect(homeserver.requests.find(({ path }) => path.endsWith('createRoom'))?.body).toMatchObject({
      name: 'Phone',
      is_direct: true,
      invite: [ALICE],
    });
  });
});
