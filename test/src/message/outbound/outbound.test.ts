import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EventId, MatrixUserId, RoomId } from '../../../../src/matrix/index.ts';
import { ALICE, accepted, allow, BOB, CAROL, eventId, FakeTransport, failure, OWN, ROOM, TextHouse } from './house.ts';

const MINUTE = 60_000;
const many = { perUser: { perMinute: 10_000, atOnce: 10_000 } };

describe('a text that goes out', () => {
  it('is stored, sent from the number of the user, and shown as sent', async () => {
    const house = await TextHouse.open();
    await house.write('Hello');
    await house.settle();
    expect(house.transport.tries).toMatchObject([
      { text: 'Hello', target: BOB.dialled, sender: OWN, index: 1, total: 1, wantsReceipts: true },
    ]);
    expect(house.signalling.of('$Hello')).toEqual(['sent']);
    const [conversation] = await house.store.conversations.inRoom(ROOM);
    expect(conversation).toMatchObject({
      telephone: BOB.dialled,
      ghost: BOB.ghost,
      number: OWN,
      transport: 'a',
      user: ALICE,
    });
    expect(house.out.stats).toEqual({ sent: 1, failed: 0, lanes: 0 });
  });

  it('is one text, however often the homeserver hands it over', async () => {
    const house = await TextHouse.open();
    await Promise.all([house.write('Hello'), house.write('Hello')]);
    await house.write('Hello', { recovered: true });
    await house.settle();
    expect(house.bodies()).toEqual(['Hello']);
    expect(house.transport.tries).toHaveLength(1);
  });
});

describe('order', () => {
  it('twenty texts at once leave in order, one a second where the transport takes one a second', async () => {
    const policy = { perSecond: new Map([['a', 1]]) };
    const house = await TextHouse.open({ policy });
    const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    await Promise.all(texts.map((text) => house.write(text)));
    await house.settle();
    expect(house.bodies()).toEqual(['text 0']);
    for (let second = 1; second < 20; second += 1) {
      await house.pass(1_000);
      expect(house.bodies()).toHaveLength(second + 1);
    }
    expect(house.bodies()).toEqual(texts);
  });

  it('a text that must wait keeps those behind it to the same telephone, and no others', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [() => failure({ kind: 'unavailable', isTrunkFault: false })];
    await house.write('one');
    await house.settle();
    await house.write('two');
    await house.write('to Carol', { to: [CAROL] });
    await house.settle();
    expect(house.bodies()).toEqual(['to Carol']);
    await house.pass(30_000);
    expect(house.bodies()).toEqual(['to Carol', 'one', 'two']);
  });

  it('a text that fails for good makes way for the next', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [() => failure({ kind: 'no-such-number', isTemporary: false, isTrunkFault: false })];
    await Promise.all([house.write('one'), house.write('two')]);
    await house.settle();
    expect(house.bodies()).toEqual(['two']);
  });

  it('no more are under way than the window of the transport has room for; full, it keeps no other from its own', async () => {
    const narrow = new FakeTransport('a', 2);
    const wide = new FakeTransport('b', 10);
    const answers: (() => void)[] = [];
    narrow.always = () => new Promise((resolve) => answers.push(() => resolve(accepted)));
    const decide = ({ dialled }: { dialled: string }) =>
      ({
        kind: 'allow',
        plan: {
          target: dialled,
          sender: { kind: 'line', number: OWN },
          routes: [{ transport: dialled.startsWith('+1') ? 'b' : 'a' }],
        },
      }) as const;
    const house = await TextHouse.open({ transports: [narrow, wide], decide, policy: many });
    const to = (dialled: string) => [{ ghost: `@_sip_${dialled}:hs.test` as MatrixUserId, dialled }];
    for (let index = 0; index < 30; index += 1) await house.write(`a${index}`, { to: to(`+49${index}`) });
    await house.settle();
    await house.write('b', { to: to('+1') });
    await house.settle();
    expect(house.bodies(wide)).toEqual(['b']);
    expect(narrow.underWay).toBe(2);
    while (answers.length > 0) {
      answers.shift()?.();
      await house.settle();
    }
    expect(narrow.mostUnderWay).toBe(2);
    expect(house.bodies(narrow)).toHaveLength(30);
  });
});

describe('a backlog', () => {
  it('drains in order, telephone by telephone, with no more in memory than the window asks for', async () => {
    const house = await TextHouse.open({
      transports: [new FakeTransport('a', 4)],
      policy: many,
    });
    house.transport.now = 'down';
    const telephones = Array.from({ length: 150 }, (_, index) => `+49${index}`);
    for (let round = 0; round < 4; round += 1) {
      for (const dialled of telephones) {
        const to = [{ ghost: `@_sip_${dialled}:hs.test` as MatrixUserId, dialled }];
        await house.write(`${round}`, { to, eventId: eventId(`${dialled} ${round}`) });
      }
    }
    await house.settle();
    let mostLanes = 0;
    house.transport.always = async () => {
      mostLanes = Math.max(mostLanes, house.out.stats.lanes);
      await nextTurn();
      return accepted;
    };
    house.transport.up();
    await house.settle();
    const order = new Map<string, string>();
    for (const { target, text } of house.transport.arrived) order.set(target, (order.get(target) ?? '') + text);
    expect([...order.keys()].sort()).toEqual([...telephones].sort());
    expect(new Set(order.values())).toEqual(new Set(['0123']));
    expect(house.transport.mostUnderWay).toBe(4);
    // One batch, beside those that the window asks for.
    expect(mostLanes).toBeLessThanOrEqual(100 + 8);
  });
});

describe('trouble', () => {
  it('is tried again with growing pauses, and says so once', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [() => failure(), () => failure(), () => failure()];
    await house.write('Hello');
    await house.settle();
    expect(house.signalling.of('$Hello')).toEqual([
      'waiting: The telephone network has a problem right now. It will be tried again by itself until 1970-01-02 00:16 UTC.',
    ]);
    await house.pass(29_000);
    expect(house.transport.tries).toHaveLength(1);
    await house.pass(1_000);
    expect(house.transport.tries).toHaveLength(2);
    await house.pass(60_000);
    expect(house.transport.tries).toHaveLength(3);
    await house.pass(120_000);
    expect(house.bodies()).toEqual(['Hello']);
    expect(house.signalling.of('$Hello').slice(1)).toEqual(['sent']);
    expect(new Set(house.transport.tries.map(({ key }) => key)).size).toBe(1);
  });

  it('goes by the next trunk when the first is at fault, and not when the telephone is', async () => {
    const transports = [new FakeTransport('a'), new FakeTransport('b')] as const;
    const house = await TextHouse.open({ transports });
    transports[0].answers = [() => failure(), () => failure({ kind: 'unavailable', isTrunkFault: false })];
    await house.write('one');
    await house.settle();
    await house.write('two');
    await house.settle();
    expect(house.bodies(transports[1])).toEqual(['one']);
    await house.pass(30_000);
    expect(house.bodies(transports[0])).toEqual(['two']);
  });

  it('a trunk that asks for a pause gets it, from all texts', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [() => failure({ kind: 'throttled', isTrunkFault: false, retryAfterMs: 100_000 })];
    await house.write('one');
    await house.settle();
    await house.write('two', { to: [CAROL] });
    await house.settle();
    expect(house.transport.tries).toHaveLength(1);
    await house.pass(99_000);
    expect(house.transport.tries).toHaveLength(1);
    await house.pass(20_000);
    expect(house.bodies().sort()).toEqual(['one', 'two']);
  });

  it('one answer does not silence a trunk for longer than the longest pause, nor after it is up again', async () => {
    const house = await TextHouse.open();
    const pause = () => failure({ kind: 'throttled', isTrunkFault: false, retryAfterMs: 23 * 60 * MINUTE });
    house.transport.answers = [pause];
    await house.write('one');
    await house.settle();
    await house.write('two', { to: [CAROL] });
    await house.pass(29 * MINUTE);
    expect(house.bodies()).toEqual([]);
    await house.pass(5 * MINUTE);
    expect(house.bodies()).toEqual(['two']);
    house.transport.answers = [pause];
    await house.write('three', { to: [CAROL] });
    await house.settle();
    house.transport.up();
    await house.settle();
    expect(house.bodies().sort()).toEqual(['one', 'three', 'two']);
  });

  it('a trunk that is down gets nothing until it is up, and then all at once, in order', async () => {
    const house = await TextHouse.open();
    house.transport.now = 'down';
    for (const text of ['one', 'two', 'three']) await house.write(text);
    await house.settle();
    expect(house.transport.tries).toEqual([]);
    expect(house.signalling.of('$one')[0]).toContain('The telephone provider cannot be reached right now.');
    house.transport.up();
    await house.settle();
    expect(house.bodies()).toEqual(['one', 'two', 'three']);
  });

  it('two trunks that are down: it goes by whichever is up first', async () => {
    const transports = [new FakeTransport('a'), new FakeTransport('b')] as const;
    const house = await TextHouse.open({ transports });
    for (const transport of transports) transport.now = 'down';
    await house.write('Hello');
    await house.settle();
    transports[1].up();
    await house.settle();
    expect(house.bodies(transports[1])).toEqual(['Hello']);
    expect(transports[0].tries).toEqual([]);
  });

  it('fails in words when its time is over, and is sent again by a reaction', async () => {
    const house = await TextHouse.open({ policy: { longestWaitMs: 10 * MINUTE } });
    house.transport.always = () => failure({ kind: 'unavailable', isTrunkFault: false });
    await house.write('Hello');
    for (let minute = 0; minute < 12; minute += 1) await house.pass(MINUTE);
    expect(house.signalling.of('$Hello').at(-1)).toBe(
      'failed: The phone is switched off or cannot be reached right now. React with 🔁 to send it again.',
    );
    house.transport.always = () => accepted;
    await house.react('🔁', '$Hello');
    await house.settle();
    expect(house.bodies()).toEqual(['Hello']);
    expect(house.signalling.of('$Hello').at(-1)).toBe('sent');
    // It is no longer failed: another reaction sends nothing.
    await house.react('🔁\u{FE0F}', '$Hello');
    await house.settle();
    expect(house.transport.arrived).toHaveLength(1);
  });

  it('a text that the network lost is sent again from the room: it is not kept here', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [() => ({ kind: 'accepted', messageId: 'm1' })];
    await house.write('Hello');
    await house.settle();
    await house.out.receipt({ transport: 'a', messageId: 'm1', state: 'failed' });
    await house.settle();
    expect(house.signalling.of('$Hello').at(-1)).toBe(
      'failed: The telephone network took this text and could not deliver it. React with 🔁 to send it again.',
    );
    house.signalling.texts.set(eventId('Hello'), { sender: ALICE, body: 'Hello' });
    await house.react('🔁', '$Hello');
    await house.settle();
    expect(house.bodies()).toEqual(['Hello', 'Hello']);
  });

  it('all failed texts of a room are sent again at once', async () => {
    const house = await TextHouse.open();
    house.transport.always = () => failure({ kind: 'refused', isTemporary: false, isTrunkFault: false });
    for (const text of ['one', 'two']) await house.write(text);
    await house.settle();
    house.transport.always = () => accepted;
    await expect(house.out.resend({ roomId: ROOM, user: ALICE })).resolves.toBe(2);
    await house.settle();
    expect(house.bodies()).toEqual(['one', 'two']);
    await expect(house.out.resend({ roomId: ROOM, user: ALICE })).resolves.toBe(0);
  });

  it('a text to a telephone that the room does not name is sent again to the number that it was for', async () => {
    const house = await TextHouse.open();
    const dan = { ghost: '@_sip_dan:hs.test' as MatrixUserId, dialled: '+4915333333333' };
    house.transport.answers = [() => failure({ kind: 'refused', isTemporary: false, isTrunkFault: false })];
    await house.write('Hello', { to: [dan] });
    await house.settle();
    await house.react('🔁', '$Hello');
    await house.settle();
    expect(house.transport.arrived).toMatchObject([{ target: dan.dialled, text: 'Hello' }]);
  });

  it('a store that fails puts the text off, and loses nothing', async () => {
    const house = await TextHouse.open();
    const { deliveries } = house.store;
    const nextOf = deliveries.nextOf.bind(deliveries);
    deliveries.nextOf = () => Promise.reject(new Error('disk full'));
    for (const text of ['one', 'two']) await house.write(text);
    await house.settle();
    expect(house.bodies()).toEqual(['one']);
    deliveries.nextOf = nextOf;
    await house.pass(5_000);
    expect(house.bodies()).toEqual(['one', 'two']);
  });
});

describe('a store that takes nothing', () => {
  it('leaves the text with the Matrix side, and tells the user', async () => {
    const house = await TextHouse.open();
    house.store.deliveries.add = () => Promise.reject(new Error('disk full'));
    await expect(house.write('Hello')).rejects.toThrow('disk full');
    expect(house.signalling.of('$Hello')).toEqual([
      'waiting: The gateway has a problem and could not take this text yet. It will try again when it has been restarted.',
    ]);
  });
});

describe('long texts', () => {
  it('goes in parts, in order, under one reference, and is shown as sent when the last is', async () => {
    const house = await TextHouse.open();
    house.transport.longest = 5;
    house.transport.answers = [() => accepted, () => failure({ kind: 'unavailable', isTrunkFault: false })];
    await house.write('0123456789ab');
    await house.settle();
    expect(house.bodies()).toEqual(['01234']);
    await house.pass(30_000);
    expect(house.bodies()).toEqual(['01234', '56789', 'ab']);
    expect(house.transport.arrived.map(({ index, total }) => `${index}/${total}`)).toEqual(['1/3', '2/3', '3/3']);
    expect(new Set(house.transport.arrived.map(({ reference }) => reference)).size).toBe(1);
    expect(house.signalling.of('$0123456789ab').at(-1)).toBe('sent');
  });

  it('says once in a room what long texts cost', async () => {
    const house = await TextHouse.open();
    await house.write('a'.repeat(161));
    await house.write('b'.repeat(400));
    await house.settle();
    expect(house.signalling.notices).toEqual(['This text is sent as 2 SMS. This is not said again in this room.']);
    expect(house.transport.arrived).toHaveLength(2);
  });

  it('refuses a text of more SMS than the administrator allows', async () => {
    const house = await TextHouse.open({ policy: { mostSegments: 2 } });
    await house.write('c'.repeat(307));
    await house.settle();
    expect(house.transport.tries).toEqual([]);
    expect(house.signalling.statuses[0]?.status).toEqual({
      state: 'failed',
      words: 'This text is 3 SMS long; at most 2 can be sent at once. Please make it shorter.',
      canBeSentAgain: false,
    });
  });

  it('refuses a text that no transport can carry', async () => {
    const house = await TextHouse.open();
    house.transport.longest = 1;
    await house.write('d'.repeat(21));
    await house.settle();
    expect(house.signalling.statuses[0]?.status).toMatchObject({
      words: 'This text is too long: at most 20 characters can be sent at once.',
    });
  });
});

describe('receipts', () => {
  it('shows delivered and displayed, also when they overtake the answer', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [
      async () => {
        await house.out.receipt({ transport: 'a', messageId: 'm1', state: 'delivered' });
        return { kind: 'accepted', messageId: 'm1' };
      },
    ];
    await house.write('Hello');
    await house.settle();
    await house.out.receipt({ transport: 'a', messageId: 'm1', state: 'displayed' });
    await house.out.receipt({ transport: 'a', messageId: 'nobody', state: 'displayed' });
    await house.settle();
    expect(house.signalling.of('$Hello').sort()).toEqual(['delivered', 'displayed', 'sent']);
  });

  it('a long text is delivered when all its parts are', async () => {
    const house = await TextHouse.open();
    house.transport.longest = 2;
    house.transport.always = ({ index }) => ({ kind: 'accepted', messageId: `m${index}` });
    await house.write('abcd');
    await house.settle();
    await house.out.receipt({ transport: 'a', messageId: 'm2', state: 'delivered' });
    await house.settle();
    expect(house.signalling.of('$abcd')).toEqual(['sent']);
    await house.out.receipt({ transport: 'a', messageId: 'm1', state: 'delivered' });
    await house.settle();
    expect(house.signalling.of('$abcd')).toEqual(['sent', 'delivered']);
  });
});

describe('who wants no texts', () => {
  it('a number that opted out gets nothing, and the user is told', async () => {
    const house = await TextHouse.open();
    const pair = { number: OWN, telephone: BOB.dialled };
    await house.store.consents.set(pair, false, { source: 'text', word: 'STOP' }, house.clock.now());
    await house.write('Hello');
    await house.settle();
    expect(house.transport.tries).toEqual([]);
    expect(house.signalling.of('$Hello')).toEqual([
      `failed: ${BOB.dialled} has asked for no more texts from this number. Nothing is sent until they write START.`,
    ]);
    await house.store.consents.set(pair, true, { source: 'text', word: 'START' }, house.clock.now());
    await house.write('Hello again');
    await house.settle();
    expect(house.bodies()).toEqual(['Hello again']);
  });

  it('STOP that comes while texts wait holds for them', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [() => failure()];
    await house.write('Hello');
    await house.settle();
    const pair = { number: OWN, telephone: BOB.dialled };
    await house.store.consents.set(pair, false, { source: 'text', word: 'STOP' }, house.clock.now());
    await house.pass(30_000);
    expect(house.bodies()).toEqual([]);
    expect(house.signalling.of('$Hello').at(-1)).toContain('has asked for no more texts');
  });

  it('a provider that says so is believed', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [() => failure({ kind: 'blocked', isTemporary: false, isTrunkFault: false })];
    await house.write('Hello');
    await house.settle();
    await expect(house.store.consents.hasOptedOut(OWN, BOB.dialled)).resolves.toBe(true);
  });

  it('the answer to STOP is sent nevertheless, once, and nothing is shown of it', async () => {
    const house = await TextHouse.open();
    const pair = { number: OWN, telephone: BOB.dialled };
    await house.store.consents.set(pair, false, { source: 'text', word: 'STOP' }, house.clock.now());
    const answer = { key: 'stop|k1', transport: 'a', target: BOB.dialled, sender: OWN, text: 'You get no more texts.' };
    await house.out.answer(answer);
    await house.out.answer(answer);
    await house.settle();
    expect(house.bodies()).toEqual(['You get no more texts.']);
    expect(house.signalling.statuses).toEqual([]);
  });
});

describe('taking back', () => {
  it('a text that waits is taken back', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [() => failure()];
    await house.write('one');
    await house.write('two');
    await house.settle();
    await house.redact('$one');
    await house.redact('$two');
    await house.pass(MINUTE);
    expect(house.bodies()).toEqual([]);
    expect(house.signalling.notices).toEqual([]);
  });

  it('a text that waits for its turn is taken back, and the next goes', async () => {
    const house = await TextHouse.open({ policy: { perSecond: new Map([['a', 0.1]]) } });
    await Promise.all(['one', 'two', 'three'].map((text) => house.write(text)));
    await house.settle();
    await house.redact('$two');
    for (let time = 0; time < 3; time += 1) await house.pass(10_000);
    expect(house.bodies()).toEqual(['one', 'three']);
  });

  it('a text that was sent cannot be: once in words, however many telephones have it', async () => {
    const house = await TextHouse.open();
    await house.write('Hello', { to: [BOB, CAROL] });
    await house.settle();
    house.signalling.notices.length = 0;
    await house.redact('$Hello');
    await house.settle();
    expect(house.signalling.notices).toEqual(['This text was sent already and cannot be taken back.']);
  });

  it('what waits for a telephone that left the room is not sent', async () => {
    const house = await TextHouse.open();
    house.transport.now = 'down';
    await house.write('one', { to: [BOB, CAROL] });
    await house.settle();
    await house.out.left(ROOM, BOB.ghost);
    house.transport.up();
    await house.settle();
    expect(house.transport.arrived.map(({ target }) => target)).toEqual([CAROL.dialled]);
  });
});

describe('whose number it comes from', () => {
  const decide = allow({ sender: { kind: 'pool', pool: 'p' } });
  const pools = [{ name: 'p', numbers: ['+4930777'], restMs: 1_000 * MINUTE }];

  it('a number of the pool, the same one each time', async () => {
    const house = await TextHouse.open({ decide, pools });
    await house.write('one');
    await house.write('two');
    await house.settle();
    expect(house.transport.arrived.map(({ sender }) => sender)).toEqual(['+4930777', '+4930777']);
    await expect(house.store.leases.holder('+4930777', BOB.dialled)).resolves.toBe(ALICE);
  });

  it('when all are lent the user is told, and nothing is sent', async () => {
    const house = await TextHouse.open({ decide, pools });
    await house.write('one');
    await house.write('two', { sender: '@dora:hs.test' as MatrixUserId, roomId: '!other:hs.test' as RoomId });
    await house.settle();
    expect(house.bodies()).toEqual(['one']);
    expect(house.signalling.of('$two')[0]).toMatch(
      /^failed: All of our numbers that could write to \+4915111111111 are in use\. One will be free 1970-01-01 \d\d:\d\d UTC\.$/,
    );
  });

  it('a sender that many share: the room says once that it cannot be answered', async () => {
    const house = await TextHouse.open({ decide: allow({ sender: { kind: 'shared', number: 'ACME' } }) });
    await house.write('one');
    await house.write('two');
    await house.settle();
    expect(house.signalling.notices).toEqual(['Texts from here come from ACME, which cannot be answered.']);
    expect(house.transport.arrived.map(({ sender }) => sender)).toEqual(['ACME', 'ACME']);
  });

  it('a refusal is shown in its own words', async () => {
    const house = await TextHouse.open({ decide: () => ({ kind: 'refuse', words: 'You may not.' }) });
    await house.write('Hello');
    expect(house.signalling.of('$Hello')).toEqual(['failed: You may not.']);
  });
});

describe('a room with several telephones', () => {
  it('each gets the text, and the cost is said before the first', async () => {
    const house = await TextHouse.open();
    await house.write('one', { to: [BOB, CAROL] });
    await house.write('two', { to: [BOB, CAROL] });
    await house.settle();
    expect(house.signalling.notices).toEqual([
      'This text is sent as one SMS to each of 2 telephones, 2 in all. This is not said again in this room.',
    ]);
    expect(house.transport.arrived.map(({ target, text }) => `${target} ${text}`).sort()).toEqual([
      `${BOB.dialled} one`,
      `${BOB.dialled} two`,
      `${CAROL.dialled} one`,
      `${CAROL.dialled} two`,
    ]);
  });

  it('says who wrote it when several could have', async () => {
    const house = await TextHouse.open();
    await house.write('Hello', { users: [ALICE, '@dora:hs.test' as MatrixUserId] });
    await house.settle();
    expect(house.bodies()).toEqual(['alice: Hello']);
  });

  it('does not say who wrote it where they share a line: to the telephone they are one', async () => {
    const house = await TextHouse.open();
    await house.write('Hello', { users: [ALICE, '@dora:hs.test' as MatrixUserId], isOneParty: true });
    await house.settle();
    expect(house.bodies()).toEqual(['Hello']);
  });

  it('has a limit', async () => {
    const house = await TextHouse.open({ policy: { mostTelephones: 1 } });
    await house.write('Hello', { to: [BOB, CAROL] });
    await house.settle();
    expect(house.signalling.of('$Hello')).toEqual([
      'failed: Texts go to at most 1 telephones in one room; there are 2 here.',
    ]);
  });

  it('a text of one telephone goes to the others, once', async () => {
    const house = await TextHouse.open();
    const text = { eventId: eventId('posted'), roomId: ROOM, user: ALICE, to: [CAROL], text: 'Bob: Hi all' };
    await house.out.relay(text);
    await house.out.relay(text);
    await house.settle();
    expect(house.transport.arrived).toMatchObject([{ target: CAROL.dialled, text: 'Bob: Hi all' }]);
  });
});

describe('what else users send', () => {
  const image = { kind: 'media', media: 'image', url: 'mxc://hs.test/abc', name: 'cat.jpg' } as const;

  it('an edit of a text that was sent: a notice, once in the room', async () => {
    const house = await TextHouse.open();
    await house.write('Hallo');
    await house.settle();
    for (const time of [1, 2])
      await house.write('Hello', { eventId: eventId(`edit ${time}`), edits: eventId('Hallo') });
    await house.settle();
    expect(house.bodies()).toEqual(['Hallo']);
    expect(house.signalling.notices).toEqual([
      'A change to a text that was sent does not reach the telephone. Please write it as a new text.',
    ]);
  });

  it('an edit of a text that was sent: a new text, by choice', async () => {
    const house = await TextHouse.open({ policy: { edits: 'send' } });
    await house.write('Hallo');
    await house.settle();
    await house.write('Hello', { eventId: eventId('edit'), edits: eventId('Hallo') });
    await house.settle();
    expect(house.bodies()).toEqual(['Hallo', '* Hello']);
  });

  it('an edit of a text that still waits takes its place', async () => {
    const house = await TextHouse.open();
    house.transport.now = 'down';
    await house.write('Hallo');
    await house.settle();
    await house.write('Hello', { eventId: eventId('edit'), edits: eventId('Hallo') });
    house.transport.up();
    await house.settle();
    expect(house.bodies()).toEqual(['Hello']);
  });

  it('an edit of a text that was refused is sent in its place', async () => {
    const house = await TextHouse.open({ policy: { mostSegments: 1 } });
    await house.write('too long '.repeat(20));
    await house.write('shorter', { edits: eventId('too long '.repeat(20)) });
    await house.settle();
    expect(house.bodies()).toEqual(['shorter']);
  });

  it('an edit of a text that failed is sent in its place, and the failed one is not sent again', async () => {
    const house = await TextHouse.open();
    house.transport.answers = [() => failure({ kind: 'unacceptable', isTemporary: false, isTrunkFault: false })];
    await house.write('Hallo');
    await house.settle();
    await house.write('Hello', { edits: eventId('Hallo') });
    await house.react('🔁', '$Hallo');
    await house.settle();
    expect(house.bodies()).toEqual(['Hello']);
  });

  it('a picture: refused in words without links', async () => {
    const house = await TextHouse.open();
    await house.write(image);
    expect(house.signalling.of('$media')).toEqual([
      'failed: Pictures and files cannot be sent to a telephone here. Nothing was sent.',
    ]);
  });

  it.each([
    [{ kind: 'link', url: 'https://x.test/m/1', expiresAt: 5 } as const, ['Image cat.jpg: https://x.test/m/1'], []],
    [{ kind: 'refused', words: 'Too large.' } as const, [], ['failed: Too large.']],
  ])('a picture with links: %o', async (link, bodies, told) => {
    const house = await TextHouse.open({ media: { linkFor: async () => link } });
    await house.write(image);
    await house.settle();
    expect(house.bodies()).toEqual(bodies);
    expect(house.signalling.of('$media')).toEqual(told.length > 0 ? told : ['sent']);
  });

  it('a picture whose link cannot be made', async () => {
    const house = await TextHouse.open({ media: { linkFor: () => Promise.reject(new Error('no disk')) } });
    await house.write(image);
    expect(house.signalling.of('$media')).toEqual([
      'failed: The link for this file could not be made, so nothing was sent. Please try again.',
    ]);
  });

  it('a poll, and a text with nothing in it', async () => {
    const house = await TextHouse.open();
    await house.write({ kind: 'other', what: 'poll' });
    await house.write('   ');
    expect(house.signalling.of('$other')).toEqual([
      'failed: This kind of message cannot be sent to a telephone. Nothing was sent.',
    ]);
    expect(house.signalling.of('$   ')).toEqual(['failed: There is no text in this message, so nothing was sent.']);
    expect(house.transport.tries).toEqual([]);
  });

  it('an emote', async () => {
    const house = await TextHouse.open();
    await house.write({ kind: 'emote', body: 'waves' });
    await house.settle();
    expect(house.bodies()).toEqual(['* alice waves']);
  });

  it.each(['send', 'ignore'] as const)('a notice of a bot: %s', async (notices) => {
    const house = await TextHouse.open({ policy: { notices } });
    await house.write({ kind: 'notice', body: 'Build passed' });
    await house.settle();
    expect(house.bodies()).toEqual(notices === 'send' ? ['Build passed'] : []);
    expect(house.signalling.notices).toEqual([]);
  });

  it('a reply quotes', async () => {
    const house = await TextHouse.open();
    house.signalling.texts.set(eventId('earlier'), { sender: BOB.ghost, body: 'When?' });
    await house.write('At eight', { repliesTo: eventId('earlier') });
    await house.settle();
    expect(house.bodies()).toEqual(['> When?\nAt eight']);
  });

  it.each(['send', 'ignore'] as const)('a reaction: %s', async (reactions) => {
    const house = await TextHouse.open({ policy: { reactions } });
    house.signalling.texts.set('$earlier' as EventId, { sender: BOB.ghost, body: 'See you at 8' });
    await house.react('👍', '$earlier');
    await house.settle();
    expect(house.bodies()).toEqual(reactions === 'send' ? ['Reacted 👍 to “See you at 8”'] : []);
  });

  it('a room without a telephone', async () => {
    const house = await TextHouse.open();
    await house.write('Hello', { to: [] });
    expect(house.signalling.statuses).toEqual([]);
  });
});

describe('too much', () => {
  it('a user who writes too many texts is told, and may write again after a while', async () => {
    const house = await TextHouse.open({ policy: { perUser: { perMinute: 2, atOnce: 3 } } });
    for (const text of ['1', '2', '3', '4']) await house.write(text);
    await house.settle();
    expect(house.bodies()).toEqual(['1', '2', '3']);
    expect(house.signalling.of('$4')).toEqual([
      'failed: You have written too many texts in a short time. This one was not sent; please wait a minute.',
    ]);
    await house.pass(30_000);
    await house.write('5');
    await house.settle();
    expect(house.bodies()).toEqual(['1', '2', '3', '5']);
  });
});

describe('stop and start', () => {
  it('what is under way is waited for; the rest waits in the store', async () => {
    const house = await TextHouse.open();
    let answer: (() => void) | undefined;
    house.transport.always = () =>
      new Promise((resolve) => {
        answer = () => resolve(accepted);
      });
    await Promise.all(['one', 'two'].map((text) => house.write(text)));
    await house.settle();
    let isClosed = false;
    const closed = house.out.close(10_000).then(() => {
      isClosed = true;
    });
    await house.settle();
    expect(isClosed).toBe(false);
    answer?.();
    await closed;
    expect(house.bodies()).toEqual(['one']);
    house.transport.always = () => accepted;
    house.restart();
    await house.settle();
    expect(house.bodies()).toEqual(['one', 'two']);
  });

  it('is not waited for longer than the grace', async () => {
    const house = await TextHouse.open();
    house.transport.always = () => new Promise(() => undefined);
    await house.write('one');
    await house.settle();
    const closed = house.out.close(10_000);
    house.clock.advance(10_000);
    await closed;
  });

  it('a text from before a long stop fails in words instead of puzzling anybody', async () => {
    const house = await TextHouse.open({ policy: { longestWaitMs: MINUTE } });
    house.kill();
    const sentAt = house.clock.now();
    house.clock.advance(60 * MINUTE);
    house.restart();
    await house.write('old news', { recovered: true, sentAt });
    await house.settle();
    expect(house.bodies()).toEqual([]);
    expect(house.signalling.of('$old news')).toEqual([
      'failed: This text could not be sent in time. React with 🔁 to send it again.',
    ]);
  });
});
