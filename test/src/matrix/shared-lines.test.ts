/** Lines that control rooms share: their rooms, and who is in them. */
import { afterEach, describe, expect, it } from 'vitest';
import type { HomeserverRequest } from '../../../src/matrix/client/homeserver.ts';
import type { Lines, MatrixUserId, RoomId, TextListener } from '../../../src/matrix/index.ts';
import { FakeHomeserver, refuse, unreachable } from './support/fake-homeserver.ts';
import { ALICE, createWorld, event, invite, member, type World, type WorldOptions } from './support/side.ts';

const BOT = '@trunkline:hs.test';
const BOB = '@bob:hs.test' as MatrixUserId;
const CARL = '@carl:other.test' as MatrixUserId;
const SALES = '!sales:hs.test' as RoomId;
const SUPPORT = '!support:hs.test' as RoomId;
const TALK = '!talk:hs.test' as RoomId;
const LINE = '+441818118181';
const GHOST = '@_sip_+441632960001=40sip.example.org:hs.test' as MatrixUserId;
const target = { kind: 'line', line: LINE, room: SALES } as const;
const caller = { kind: 'known', dialled: '+441632960001' } as const;
const never = new AbortController().signal;

/** A homeserver that keeps who is in which room. */
class Rooms extends FakeHomeserver {
  readonly members = new Map<string, Map<string, string>>();
  readonly names = new Map<string, string>();
  readonly topics = new Map<string, string>();
  made = 0;

  constructor() {
    super();
    this.put(SALES, BOT, 'join');
    this.on(/POST .*createRoom$/, (request: HomeserverRequest) => this.#create(request));
    this.on(/GET .*\/joined_members$/, (request: HomeserverRequest) => ({
      joined: Object.fromEntries(this.in(roomOf(request), 'join').map((user) => [user, {}])),
    }));
    this.on(/GET .*\/state$/, (request: HomeserverRequest) => this.state(roomOf(request)));
    this.on(/GET .*\/state\/m.room.member\//, (request: HomeserverRequest) => {
      const user = decodeURIComponent(request.path.split('/').at(-1) ?? '');
      const membership = this.members.get(roomOf(request))?.get(user);
      return membership === undefined ? refuse(404, 'M_NOT_FOUND')() : { membership };
    });
    this.on(/PUT .*\/state\/m.room.member\//, (request: HomeserverRequest) => {
      const { membership, is_direct } = request.body as { membership: string; is_direct?: boolean };
      if (is_direct) this.put(roomOf(request), decodeURIComponent(request.path.split('/').at(-1) ?? ''), membership);
      return {};
    });
    this.on(/POST .*\/kick$/, (request: HomeserverRequest) => this.change(request, 'leave'));
    this.on(/POST .*\/join$/, (request: HomeserverRequest) => {
      this.put(roomOf(request), request.as ?? '', 'join');
      return {};
    });
    this.on(/POST .*\/leave$/, (request: HomeserverRequest) => {
      this.put(roomOf(request), request.as ?? '', 'leave');
      return {};
    });
    this.on(/PUT .*\/state\/m.room.name\/$/, (request: HomeserverRequest) => {
      this.names.set(roomOf(request), String((request.body as { name?: unknown }).name));
      return {};
    });
  }

  put(roomId: string, user: string, membership: string): void {
    const room = this.members.get(roomId) ?? new Map<string, string>();
    this.members.set(roomId, room.set(user, membership));
  }

  in(roomId: string, membership: string): string[] {
    return [...(this.members.get(roomId) ?? [])].filter(([, is]) => is === membership).map(([user]) => user);
  }

  state(roomId: string): unknown[] {
    const members = [...(this.members.get(roomId) ?? [])];
    const name = this.names.get(roomId);
    const topic = this.topics.get(roomId);
    return [
      ...members.map(([id, membership]) => ({ type: 'm.room.member', state_key: id, content: { membership } })),
      ...(name === undefined ? [] : [{ type: 'm.room.name', state_key: '', content: { name } }]),
      ...(topic === undefined ? [] : [{ type: 'm.room.topic', state_key: '', content: { topic } }]),
    ];
  }

  #create({ as, body }: HomeserverRequest): unknown {
    this.made += 1;
    const roomId = this.made === 1 ? TALK : `!talk${this.made}:hs.test`;
    const { invite: invited, name } = body as { invite: string[]; name: string };
    this.put(roomId, as ?? '', 'join');
    this.names.set(roomId, name);
    for (const user of invited) this.put(roomId, user, 'invite');
    return { room_id: roomId };
  }

  change(request: HomeserverRequest, membership: string): unknown {
    this.put(roomOf(request), String((request.body as { user_id?: unknown }).user_id), membership);
    return {};
  }
}

function roomOf({ path }: HomeserverRequest): string {
  return decodeURIComponent(/rooms\/([^/]+)/.exec(path)?.[1] ?? '');
}

let world: World;
let owner: RoomId | undefined;
afterEach(() => world.close());

const lines: Lines = {
  of: () => [],
  show: (number) => number,
  shared: {
    controlRoomOf: (line) => (line === LINE ? owner : undefined),
    controlRooms: () => (owner === undefined ? [] : [owner]),
    title: () => 'Sales',
  },
};

async function start(homeserver: Rooms, options: WorldOptions = {}): Promise<World> {
  owner = SALES;
  world = await createWorld({ homeserver, lines, ...options });
  await expect.poll(() => world.side.membersOf(SALES)).toBeDefined();
  return world;
}

/** Alice and Bob share the line; users of the homeserver are joined where asked for. */
function sharing(...users: readonly string[]): Rooms {
  const homeserver = new Rooms();
  for (const user of users) homeserver.put(SALES, user, 'join');
  return homeserver;
}

const acting = (homeserver: Rooms): WorldOptions => ({ actingHomeserver: homeserver });

describe('a call to a shared line', () => {
  it('rings in a room with all who share it, made once', async () => {
    const homeserver = sharing(ALICE, BOB);
    await start(homeserver, acting(homeserver));
    const room = await world.side.callRooms.ringRoom(target, caller, never);
    expect(room).toEqual({ roomId: TALK, ghost: GHOST });
    expect(homeserver.in(TALK, 'join').toSorted()).toEqual([GHOST, ALICE, BOB].toSorted());
    expect(homeserver.names.get(TALK)).toBe('Tel +441632960001 (Sales)');
    const [creation] = homeserver.requests.filter(({ path }) => path.endsWith('createRoom'));
    expect(creation?.body).toMatchObject({ power_level_content_override: { invite: 100, kick: 100 } });
    homeserver.requests.length = 0;
    expect(await world.side.callRooms.ringRoom(target, caller, never)).toEqual(room);
    expect(homeserver.requests).toEqual([]);
  });

  it('makes one room also when two calls come at once', async () => {
    const homeserver = sharing(ALICE, BOB);
    await start(homeserver, acting(homeserver));
    const ring = () => world.side.callRooms.ringRoom(target, caller, never);
    expect(await Promise.all([ring(), ring()])).toEqual([
      { roomId: TALK, ghost: GHOST },
      { roomId: TALK, ghost: GHOST },
    ]);
    expect(homeserver.made).toBe(1);
  });

  it('is called after the caller', async () => {
    const homeserver = sharing(ALICE);
    await start(homeserver, acting(homeserver));
    await world.side.callRooms.ringRoom(target, { ...caller, name: 'Dana' }, never);
    expect(homeserver.names.get(TALK)).toBe('Dana (Tel +441632960001) (Sales)');
  });

  it('leaves the room the name that its members gave it', async () => {
    const homeserver = sharing(ALICE);
    await start(homeserver, acting(homeserver));
    await world.side.callRooms.ringRoom(target, caller, never);
    homeserver.names.set(TALK, 'The plumber');
    await world.push('1', event('m.room.name', { name: 'The plumber' }, { room_id: TALK, state_key: '' }));
    await world.side.idle();
    await world.side.callRooms.ringRoom(target, { ...caller, name: 'Dana' }, never);
    expect(homeserver.names.get(TALK)).toBe('The plumber');
  });

  it('does not make a second room when the answer to the first was lost', async () => {
    const homeserver = sharing(ALICE);
    await start(homeserver, acting(homeserver));
    // The homeserver makes it, and dies before it says so.
    homeserver.on(
      /POST .*createRoom$/,
      ({ as, body }: HomeserverRequest) => {
        homeserver.put(TALK, as ?? '', 'join');
        homeserver.topics.set(TALK, (body as { topic: string }).topic);
        return unreachable();
      },
      1,
    );
    await expect(world.side.callRooms.ringRoom(target, caller, never)).rejects.toMatchObject({ code: 'homeserver' });
    homeserver.on(/joined_rooms$/, { joined_rooms: ['!other:hs.test', TALK] });
    expect(await world.side.callRooms.ringRoom(target, caller, never)).toEqual({ roomId: TALK, ghost: GHOST });
    expect(homeserver.made).toBe(0);
    expect(homeserver.in(TALK, 'join')).toContain(ALICE);
  });

  it('of ever new numbers does not fill the homeserver with rooms', async () => {
    const homeserver = sharing(ALICE);
    await start(homeserver, acting(homeserver));
    const rooms = new Set<string>();
    for (let n = 10; n < 40; n++) {
      const { roomId } = await world.side.callRooms.ringRoom(target, { ...caller, dialled: `+4416329601${n}` }, never);
      rooms.add(roomId);
    }
    expect(rooms.size).toBe(21);
    expect(homeserver.made).toBe(21);
    const known = { ...caller, dialled: '+441632960110' };
    expect((await world.side.callRooms.ringRoom(target, known, never)).roomId).toBe(TALK);
    await expect(
      world.side.textRooms.roomFor(target, { ...caller, dialled: '+441632960150' }, never),
    ).rejects.toMatchObject({ code: 'homeserver' });
  });

  it('rings when the first comes, where nobody can be joined', async () => {
    const homeserver = sharing(ALICE, BOB);
    await start(homeserver);
    const ringing = world.side.callRooms.ringRoom(target, caller, never);
    await expect.poll(() => homeserver.in(TALK, 'invite')).toEqual([ALICE, BOB]);
    homeserver.put(TALK, BOB, 'join');
    expect(await ringing).toEqual({ roomId: TALK, ghost: GHOST });
  });

  it('rings nobody when the caller gives up before anybody came', async () => {
    const homeserver = sharing(ALICE);
    await start(homeserver);
    const gone = new AbortController();
    const ringing = world.side.callRooms.ringRoom(target, caller, gone.signal);
    await expect.poll(() => homeserver.in(TALK, 'invite')).toEqual([ALICE]);
    gone.abort();
    await expect(ringing).rejects.toMatchObject({ code: 'not-joined' });
  });

  it('cannot ring where it is not known who shares it', async () => {
    const homeserver = sharing(ALICE);
    homeserver.on(/sales:hs.test\/join$/, refuse(403, 'M_FORBIDDEN'));
    owner = SALES;
    world = await createWorld({ homeserver, lines });
    await expect.poll(() => homeserver.lines(/sales:hs.test\/join$/).length).toBeGreaterThan(0);
    await expect(world.side.callRooms.ringRoom(target, caller, never)).rejects.toMatchObject({
      code: 'no-such-room',
      message: expect.stringContaining(SALES),
    });
    expect(homeserver.made).toBe(0);
  });

  it('cannot ring where the homeserver encrypts every room', async () => {
    const homeserver = sharing(ALICE);
    const encryption = { type: 'm.room.encryption', state_key: '', content: {} };
    homeserver.on(/talk:hs.test\/state$/, () => [...homeserver.state(TALK), encryption]);
    await start(homeserver, acting(homeserver));
    await expect(world.side.callRooms.ringRoom(target, caller, never)).rejects.toMatchObject({ code: 'encrypted' });
  });
});

describe('who shares a line', () => {
  const came = (user: string) => member(user, 'join', { room_id: SALES, sender: user });
  const left = (user: string) => member(user, 'leave', { room_id: SALES, sender: user });

  async function talking(...users: readonly string[]): Promise<Rooms> {
    const homeserver = sharing(...users);
    await start(homeserver, acting(homeserver));
    await world.side.callRooms.ringRoom(target, caller, never);
    await world.side.callRooms.ringRoom(target, { ...caller, dialled: '+441632960002' }, never);
    return homeserver;
  }

  it('comes into all its rooms with the control room', async () => {
    const homeserver = await talking(ALICE);
    homeserver.put(SALES, BOB, 'join');
    homeserver.put(SALES, CARL, 'join');
    await world.push('1', came(BOB));
    for (const room of [TALK, '!talk2:hs.test']) {
      await expect.poll(() => homeserver.in(room, 'join')).toContain(BOB);
      // Of another server: nobody can be joined there but by themselves.
      await expect.poll(() => homeserver.in(room, 'invite')).toContain(CARL);
    }
  });

  it('is sent out of all its rooms on leaving the control room, after their calls were ended', async () => {
    const homeserver = await talking(ALICE, BOB);
    homeserver.put(SALES, BOB, 'leave');
    await world.push('1', left(BOB));
    for (const room of [TALK, '!talk2:hs.test']) await expect.poll(() => homeserver.in(room, 'leave')).toEqual([BOB]);
    expect(world.sentAway).toEqual(
      expect.arrayContaining([
        { roomId: TALK, user: BOB },
        { roomId: '!talk2:hs.test', user: BOB },
      ]),
    );
    expect(homeserver.in(TALK, 'join').toSorted()).toEqual([GHOST, ALICE].toSorted());
  });

  it('loses an invitation, too', async () => {
    const homeserver = await talking(ALICE, CARL);
    expect(homeserver.in(TALK, 'invite')).toEqual([CARL]);
    homeserver.put(SALES, CARL, 'ban');
    await world.push('1', member(CARL, 'ban', { room_id: SALES, sender: ALICE }));
    await expect.poll(() => homeserver.in(TALK, 'leave')).toEqual([CARL]);
  });

  it('is set right later, where the homeserver could not do it', async () => {
    const homeserver = await talking(ALICE, BOB);
    homeserver.on(/POST .*\/kick$/, () => Promise.reject(new Error('the connection broke')));
    homeserver.put(SALES, BOB, 'leave');
    await world.push('1', left(BOB));
    const trouble = () => world.log.some(({ msg }) => /does not have its members/.test(String(msg)));
    await expect.poll(trouble, { timeout: 10_000 }).toBe(true);
    expect(homeserver.in(TALK, 'join')).toContain(BOB);
    homeserver.on(/POST .*\/kick$/, (request: HomeserverRequest) => homeserver.change(request, 'leave'));
    await expect.poll(() => homeserver.in(TALK, 'leave'), { timeout: 10_000 }).toEqual([BOB]);
  });

  it('is set right after the gateway was away', async () => {
    const homeserver = await talking(ALICE, BOB);
    const { store } = world;
    await world.side.stop(0);
    homeserver.put(SALES, BOB, 'leave');
    homeserver.put(SALES, CARL, 'join');
    const before = world;
    homeserver.requests.length = 0;
    await start(homeserver, { ...acting(homeserver), store });
    await expect.poll(() => homeserver.in(TALK, 'leave')).toEqual([BOB]);
    await expect.poll(() => homeserver.in(TALK, 'invite')).toEqual([CARL]);
    await world.close();
    world = before;
  });

  it('is nobody of whom nothing is known: nobody is sent away then', async () => {
    const homeserver = await talking(ALICE, BOB);
    homeserver.put(SALES, BOT, 'leave');
    homeserver.put(SALES, ALICE, 'leave');
    await world.push('1', left(ALICE));
    await expect.poll(() => world.side.membersOf(SALES)?.has(ALICE)).toBe(false);
    await world.side.idle();
    expect(homeserver.lines(/kick$/)).toEqual([]);
  });

  it('may leave one room alone, and comes back with the control room only', async () => {
    const texts = { onText() {}, onReaction() {}, onRedaction() {}, onJoined() {}, onDeclined() {} } as TextListener;
    const homeserver = sharing(ALICE, BOB);
    await start(homeserver, { ...acting(homeserver), texts });
    await world.side.callRooms.ringRoom(target, caller, never);
    homeserver.put(TALK, BOB, 'leave');
    await world.push('1', member(BOB, 'leave', { room_id: TALK, sender: BOB }));
    await world.side.callRooms.ringRoom(target, caller, never);
    expect(homeserver.in(TALK, 'leave')).toEqual([BOB]);
    homeserver.put(SALES, BOB, 'leave');
    await world.push('2', left(BOB));
    await expect.poll(() => world.side.membersOf(SALES)?.has(BOB)).toBe(false);
    homeserver.put(SALES, BOB, 'join');
    await world.push('3', came(BOB));
    await expect.poll(() => homeserver.in(TALK, 'join')).toContain(BOB);
  });

  it('ends with the link: the ghosts leave, and say so', async () => {
    const homeserver = await talking(ALICE);
    owner = SUPPORT;
    await world.side.sharedRooms.linesChanged();
    expect(world.closed).toContainEqual({ roomId: TALK, ghost: GHOST });
    expect(homeserver.in(TALK, 'leave')).toEqual([GHOST]);
    expect(
      homeserver.requests.some(({ body }) => JSON.stringify(body ?? '').includes('not shared by this group')),
    ).toBe(true);
    expect(await world.side.sharedRooms.lineIn(TALK)).toBeUndefined();
    expect(await world.store.lineRooms.all()).toEqual([]);
  });
});

describe('a text that waited while its line was given to others', () => {
  it('is for those who have the line now', async () => {
    const homeserver = sharing(ALICE);
    homeserver.put(SUPPORT, BOT, 'join');
    homeserver.put(SUPPORT, BOB, 'join');
    await start(homeserver, acting(homeserver));
    owner = SUPPORT;
    await world.side.sharedRooms.linesChanged();
    const { roomId } = await world.side.textRooms.roomFor(target, caller, never);
    expect(homeserver.in(roomId, 'join').toSorted()).toEqual([GHOST, BOB].toSorted());
  });

  it('waits where nobody shares the line', async () => {
    await start(sharing(ALICE));
    owner = undefined;
    await expect(world.side.textRooms.roomFor(target, caller, never)).rejects.toMatchObject({ code: 'no-such-room' });
  });
});

describe('in a room of a shared line', () => {
  it('whoever shares it calls and writes, others are not heard', async () => {
    const heard: string[] = [];
    const texts = {
      onText: ({ sender }: { readonly sender: string }) => void heard.push(sender),
    } as unknown as TextListener;
    const homeserver = sharing(ALICE, BOB);
    await start(homeserver, { ...acting(homeserver), texts });
    await world.side.callRooms.ringRoom(target, caller, never);
    const text = (sender: string) =>
      event('m.room.message', { msgtype: 'm.text', body: 'hello' }, { room_id: TALK, sender });
    await world.push('1', invite('c1', {}, { room_id: TALK, sender: BOB }), text(BOB));
    await world.side.idle();
    expect(world.calls.map(({ room }) => room)).toEqual([{ roomId: TALK, ghost: GHOST, dialled: '+441632960001' }]);
    expect(heard).toEqual([BOB]);
    const mallory = '@dana:hs.test';
    await world.push('2', invite('c2', {}, { room_id: TALK, sender: mallory }), text(mallory));
    await world.side.idle();
    expect(world.calls).toHaveLength(1);
    expect(heard).toEqual([BOB]);
  });

  it('its line and telephone are known, and can be asked for', async () => {
    const homeserver = sharing(ALICE);
    await start(homeserver, acting(homeserver));
    expect(await world.side.sharedRooms.open(LINE, '+441632960001')).toBe(TALK);
    expect(await world.side.sharedRooms.lineIn(TALK)).toEqual({
      line: LINE,
      ghost: GHOST,
      controlRoom: SALES,
      roomId: TALK,
    });
    expect(await world.side.sharedRooms.lineIn(SALES)).toBeUndefined();
    expect(await world.side.sharedRooms.open('+441632960099', '+441632960001')).toBeUndefined();
  });

  it('the line that all chose for it is shown, else its own', async () => {
    const homeserver = sharing(ALICE);
    await start(homeserver, acting(homeserver));
    await world.side.callRooms.ringRoom(target, caller, never);
    const topics = () =>
      homeserver.requests.filter(({ path }) => path.includes('m.room.topic')).map(({ body }) => body);
    await world.side.sharedRooms.showLine(TALK, undefined);
    expect(topics()).toEqual([{ topic: expect.stringContaining('come from Sales.') }]);
  });

  it('texts of the telephone are posted', async () => {
    const homeserver = sharing(ALICE);
    await start(homeserver, acting(homeserver));
    expect(await world.side.textRooms.roomFor(target, caller, never)).toEqual({
      roomId: TALK,
      ghost: GHOST,
      presence: 'joined',
    });
    expect(await world.side.textRooms.look(TALK)).toEqual({
      roomId: TALK,
      ghosts: [{ ghost: GHOST, dialled: '+441632960001' }],
      users: [ALICE],
      isOneParty: true,
    });
  });
});

describe('in the chat of one user', () => {
  it('the line that they chose for it is shown, as long as they did', async () => {
    const homeserver = new Rooms();
    await start(homeserver, acting(homeserver));
    const user = { kind: 'user', user: ALICE } as const;
    const { roomId } = await world.side.callRooms.ringRoom(user, caller, never);
    const topics = () =>
      homeserver.requests.filter(({ path }) => path.includes('m.room.topic')).map(({ body }) => body);
    await world.side.sharedRooms.showLine(roomId, LINE);
    await world.side.sharedRooms.showLine(roomId, undefined);
    expect(topics()).toEqual([{ topic: 'Calls and texts from here come from Sales.' }, { topic: '' }]);
  });

  it('it is not shown where the ghost may not do so', async () => {
    const homeserver = new Rooms().on(/m.room.topic/, refuse(403, 'M_FORBIDDEN'));
    await start(homeserver as Rooms, acting(homeserver as Rooms));
    const user = { kind: 'user', user: ALICE } as const;
    const { roomId } = await world.side.callRooms.ringRoom(user, caller, never);
    await expect(world.side.sharedRooms.showLine(roomId, LINE)).resolves.toBeUndefined();
  });
});
