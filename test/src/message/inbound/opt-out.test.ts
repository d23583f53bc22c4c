import { describe, expect, it } from 'vitest';
import { ALICE, BOB, chatOf, ERIN, InboundHouse, OWN } from './house.ts';

const HOUR = 3_600_000;
const optedOut = `${BOB} has opted out: nothing is sent to them from ${OWN} until they write START.`;

async function historyOf(house: InboundHouse) {
  const history = [];
  for await (const change of house.store.consents.history()) history.push(change);
  return history;
}

describe('STOP, START and HELP', () => {
  it('STOP is noted, shown, and answered', async () => {
    const house = await InboundHouse.open();
    await house.arrive('Stop.');
    expect(await house.store.consents.hasOptedOut(OWN, BOB)).toBe(true);
    await house.settle();
    expect(house.bodies()).toEqual(['Stop.']);
    expect(house.homeserver.notices).toEqual([{ roomId: chatOf(ALICE, BOB), text: optedOut, inReplyTo: '$0' }]);
    expect(house.desk.answers).toEqual([
      { target: BOB, sender: OWN, text: `You will get no more texts from ${OWN}. Reply START to get them again.` },
    ]);
    const history = await historyOf(house);
    expect(history).toEqual([
      { number: OWN, telephone: BOB, consents: false, source: 'text', word: 'STOP', at: house.clock.now() },
    ]);
  });

  it('START takes it back', async () => {
    const house = await InboundHouse.open();
    await house.arrive('STOP');
    await house.arrive('start');
    await house.settle();
    expect(await house.store.consents.hasOptedOut(OWN, BOB)).toBe(false);
    expect(house.homeserver.notices.at(-1)?.text).toBe(`${BOB} has asked for texts from ${OWN} again.`);
    expect((await historyOf(house)).map(({ consents }) => consents)).toEqual([false, true]);
  });

  it('HELP is answered, in the language of the word', async () => {
    const house = await InboundHouse.open();
    await house.arrive('Hilfe');
    await house.settle();
    const [answer] = house.desk.answers;
    expect(answer?.text).toBe(`SMS von ${OWN}: mit STOP bestellen Sie sie ab.`);
    expect(house.homeserver.notices.map(({ text }) => text)).toEqual([
      `${BOB} has asked for help and was sent: “${answer?.text}”`,
    ]);
    expect(await historyOf(house)).toEqual([]);
  });

  it('HELP is answered in the words of the administrator', async () => {
    const help = 'Example Ltd.';
    const house = await InboundHouse.open({ policy: { optOut: { enabled: true, answers: true, help } } });
    await house.arrive('help');
    await house.settle();
    expect(house.desk.answers.map(({ text }) => text)).toEqual([help]);
  });

  it.each(['Stop texting me', 'end of the road', 'no'])('%j means nothing', async (text) => {
    const house = await InboundHouse.open();
    await house.arrive(text);
    await house.settle();
    expect(house.bodies()).toEqual([text]);
    expect(house.desk.answers).toEqual([]);
    expect(house.homeserver.notices).toEqual([]);
    expect(await house.store.consents.hasOptedOut(OWN, BOB)).toBe(false);
  });

  it('the same word is answered once an hour', async () => {
    const house = await InboundHouse.open();
    for (let times = 0; times < 3; times += 1) {
      await house.arrive('STOP');
      await house.pass(20 * 60_000);
    }
    expect(house.desk.answers).toHaveLength(1);
    await house.pass(HOUR);
    await house.arrive('STOP');
    await house.settle();
    expect(house.desk.answers).toHaveLength(2);
  });

  it('a late repeat of STOP does not undo START', async () => {
    const house = await InboundHouse.open();
    await house.arrive({ text: 'STOP', key: 'stop' });
    await house.arrive('START');
    await house.arrive({ text: 'STOP', key: 'stop' });
    expect(await house.store.consents.hasOptedOut(OWN, BOB)).toBe(false);
  });

  it('without answers where the administrator wants none', async () => {
    const house = await InboundHouse.open({ policy: { optOut: { enabled: true, answers: false } } });
    await house.arrive('STOP');
    await house.arrive('HELP');
    await house.settle();
    expect(house.desk.answers).toEqual([]);
    expect(house.homeserver.notices.map(({ text }) => text)).toEqual([optedOut]);
  });

  it('is a text like others where it is turned off', async () => {
    const house = await InboundHouse.open({ policy: { optOut: { enabled: false, answers: true } } });
    await house.arrive('STOP');
    await house.settle();
    expect(house.bodies()).toEqual(['STOP']);
    expect(house.desk.answers).toEqual([]);
    expect(await house.store.consents.hasOptedOut(OWN, BOB)).toBe(false);
  });

  it('to a number that only sends is noted and answered, though nobody is shown it', async () => {
    const house = await InboundHouse.open({ numbers: { '70700': { kind: 'shared' } } });
    expect(await house.arrive({ text: 'STOP', called: '70700' })).toEqual({ kind: 'taken' });
    await house.settle();
    expect(await house.store.consents.hasOptedOut('70700', BOB)).toBe(true);
    expect(house.desk.answers).toMatchObject([{ target: BOB, sender: '70700' }]);
    expect(house.homeserver.posted).toEqual([]);
  });

  it('to a number that only sends is said in the rooms that wrote from it', async () => {
    const house = await InboundHouse.open({ numbers: { '70700': { kind: 'shared' } } });
    const rooms = [house.rooms.set('!a', [BOB], [ALICE]), house.rooms.set('!b', [BOB], [ERIN])];
    for (const room of rooms) await house.wrote(room, ALICE, BOB, '70700');
    await house.arrive({ text: 'STOP', called: '70700' });
    await house.settle();
    const text = `${BOB} has opted out: nothing is sent to them from 70700 until they write START.`;
    expect(house.homeserver.notices.sort((a, b) => a.roomId.localeCompare(b.roomId))).toEqual(
      rooms.map((roomId) => ({ roomId, text })),
    );
  });

  it('holds for texts that went out from the default number of the trunk', async () => {
    const house = await InboundHouse.open();
    await house.wrote(chatOf(ALICE, BOB), ALICE, BOB, '');
    await house.arrive('STOP');
    expect(await house.store.consents.hasOptedOut('', BOB)).toBe(true);
    expect(await house.store.consents.hasOptedOut('', '+4915222222222')).toBe(false);
    await house.arrive('START');
    expect(await house.store.consents.hasOptedOut('', BOB)).toBe(false);
  });

  it('of senders that nobody can write to is nothing', async () => {
    const house = await InboundHouse.open();
    await house.arrive({ text: 'STOP', sender: 'MyBank' });
    await house.arrive({ text: 'STOP', withheld: true });
    await house.settle();
    expect(house.desk.answers).toEqual([]);
    expect(await historyOf(house)).toEqual([]);
  });

  it('is noted by the next process when this one dies over it', async () => {
    const house = await InboundHouse.open();
    house.homeserver.away();
    // Stored, and nothing else.
    house.dieAfter(0);
    await house.arrive('STOP');
    expect(await house.store.consents.hasOptedOut(OWN, BOB)).toBe(false);
    house.clock.advance(1_000);
    await house.restart();
    await house.settle();
    expect(await house.store.consents.hasOptedOut(OWN, BOB)).toBe(true);
    expect(house.desk.answers).toHaveLength(1);
  });

  it('the name that the user gave stands in the room', async () => {
    const house = await InboundHouse.open();
    await house.store.petNames.set(ALICE, BOB, 'Bob');
    await house.arrive('STOP');
    await house.settle();
    expect(house.homeserver.notices[0]?.text).toMatch(/^Bob has opted out/);
  });

  it('is shown though the room refuses what is said about it', async () => {
    const house = await InboundHouse.open();
    house.homeserver.notice = () => Promise.reject(new Error('forbidden'));
    await house.arrive('STOP');
    await house.arrive('really');
    await house.settle();
    expect(house.bodies()).toEqual(['STOP', 'really']);
    expect(await house.store.arrivals.counts()).toEqual({ waiting: 0, held: 0 });
  });
});
