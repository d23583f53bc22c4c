/** Rooms for texts of telephones: found, made, and what becomes of users who are not there. */
import { afterEach, describe, expect, it } from 'vitest';
import type { CallingParty, MatrixUserId, RoomId } from '../../../../src/matrix/index.ts';
import { FakeHomeserver, refuse, unreachable } from '../support/fake-homeserver.ts';
import { ALICE, createWorld, member, state, type World, type WorldOptions } from '../support/side.ts';
import { Notes } from './world.ts';

const CHAT = '!chat:hs.test' as RoomId;
const PHONE = '+441818118181';
const GHOST = `@_sip_${PHONE}=40sip.example.org:hs.test` as MatrixUserId;
const target = { kind: 'user', user: ALICE } as const;
const known = (dialled: string, more: Partial<Extract<CallingParty, { kind: 'known' }>> = {}): CallingParty => ({
  kind: 'known',
  dialled,
  ...more,
});
const never = new AbortController().signal;

let world: World;
let notes: Notes;
afterEach(() => world.close());

/** A homeserver that makes chats; Alice is where `membership` says. */
async function start(membership: () => string, options: WorldOptions = {}): Promise<FakeHomeserver> {
  const homeserver = new FakeHomeserver()
    .on(/createRoom$/, { room_id: CHAT })
    .on(/chat:hs.test\/state$/, ({ as }: { as: string }) => [
      ...state(as),
      { type: 'm.room.member', state_key: ALICE, content: { membership: membership() } },
    ])
    .on(/GET .*state\/m.room.member\/@alice/, () => ({ membership: membership() }));
  notes = new Notes();
  world = await createWorld({ homeserver, texts: notes, ...options });
  return homeserver;
}

const roomFor = (sender = known(PHONE)) => world.side.textRooms.roomFor(target, sender, never);

describe('the chat for a text', () => {
  it('is made once, and waits for the user', async () => {
    let membership = 'invite';
    const homeserver = await start(() => membership);
    const both = await Promise.all([roomFor(), roomFor()]);
    expect(both).toEqual([0, 1].map(() => ({ roomId: CHAT, ghost: GHOST, presence: 'invited' })));
    expect(homeserver.lines(/createRoom/)).toHaveLength(1);
    membership = 'join';
    await world.push(
      '1',
      member(ALICE, 'join', { room_id: CHAT, unsigned: { prev_content: { membership: 'invite' } } }),
    );
    await world.side.idle();
    expect(notes.came).toEqual([`joined ${CHAT} ${ALICE}`]);
    homeserver.requests.length = 0;
    expect((await roomFor()).presence).toBe('joined');
    expect(homeserver.requests).toEqual([]);
  });

  it('is joined at once where users can be acted for', async () => {
    const acting = new FakeHomeserver();
    await start(() => 'invite', { actingHomeserver: acting });
    expect((await roomFor()).presence).toBe('joined');
    expect(acting.lines(/join$/)).toHaveLength(1);
  });

  it('is the one that the user made by dialling another way of writing', async () => {
    await start(() => 'join');
    const literal = '@_sip_01818118181=40sip.example.org:hs.test';
    await world.store.numberBindings.bind({ user: ALICE, literal: '01818118181', e164: PHONE as never });
    const portal = {
      roomId: '!own:hs.test',
      ghost: literal,
      userId: ALICE,
      userJoined: true,
      encrypted: false,
      others: 1,
    };
    await world.store.portals.save(portal, Date.now());
    expect(await roomFor()).toEqual({ roomId: '!own:hs.test', ghost: literal, presence: 'joined' });
  });

  it('that the user left invites them again', async () => {
    let membership = 'join';
    const homeserver = await start(() => membership);
    await roomFor();
    membership = 'leave';
    await world.push(
      '1',
      member(ALICE, 'leave', { room_id: CHAT, unsigned: { prev_content: { membership: 'join' } } }),
    );
    await world.side.idle();
    homeserver.requests.length = 0;
    expect(await roomFor()).toEqual({ roomId: CHAT, ghost: GHOST, presence: 'invited' });
    expect(homeserver.lines(/POST .*invite$/)).toHaveLength(1);
    expect(homeserver.lines(/createRoom/)).toEqual([]);
  });

  it.each([
    ['after they had left', -1_000, 1],
    ['before they left', 60_000, 0],
  ])('in which a text was posted %s invites them again, or not', async (_, leftInMs, invitations) => {
    let membership = 'join';
    const homeserver = await start(() => membership);
    homeserver.on(/PUT .*\/send\//, { event_id: '$posted' });
    const { roomId, ghost } = await roomFor();
    const leftAt = Date.now() + leftInMs;
    await world.side.texts.post({ key: 'crossing', roomId, ghost, body: 'hello' });
    membership = 'leave';
    const left = { room_id: CHAT, origin_server_ts: leftAt, unsigned: { prev_content: { membership: 'join' } } };
    await world.push('1', member(ALICE, 'leave', left));
    await world.side.idle();
    expect(homeserver.lines(/POST .*invite$/)).toHaveLength(invitations);
  });

  it('that the user declined leaves them alone for a day', async () => {
    let membership = 'invite';
    let now = Date.now();
    const clock = {
      now: () => now,
      after(_delayMs: number, task: () => void) {
        const soon = setImmediate(task);
        return () => clearImmediate(soon);
      },
    };
    const homeserver = await start(() => membership, { clock });
    await roomFor();
    membership = 'leave';
    await world.push(
      '1',
      member(ALICE, 'leave', { room_id: CHAT, unsigned: { prev_content: { membership: 'invite' } } }),
    );
    await world.side.idle();
    expect(notes.came).toEqual([`declined ${CHAT} ${ALICE}`]);
    expect((await roomFor()).presence).toBe('declined');
    expect(homeserver.lines(/POST .*invite$/)).toEqual([]);
    now += 25 * 3_600_000;
    expect((await roomFor()).presence).toBe('invited');
    expect(homeserver.lines(/POST .*invite$/)).toHaveLength(1);
  });

  it('is a new one where the old one is encrypted', async () => {
    await start(() => 'join');
    const portal = {
      roomId: '!dark:hs.test',
      ghost: GHOST,
      userId: ALICE,
      userJoined: true,
      encrypted: true,
      others: 1,
    };
    await world.store.portals.save(portal, Date.now());
    expect((await roomFor()).roomId).toBe(CHAT);
  });

  it('is a new one when the ghost is in the old one no more', async () => {
    const homeserver = await start(() => 'invite');
    const portal = {
      roomId: '!lost:hs.test',
      ghost: GHOST,
      userId: ALICE,
      userJoined: false,
      encrypted: false,
      others: 1,
    };
    await world.store.portals.save(portal, Date.now());
    homeserver.on(/lost:hs.test/, refuse(403, 'M_FORBIDDEN')).on(/joined_rooms$/, { joined_rooms: [CHAT] });
    expect((await roomFor()).roomId).toBe(CHAT);
    expect(await world.store.portals.inRoom('!lost:hs.test')).toEqual([]);
  });

  it.each([
    ['no-such-user', /profile\/@alice/, refuse(404, 'M_NOT_FOUND')],
    ['homeserver', /createRoom/, unreachable],
  ] as const)('cannot be had: %s', async (code, pattern, reply) => {
    const homeserver = await start(() => 'join');
    homeserver.on(pattern, reply);
    await expect(roomFor()).rejects.toMatchObject({ name: 'CallRoomError', code });
  });

  it('of many new numbers at once waits, and none shares a ghost with another', async () => {
    const homeserver = await start(() => 'join');
    let rooms = 0;
    homeserver
      .on(/createRoom$/, () => ({ room_id: `!room${++rooms}:hs.test` }))
      .on(/room\d+:hs.test\/state$/, state(ALICE));
    const numbers = Array.from({ length: 25 }, (_, n) => `+4416329600${n + 10}`);
    const results = await Promise.allSettled(numbers.map((number) => roomFor(known(number))));
    const made = results.filter(({ status }) => status === 'fulfilled');
    expect(made).toHaveLength(20);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'homeserver' } });
  });
});

describe('a sender that is no number', () => {
  it.each([
    ['ACME', 'sender=2f=41=43=4d=45', 'ACME'],
    ['62442', '62442', 'Tel 62442'],
    ['1800BANK', 'sender=2f1800=42=41=4e=4b', '1800BANK'],
    ['INFO12345', 'sender=2f=49=4e=46=4f12345', '“INFO12345”'],
    ['@admin:hs.test', 'sender=2f=40admin=3ahs.test', '“admin hs.test”'],
    ['\u202e', 'anonymous=2funknown', 'Anonymous'],
    ['', 'anonymous=2funknown', 'Anonymous'],
  ])('%j has a ghost that can be read', async (sender, id, shown) => {
    const homeserver = await start(() => 'join');
    const { ghost } = await roomFor(known(sender));
    expect(ghost).toBe(`@_sip_${id}=40sip.example.org:hs.test`);
    const name = homeserver.requests.find(({ path, as }) => path.endsWith('displayname') && as === ghost);
    expect(name?.body).toEqual({ displayname: shown });
  });
});

describe('a whole room', () => {
  it('has the ghost brought in', async () => {
    await start(() => 'join');
    world.homeserver.on(/chat:hs.test\/state$/, state(ALICE, GHOST));
    const room = { kind: 'room', room: CHAT } as const;
    expect(await world.side.textRooms.roomFor(room, known(PHONE), never)).toEqual({
      roomId: CHAT,
      ghost: GHOST,
      presence: 'joined',
    });
    expect(await world.side.textRooms.ghostIn(CHAT, known(PHONE))).toBe(GHOST);
    expect(await world.side.textRooms.ghostIn(CHAT, known('+15550100'))).toBeUndefined();
    // Who wrote to the whole room hears answers alone.
    expect(await world.side.textRooms.look(CHAT)).toEqual({ roomId: CHAT, ghosts: [], users: [ALICE] });
    expect(await world.side.textRooms.look('!nobody:hs.test' as RoomId)).toBeUndefined();
  });

  it('is looked at by a ghost that is there', async () => {
    const homeserver = await start(() => 'join');
    const room = '!group:hs.test' as RoomId;
    const gone = '@_sip_+4420=40sip.example.org:hs.test';
    for (const [at, ghost] of [gone, GHOST].entries()) {
      const portal = { roomId: room, ghost, userId: ALICE, userJoined: true, encrypted: false, others: 2 };
      await world.store.portals.save(portal, at);
    }
    homeserver.on(/group:hs.test\/state$/, ({ as }: { as: string }) =>
      as === gone ? refuse(403, 'M_FORBIDDEN')() : state(ALICE, GHOST),
    );
    homeserver.on(/joined_rooms$/, ({ as }: { as: string }) => ({ joined_rooms: as === gone ? [] : [room] }));
    expect(await world.side.textRooms.look(room)).toMatchObject({ ghosts: [{ ghost: GHOST }], users: [ALICE] });
    await world.store.portals.remove(room, GHOST);
    homeserver.on(/joined_rooms$/, unreachable);
    const other = { roomId: CHAT, ghost: GHOST, userId: ALICE, userJoined: true, encrypted: false, others: 1 };
    await world.store.portals.save(other, 1);
    homeserver.on(/chat:hs.test\/state$/, refuse(500, 'M_UNKNOWN'));
    await expect(world.side.textRooms.look(CHAT)).rejects.toMatchObject({ code: 'homeserver' });
  });
});
