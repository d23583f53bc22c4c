/** What users write to the gateway about texts. */
import { afterEach, describe, expect, it } from 'vitest';
import type { MatrixUserId, RoomId } from '../../../src/matrix/index.ts';
import { FakeHomeserver } from './support/fake-homeserver.ts';
import { ALICE, createWorld, event, GHOST, MALLORY, ROOM, state, type WorldOptions } from './support/side.ts';
import { Notes, type TextWorld, textWorld } from './texts/world.ts';

const BOT = '@trunkline:hs.test' as MatrixUserId;
const PHONE_ROOM = '!phone:hs.test' as RoomId;
const CHAT = '!chat:hs.test' as RoomId;
const BOBS = '@_sip_+447700900123=40sip.example.org:hs.test';
const SECOND = '@_sip_0207946000=40sip.example.org:hs.test';

let world: TextWorld;
afterEach(() => world.close());

async function start(options: WorldOptions = {}, ghosts = [GHOST as string]): Promise<void> {
  world = await textWorld(ghosts, options);
  for (const userId of [ALICE, MALLORY]) {
    const roomId = userId === ALICE ? PHONE_ROOM : '!phone2:hs.test';
    await world.store.portals.save(
      { roomId, ghost: BOT, userId, userJoined: true, encrypted: false, others: 1 },
      Date.now(),
    );
  }
  world.homeserver
    .on(/createRoom$/, { room_id: CHAT })
    .on(/chat:hs.test\/state$/, state(ALICE, BOBS))
    .on(/PUT .*chat:hs.test\/send\//, { event_id: '$shown' });
}

async function write(body: string, room: string = PHONE_ROOM, sender: string = ALICE): Promise<string> {
  await world.push(`${Math.random()}`, event('m.room.message', { msgtype: 'm.text', body }, { room_id: room, sender }));
  await world.side.idle();
  const replies = world.homeserver.requests.filter(({ path }) =>
    path.includes(`${encodeURIComponent(room)}/send/m.room.message`),
  );
  return (replies.at(-1)?.body as { body: string } | undefined)?.body ?? '';
}

describe('sms', () => {
  it.each([
    ['sms +447700900123 hello there', 'hello there'],
    ['SMS +44 7700 900123 hello', 'hello'],
    ['sms 07700 900123 Two\nlines', 'Two\nlines'],
  ])('%j writes in the chat with the number', async (line, text) => {
    await start();
    expect(await write(line)).toContain(`Tel +447700900123: https://matrix.to/#/${CHAT}`);
    expect(world.notes.texts).toEqual([
      {
        text: expect.objectContaining({
          eventId: '$shown',
          roomId: CHAT,
          sender: ALICE,
          content: { kind: 'text', body: text },
        }),
        room: { roomId: CHAT, ghosts: [{ ghost: BOBS, dialled: '+447700900123' }], users: [ALICE] },
      },
    ]);
  });

  it('shows nothing twice when the command is taken up again', async () => {
    await start();
    const fail = { once: true };
    world.notes.onNext = () => {
      if (fail.once) throw new Error('the disk is full');
    };
    await write('sms +447700900123 hello');
    expect(world.notes.texts).toEqual([]);
    fail.once = false;
    await world.side.stop();
    const notes = new Notes();
    const homeserver = new FakeHomeserver()
      .on(/chat:hs.test\/state$/, state(ALICE, BOBS))
      .on(/PUT .*chat:hs.test\/send\//, { event_id: '$shown' });
    const again = await createWorld({ store: world.store, homeserver, texts: notes });
    await again.side.idle();
    expect(notes.bodies).toEqual(['hello']);
    const shown = [world.homeserver, homeserver].map((of) => of.lines(/chat:hs.test\/send\/m.room.message/));
    expect(shown[0]).toHaveLength(1);
    expect(shown[1]).toEqual(shown[0]);
    await again.close();
  });

  it('speaks in the user’s name where that is possible, and then waits for the event', async () => {
    const acting = new FakeHomeserver();
    await start({ actingHomeserver: acting });
    await write('sms +447700900123 hello');
    expect(acting.requests.find(({ path }) => path.includes('/send/'))).toMatchObject({
      as: ALICE,
      body: { msgtype: 'm.text', body: 'hello' },
    });
    expect(world.notes.texts).toEqual([]);
  });

  it.each(['sms', 'sms +447700900123', 'sms nobody hello', 'sms 555 0100 123 hello'])(
    '%j is not understood',
    async (line) => {
      await start();
      expect(await write(line)).toMatch(/sms \+44… hello/);
      expect(world.homeserver.lines(/createRoom/)).toEqual([]);
    },
  );

  it('is for those who may write', async () => {
    await start();
    expect(await write('sms +447700900123 hello', '!phone2:hs.test', MALLORY)).toContain('may not write');
    expect(world.homeserver.lines(/createRoom/)).toEqual([]);
  });
});

describe('a text of a program in a user’s name', () => {
  it('is written in their chat, once for each key', async () => {
    await start();
    const text = { user: ALICE, dialled: '+447700900123', text: 'hello' };
    expect(await world.side.writeText(text, 'order-7')).toMatchObject({ roomId: CHAT });
    await world.side.writeText(text, 'order-7');
    const shown = world.homeserver.requests.filter(({ path }) => /chat%3Ahs\.test\/send/.test(path));
    expect(new Set(shown.map(({ path }) => path)).size).toBe(1);
    expect(new Set(world.notes.texts.map((each) => each.text.eventId)).size).toBe(1);
  });

  it('is not written for those who may not', async () => {
    await start();
    expect(await world.side.writeText({ user: MALLORY, dialled: '+447700900123', text: 'x' }, 'k')).toBeUndefined();
    expect(world.homeserver.lines(/createRoom/)).toEqual([]);
  });
});

describe('name', () => {
  it('gives a number a name that is shown, found and forgotten', async () => {
    await start();
    expect(await write('name 07700 900123 Bob Smith')).toContain('is called Bob Smith');
    expect(await write('name')).toBe('Bob Smith: Tel +447700900123');
    await write('sms bob smith see you');
    expect(world.notes.bodies).toEqual(['see you']);
    const named = world.homeserver.requests.filter(
      ({ path }) => path.includes(encodeURIComponent(BOBS)) && path.includes('m.room.member'),
    );
    expect(named.at(-1)?.body).toEqual({ membership: 'join', displayname: 'Bob Smith' });
    expect(await write('name remove Bob Smith')).toContain('no name any more');
    const after = world.homeserver.requests.filter(
      ({ path }) => path.includes(encodeURIComponent(BOBS)) && path.includes('m.room.member'),
    );
    expect(after.at(-1)?.body).toEqual({ membership: 'join', displayname: 'Tel +447700900123' });
    expect(await write('name')).toContain('no names yet');
  });

  it('in the chat is of its number, at once', async () => {
    await start();
    expect(await write('!name Mum', ROOM)).toContain('is called Mum');
    const named = world.homeserver.requests.filter(
      ({ path }) => path.includes(encodeURIComponent(GHOST)) && path.includes('m.room.member'),
    );
    expect(named.at(-1)?.body).toEqual({ membership: 'join', displayname: 'Mum' });
  });

  it('in a group belongs to the room', async () => {
    await start({}, [GHOST, SECOND]);
    expect(await write('!name 0207946000 Shop', ROOM)).toContain('is called Shop from now on in this room');
    expect(await write('name')).toContain('no names yet');
  });
});

describe('texts', () => {
  it('says what waits and what failed, and sends again', async () => {
    await start();
    expect(await write('texts')).toContain('No texts wait');
    await world.store.deliveries.add([
      {
        textRef: 'out-1',
        eventId: '$e' as never,
        roomId: ROOM,
        ghost: GHOST,
        user: ALICE,
        lane: 'lane',
        target: '+441818118181',
        routes: [{ transport: 't' }],
        text: 'hello',
        reference: 1,
        createdAt: 1,
        expiresAt: 2,
        round: 0,
      },
    ]);
    await world.store.deliveries.ended('out-1', 'failed', 'No.');
    expect(await write('texts')).toBe('Tel 01818118181: 1 not sent');
    expect(await write('texts resend')).toContain('2 texts are on their way again');
    expect(world.notes.resent).toEqual([ROOM]);
  });

  it('invites again into the chat with texts that wait', async () => {
    await start();
    const portal = { roomId: CHAT, ghost: BOBS, userId: ALICE, userJoined: false, encrypted: false, others: 0 };
    await world.store.portals.save(portal, Date.now());
    const target = { kind: 'user', user: ALICE } as const;
    await world.store.arrivals.take({
      textRef: 'in-1',
      transport: 't',
      key: 'k',
      called: '+441',
      sender: '+447700900123',
      withheld: false,
      text: 'hello',
      receivedAt: 1,
      wantsDisplayed: false,
      targets: [target],
    });
    await world.store.arrivals.hold('in-1', target, CHAT);
    expect(await write('texts')).toBe('Tel +447700900123: 1 for you');
    await world.store.choices.set(ALICE, 'declined', String(Date.now()), CHAT);
    world.homeserver.on(/GET .*chat:hs.test\/state\/m.room.member\/@alice/, { membership: 'leave' });
    expect(await write('texts accept')).toContain('open to you again');
    expect(world.homeserver.lines(/POST .*chat:hs.test\/invite$/)).toHaveLength(1);
  });
});

describe('group', () => {
  it('is chosen in its room', async () => {
    await start({}, [GHOST, SECOND]);
    expect(await world.side.relaysIn(ROOM)).toBeUndefined();
    expect(await write('!group off', ROOM)).toContain('do not get');
    expect(await world.side.relaysIn(ROOM)).toBe(false);
    await write('!group on', ROOM);
    expect(await world.side.relaysIn(ROOM)).toBe(true);
    expect(await write('group off')).toContain('!group off');
  });
});

describe('help', () => {
  it('names commands for texts only where texts are carried', async () => {
    await start();
    expect(await write('help')).toContain('texts resend');
    await world.close();
    const plain = await createWorld();
    world = { ...plain, notes: world.notes };
    await world.store.portals.save(
      { roomId: PHONE_ROOM, ghost: BOT, userId: ALICE, userJoined: true, encrypted: false, others: 1 },
      Date.now(),
    );
    const help = await write('help');
    expect(help).toContain('name +44… Bob');
    expect(help).not.toContain('sms');
  });
});
