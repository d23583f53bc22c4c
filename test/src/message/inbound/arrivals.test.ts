import { describe, expect, it } from 'vitest';
import {
  ALICE,
  BOB,
  CAROL,
  chatOf,
  DAVE,
  ERIN,
  ghostOf,
  homeserverAway,
  homeserverRefuses,
  InboundHouse,
  OWN,
  user,
} from './house.ts';

const MINUTE = 60_000;
const taken = { kind: 'taken' };
const unknown = { kind: 'refused', why: 'no-such-number' };

describe('a text that comes', () => {
  it('is shown in the chat of its sender, by their ghost', async () => {
    const house = await InboundHouse.open();
    expect(await house.arrive('hello')).toEqual(taken);
    await house.settle();
    expect(house.homeserver.posted).toEqual([
      { roomId: chatOf(ALICE, BOB), ghost: ghostOf(BOB), body: 'hello', eventId: '$0' },
    ]);
    expect(await house.side.counts()).toEqual({ waiting: 0, held: 0 });
  });

  it('is taken before it is shown', async () => {
    const house = await InboundHouse.open();
    house.homeserver.away();
    expect(await house.arrive('hello')).toEqual(taken);
    await house.settle();
    expect(house.bodies()).toEqual([]);
    expect(await house.side.counts()).toEqual({ waiting: 1, held: 0 });
    house.homeserver.back();
    await house.settle();
    expect(house.bodies()).toEqual(['hello']);
  });

  it('is not taken when it cannot be stored', async () => {
    const house = await InboundHouse.open();
    await house.store.close();
    expect(await house.arrive('hello')).toEqual({ kind: 'refused', why: 'unavailable' });
  });

  it('is shown once however often its key comes', async () => {
    const house = await InboundHouse.open();
    const all = await Promise.all([1, 2, 3].map(() => house.arrive({ key: 'same' })));
    await house.settle();
    expect(all).toEqual([taken, taken, taken]);
    expect(house.bodies()).toEqual(['hello']);
  });

  it.each([
    ['with the window', { duplicates: new Map([['a', 5_000]]) }, ['hello']],
    ['without it', {}, ['hello', 'hello']],
  ])('the same words twice within a second, %s', async (_, policy, shown) => {
    const house = await InboundHouse.open({ policy });
    const both = [house.arrive('hello'), house.arrive('hello')];
    expect(await Promise.all(both)).toEqual([taken, taken]);
    await house.settle();
    expect(house.bodies()).toEqual(shown);
  });

  it('the same words are another text when the window is over, or somebody else writes them', async () => {
    const house = await InboundHouse.open({ policy: { duplicates: new Map([['a', 5_000]]) } });
    await house.arrive('hello');
    await house.arrive({ sender: CAROL });
    await house.pass(6_000);
    await house.arrive('hello');
    await house.settle();
    expect(house.bodies()).toEqual(['hello', 'hello']);
    expect(house.bodies(chatOf(ALICE, CAROL))).toEqual(['hello']);
  });

  it('to a number of nobody is refused, and nothing is kept of it', async () => {
    const house = await InboundHouse.open();
    expect(await house.arrive({ called: '+4930999' })).toEqual(unknown);
    expect(await house.arrive({ called: '' })).toEqual(unknown);
    await house.settle();
    expect(house.homeserver.posted).toEqual([]);
  });

  it('to a number that only sends is refused', async () => {
    const house = await InboundHouse.open({ numbers: { '70700': { kind: 'shared' } } });
    expect(await house.arrive({ called: '70700' })).toEqual(unknown);
  });

  it('to a number of a pool reaches whom it is lent for, and nobody else', async () => {
    const pool = { name: 'mobiles', numbers: ['+44700', '+44701'], restMs: MINUTE };
    const numbers = {
      '+44700': { kind: 'pool', pool: 'mobiles' },
      '+44701': { kind: 'pool', pool: 'mobiles' },
    } as const;
    const house = await InboundHouse.open({ pools: [pool], numbers });
    const lent = await Promise.all(
      [ALICE, ERIN].map((each) => house.store.leases.lend(pool, each, BOB, house.clock.now())),
    );
    const [alices, erins] = lent.map((each) => (each.kind === 'lent' ? each.number : ''));
    await house.pass(1_000);
    expect(await house.arrive({ called: alices ?? '', text: 'to Alice' })).toEqual(taken);
    expect(await house.arrive({ called: erins ?? '', text: 'to Erin' })).toEqual(taken);
    expect(await house.arrive({ called: alices ?? '', sender: CAROL })).toEqual(unknown);
    await house.settle();
    expect(house.bodies(chatOf(ALICE, BOB))).toEqual(['to Alice']);
    expect(house.bodies(chatOf(ERIN, BOB))).toEqual(['to Erin']);
    const uses = (await house.store.leases.list()).map(({ lastUsedAt }) => lastUsedAt);
    expect(uses).toEqual([house.clock.now(), house.clock.now()]);
  });

  it('for several is shown to each once, in whole rooms too', async () => {
    const office = { kind: 'room', room: '!office' } as const;
    const house = await InboundHouse.open({
      numbers: { [OWN]: { kind: 'users', targets: [user(ALICE), user(ERIN), office, user(ALICE)] } },
    });
    await house.arrive('hello');
    await house.settle();
    expect(house.homeserver.posted.map(({ roomId }) => roomId).sort()).toEqual(
      [chatOf(ALICE, BOB), chatOf(ERIN, BOB), '!office'].sort(),
    );
  });

  it('for a whole room says there once how it is answered', async () => {
    const office = { kind: 'room', room: '!office' } as const;
    const house = await InboundHouse.open({ numbers: { [OWN]: { kind: 'users', targets: [office] } } });
    for (const sender of ['MyBank', BOB, CAROL]) await house.arrive({ sender });
    await house.restart();
    await house.arrive('again');
    await house.settle();
    expect(house.bodies('!office' as never)).toHaveLength(4);
    expect(house.homeserver.notices.map(({ text }) => text)).toEqual([
      'To answer a text in this room, reply to it: the answer goes to its writer alone. Nothing else that is written here is sent to telephones.',
    ]);
  });

  it('of letters, of nobody and of somebody unknown is shown', async () => {
    const house = await InboundHouse.open();
    await house.arrive({ sender: 'My\u0000Bank ' });
    await house.arrive({ sender: '' });
    await house.arrive({ sender: BOB, withheld: true });
    await house.settle();
    expect(house.bodies(chatOf(ALICE, 'MyBank'))).toEqual(['hello']);
    expect(house.bodies(chatOf(ALICE, 'withheld'))).toEqual(['hello', 'hello']);
    expect(house.bodies()).toEqual([]);
  });

  it('has no control characters, and its line ends are line feeds', async () => {
    const house = await InboundHouse.open();
    await house.arrive('one\r\ntwo\u0007\u0000 three');
    await house.settle();
    expect(house.bodies()).toEqual(['one\ntwo three']);
  });

  it('without anything in it is taken and not shown', async () => {
    const house = await InboundHouse.open();
    expect(await house.arrive(' \n')).toEqual(taken);
    expect(await house.side.counts()).toEqual({ waiting: 0, held: 0 });
  });

  it('longer than an event can be is shown in pieces', async () => {
    const house = await InboundHouse.open();
    const text = `${'é'.repeat(11_000)}\n${'🙂'.repeat(12_000)}`;
    await house.arrive(text);
    await house.settle();
    expect(house.bodies().join('')).toBe(text);
    expect(Math.max(...house.bodies().map((body) => Buffer.byteLength(body)))).toBeLessThan(40_000);
  });

  it('has the time at which it was written', async () => {
    const house = await InboundHouse.open();
    const sentAt = house.clock.now() - MINUTE;
    await house.arrive({ sentAt });
    await house.settle();
    expect(house.homeserver.posted[0]?.sentAt).toBe(sentAt);
  });

  it('comes back as delivered to a transport whose sender may want to know, and as read', async () => {
    const house = await InboundHouse.open();
    await house.arrive({ key: 'k' });
    await house.settle();
    expect(house.transport.notified).toEqual([{ key: 'k', state: 'delivered' }]);
    await house.side.onRead(chatOf(ALICE, BOB), '$0' as never);
    await house.settle();
    expect(house.transport.notified.at(-1)).toEqual({ key: 'k', state: 'displayed' });
  });
});

describe('order', () => {
  it('is kept in each conversation, while others go on', async () => {
    const house = await InboundHouse.open();
    house.rooms.faults = [homeserverRefuses()];
    for (const text of ['1', '2', '3']) await house.arrive(text);
    await house.arrive({ sender: CAROL });
    await house.settle();
    expect(house.bodies()).toEqual([]);
    expect(house.bodies(chatOf(ALICE, CAROL))).toEqual(['hello']);
    await house.pass(10_000);
    expect(house.bodies()).toEqual(['1', '2', '3']);
  });

  it('is kept over more than is read at once', async () => {
    const house = await InboundHouse.open({ policy: { perMinute: 10_000 } });
    house.homeserver.away();
    const texts = Array.from({ length: 1_200 }, (_, index) => String(index));
    await Promise.all(texts.map((text) => house.arrive(text)));
    house.homeserver.back();
    await house.settle();
    expect(house.bodies()).toEqual(texts);
  });
});

describe('where it is shown', () => {
  it('in the room that last wrote to the telephone from this number', async () => {
    const house = await InboundHouse.open();
    const group = house.rooms.set('!group', [BOB, CAROL], [ALICE, ERIN]);
    await house.wrote(group, ALICE, BOB);
    await house.arrive('to the group');
    await house.settle();
    expect(house.bodies(group)).toEqual(['to the group']);
    await house.pass(1_000);
    const chat = house.rooms.set(chatOf(ALICE, BOB), [BOB], [ALICE]);
    await house.wrote(chat, ALICE, BOB);
    await house.arrive('to the chat');
    await house.settle();
    expect(house.bodies(chat)).toEqual(['to the chat']);
  });

  it('in the room that wrote from the default number of the trunk', async () => {
    const house = await InboundHouse.open();
    const group = house.rooms.set('!group', [BOB, CAROL], [ALICE]);
    await house.wrote(group, ALICE, BOB, '');
    await house.arrive('hello');
    await house.settle();
    expect(house.bodies(group)).toEqual(['hello']);
  });

  it.each([
    ['the user has left it', [BOB], [ERIN]],
    ['the telephone has left it', [CAROL], [ALICE]],
  ])('in the chat when %s', async (_, telephones, users) => {
    const house = await InboundHouse.open();
    const group = house.rooms.set('!group', telephones, users);
    await house.wrote(group, ALICE, BOB);
    await house.arrive('hello');
    await house.settle();
    expect(house.bodies()).toEqual(['hello']);
  });

  it('in the chat when the room refuses it', async () => {
    const house = await InboundHouse.open();
    const group = house.rooms.set('!group', [BOB], [ALICE]);
    await house.wrote(group, ALICE, BOB);
    house.homeserver.faults = [new Error('forbidden')];
    await house.arrive('hello');
    await house.pass(5_000);
    expect(house.bodies()).toEqual(['hello']);
  });

  it('not where somebody wrote whose number it was before', async () => {
    const house = await InboundHouse.open();
    const room = house.rooms.set('!theirs', [BOB], [ALICE, ERIN]);
    await house.wrote(room, ERIN, BOB);
    await house.arrive('secret');
    await house.settle();
    expect(house.bodies(room)).toEqual([]);
    expect(house.bodies()).toEqual(['secret']);
  });

  it('once in a room of two who share the number', async () => {
    const house = await InboundHouse.open({
      numbers: { [OWN]: { kind: 'users', targets: [user(ALICE), user(ERIN)] } },
    });
    const group = house.rooms.set('!group', [BOB], [ALICE, ERIN]);
    await house.wrote(group, ERIN, BOB);
    await house.arrive('hello');
    await house.settle();
    expect(house.homeserver.posted.map(({ roomId }) => roomId)).toEqual([group]);
    expect(await house.side.counts()).toEqual({ waiting: 0, held: 0 });
  });

  it('the first text begins the conversation', async () => {
    const house = await InboundHouse.open();
    await house.arrive('hello');
    await house.settle();
    expect(await house.store.conversations.between(BOB, OWN)).toMatchObject([
      { roomId: chatOf(ALICE, BOB), ghost: ghostOf(BOB), user: ALICE, transport: 'a' },
    ]);
  });
});

describe('a user who is not there', () => {
  it('is invited, and gets all in order when they come', async () => {
    const house = await InboundHouse.open();
    const chat = chatOf(ALICE, BOB);
    house.rooms.presence.set(chat, 'invited');
    await house.arrive('1');
    await house.arrive('2');
    await house.settle();
    expect(house.bodies()).toEqual([]);
    expect(await house.side.counts()).toEqual({ waiting: 0, held: 2 });
    house.rooms.presence.set(chat, 'joined');
    await house.side.onJoined(chat, ALICE);
    await house.settle();
    expect(house.bodies()).toEqual(['1', '2']);
  });

  it('who comes while the text is put aside gets it', async () => {
    const house = await InboundHouse.open();
    const chat = chatOf(ALICE, BOB);
    const roomFor = house.rooms.roomFor.bind(house.rooms);
    house.rooms.presence.set(chat, 'invited');
    house.rooms.roomFor = async (...of) => {
      const room = await roomFor(...of);
      if (room.presence === 'invited') {
        house.rooms.presence.set(chat, 'joined');
        await house.side.onJoined(chat, ALICE);
      }
      return room;
    };
    await house.arrive('hello');
    await house.settle();
    expect(house.bodies()).toEqual(['hello']);
  });

  it('who came while no process was there gets what was kept before what comes', async () => {
    const house = await InboundHouse.open();
    const chat = chatOf(ALICE, BOB);
    house.rooms.presence.set(chat, 'invited');
    await house.arrive('1');
    await house.settle();
    house.rooms.presence.set(chat, 'joined');
    await house.restart();
    await house.arrive('2');
    await house.pass(1);
    expect(house.bodies()).toEqual(['1', '2']);
  });

  it('who declines is told once, and finds all when they come after all', async () => {
    const house = await InboundHouse.open();
    const chat = chatOf(ALICE, BOB);
    house.rooms.presence.set(chat, 'invited');
    await house.arrive('1');
    await house.settle();
    await house.side.onDeclined(chat, ALICE);
    house.rooms.presence.set(chat, 'declined');
    await house.arrive('2');
    await house.settle();
    expect(house.homeserver.told).toEqual([
      {
        user: ALICE,
        text: `There are texts from ${BOB}, and you have declined the chat with them. They are kept. Write “texts accept” to read them.`,
      },
    ]);
    house.rooms.presence.set(chat, 'joined');
    await house.side.onJoined(chat, ALICE);
    await house.settle();
    expect(house.bodies()).toEqual(['1', '2']);
  });

  it('without texts that wait hears nothing of a declined chat', async () => {
    const house = await InboundHouse.open();
    await house.side.onDeclined(chatOf(ALICE, BOB), ALICE);
    expect(house.homeserver.told).toEqual([]);
  });
});

describe('too many texts', () => {
  it('are kept, told once, and shown minute by minute', async () => {
    const house = await InboundHouse.open({ policy: { perMinute: 2 } });
    const texts = ['1', '2', '3', '4', '5'];
    for (const text of texts) expect(await house.arrive(text)).toEqual(taken);
    await house.arrive({ sender: CAROL });
    await house.settle();
    expect(house.bodies()).toEqual(['1', '2']);
    expect(house.bodies(chatOf(ALICE, CAROL))).toEqual(['hello']);
    const told = `More texts from ${BOB} are waiting: they came faster than texts are shown here. The next follow in a minute.`;
    expect(house.homeserver.notices.map(({ text }) => text)).toEqual([told]);
    await house.pass(MINUTE);
    expect(house.bodies()).toEqual(['1', '2', '3', '4']);
    await house.pass(MINUTE);
    expect(house.bodies()).toEqual(texts);
    expect(house.homeserver.notices).toHaveLength(1);
  });

  it('are not those that piled up while the homeserver was away', async () => {
    const house = await InboundHouse.open({ policy: { perMinute: 2 } });
    house.homeserver.away();
    for (const text of ['1', '2', '3', '4', '5', '6']) {
      await house.arrive(text);
      await house.pass(40_000);
    }
    house.homeserver.back();
    await house.settle();
    expect(house.bodies()).toEqual(['1', '2', '3', '4', '5', '6']);
  });
});

describe('stop', () => {
  it('takes no more, and leaves the rest to the next process', async () => {
    const house = await InboundHouse.open();
    house.homeserver.away();
    await house.arrive({ key: 'k', text: 'hello' });
    await house.settle();
    const closed = house.side.close(5_000);
    await house.pass(5_000);
    await closed;
    expect(await house.arrive('late')).toEqual({ kind: 'refused', why: 'unavailable' });
    house.homeserver.back();
    await house.restart();
    await house.settle();
    expect(await house.arrive({ key: 'k', text: 'hello' })).toEqual(taken);
    await house.settle();
    expect(house.bodies()).toEqual(['hello']);
  });

  it('waits for what is under way', async () => {
    const house = await InboundHouse.open();
    house.homeserver.away();
    await house.arrive('hello');
    await house.settle();
    const closed = house.side.close(5_000);
    house.homeserver.back();
    await closed;
    expect(house.bodies()).toEqual(['hello']);
    expect(await house.side.counts()).toEqual({ waiting: 0, held: 0 });
  });
});

describe('a homeserver that is away', () => {
  it('is asked now and then, not for each text; then all are shown, in order', async () => {
    const house = await InboundHouse.open({ policy: { perMinute: 1_000 } });
    let isAway = true;
    const roomFor = house.rooms.roomFor.bind(house.rooms);
    house.rooms.roomFor = async (...of) => {
      const room = await roomFor(...of);
      if (isAway) throw homeserverAway();
      return room;
    };
    const senders = Array.from({ length: 300 }, (_, index) => `+49151${10_000 + index}`);
    for (const text of ['1', '2', '3']) await Promise.all(senders.map((sender) => house.arrive({ sender, text })));
    for (let minutes = 0; minutes < 10; minutes += 1) await house.pass(MINUTE);
    expect(house.rooms.asked).toBeLessThan(1_000);
    expect(house.homeserver.posted).toEqual([]);
    isAway = false;
    for (let minutes = 0; minutes < 6; minutes += 1) await house.pass(MINUTE);
    for (const sender of senders) expect(house.bodies(chatOf(ALICE, sender))).toEqual(['1', '2', '3']);
  });
});

describe('a telephone that Alice has no chat with', () => {
  it('is tried again and again until there is one', async () => {
    const house = await InboundHouse.open();
    house.rooms.faults = Array.from({ length: 12 }, homeserverRefuses);
    await house.arrive({ sender: DAVE });
    for (let minutes = 0; minutes < 60; minutes += 1) await house.pass(MINUTE);
    expect(house.bodies(chatOf(ALICE, DAVE))).toEqual(['hello']);
    expect(house.rooms.asked).toBe(13);
  });
});
