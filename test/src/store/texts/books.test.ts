import { beforeEach, expect, it } from 'vitest';
import type { Conversation } from '../../../../src/message/index.ts';
import type { Store } from '../../../../src/store/index.ts';
import { Consents } from '../../../../src/store/texts/consents.ts';
import { Conversations } from '../../../../src/store/texts/conversations.ts';
import { describeOnEach } from '../databases.ts';
import { room, user, WatchedDatabase } from './samples.ts';

let store: Store;

const TELEPHONE = '+441632960001';
const OURS = '+441632960900';
const DAY_MS = 24 * 3_600_000;

describeOnEach('conversations', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  const conversation = (roomId: string, lastAt: number, with_: Partial<Conversation> = {}): Conversation => ({
    roomId: room(roomId),
    telephone: TELEPHONE,
    ghost: user('ghost'),
    number: OURS,
    transport: 'trunk',
    lastAt,
    ...with_,
  });

  it('are found by telephone and number, the latest first', async () => {
    await store.conversations.used(conversation('a', 2_000, { user: user('ada') }));
    await store.conversations.used(conversation('b', 3_000));
    await store.conversations.used(conversation('c', 4_000, { number: '' }));
    await store.conversations.used(conversation('d', 5_000, { telephone: '+1' }));
    expect(await store.conversations.between(TELEPHONE, OURS)).toEqual([
      conversation('b', 3_000),
      conversation('a', 2_000, { user: user('ada') }),
    ]);
    await store.conversations.used(conversation('a', 6_000));
    expect((await store.conversations.between(TELEPHONE, OURS)).map(({ roomId }) => roomId)).toEqual([
      room('a'),
      room('b'),
    ]);
  });

  it('remember each number that a room wrote by, and what is told late changes nothing', async () => {
    await store.conversations.used(conversation('a', 2_000));
    await store.conversations.used(conversation('a', 3_000, { number: '' }));
    await store.conversations.used(conversation('a', 1_000, { transport: 'old' }));
    expect(await store.conversations.inRoom(room('a'))).toEqual([
      conversation('a', 3_000, { number: '' }),
      conversation('a', 2_000),
    ]);
  });

  it('are forgotten two years after their last text', async () => {
    const now = 10_000 * DAY_MS;
    await store.conversations.used(conversation('a', now - 731 * DAY_MS));
    await store.conversations.used(conversation('b', now - 729 * DAY_MS));
    await store.prune(now + 0.5);
    expect((await store.conversations.between(TELEPHONE, OURS)).map(({ roomId }) => roomId)).toEqual([room('b')]);
  });

  it('end when the ghost has left', async () => {
    await store.conversations.used(conversation('a', 1));
    await store.conversations.used(conversation('a', 2, { ghost: user('other'), telephone: '+1' }));
    await store.conversations.ended(room('a'), user('ghost'));
    expect(await store.conversations.inRoom(room('a'))).toMatchObject([{ ghost: user('other') }]);
  });
});

describeOnEach('consent', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  const pair = { number: OURS, telephone: TELEPHONE };
  const everyChange = async () => {
    const changes = [];
    for await (const change of store.consents.history()) changes.push(change);
    return changes;
  };

  it('is there until it is withdrawn, for one number and one telephone', async () => {
    expect(await store.consents.hasOptedOut(OURS, TELEPHONE)).toBe(false);
    expect(await store.consents.set(pair, false, { source: 'text', word: 'STOP' }, 1_000)).toBe(true);
    expect(await store.consents.hasOptedOut(OURS, TELEPHONE)).toBe(true);
    expect(await store.consents.hasOptedOut('', TELEPHONE)).toBe(false);
    expect(await store.consents.hasOptedOut(OURS, '+1')).toBe(false);
    expect(await store.consents.set(pair, true, { source: 'text', word: 'START' }, 2_000)).toBe(true);
    expect(await store.consents.hasOptedOut(OURS, TELEPHONE)).toBe(false);
  });

  it('is recorded as often as it changes, in order, even at one instant', async () => {
    expect(await store.consents.set(pair, true, { source: 'text' }, 500)).toBe(false);
    await store.consents.set(pair, false, { source: 'text', word: 'STOP' }, 1_000);
    expect(await store.consents.set(pair, false, { source: 'provider' }, 1_000)).toBe(false);
    await store.consents.set(pair, true, { source: 'administrator' }, 1_000);
    await store.consents.set({ number: '', telephone: '+1' }, false, { source: 'provider' }, 900);
    expect(await everyChange()).toEqual([
      { ...pair, consents: false, source: 'text', word: 'STOP', at: 1_000 },
      { ...pair, consents: true, source: 'administrator', at: 1_000 },
      { number: '', telephone: '+1', consents: false, source: 'provider', at: 900 },
    ]);
  });

  it('that was withdrawn stays so for good; what was taken back is forgotten after five years, and never counts again', async () => {
    const year = 365 * DAY_MS;
    const now = 40 * year;
    const say = (telephone: string, consents: boolean, at: number) =>
      store.consents.set({ number: OURS, telephone }, consents, { source: 'text' }, at);
    await say('+1', false, now - 20 * year);
    for (const [index, consents] of [false, true, false, true].entries())
      await say('+2', consents, now - (10 - index) * year);
    await say('+3', false, now - 10 * year);
    await say('+3', true, now - 2 * year);
    const left = async () => (await everyChange()).map(({ telephone, consents }) => `${telephone} ${consents}`);
    // What took something back goes after that.
    await store.prune(now);
    expect(await left()).toEqual(['+1 false', '+2 true', '+3 false', '+3 true']);
    await store.prune(now);
    expect(await left()).toEqual(['+1 false', '+3 false', '+3 true']);
    for (const telephone of ['+1', '+2', '+3']) {
      expect(await store.consents.hasOptedOut(OURS, telephone)).toBe(telephone === '+1');
    }
  });

  it('is told whole, however much there is', async () => {
    const all = Array.from({ length: 1_203 }, (_, n) => `+44163296${n}`);
    await Promise.all(
      all.map((telephone, n) => store.consents.set({ number: OURS, telephone }, false, { source: 'text' }, n)),
    );
    expect((await everyChange()).map(({ telephone }) => telephone)).toEqual(all);
  });
});

describeOnEach('names of telephones', (database) => {
  beforeEach(async () => {
    store = await database.open();
  });

  it('belong to a user or a room, and are found whatever their capitals', async () => {
    await store.petNames.set(user('ada'), TELEPHONE, 'Żaneta  Straße');
    await store.petNames.set(room('r'), TELEPHONE, 'the plumber');
    expect(await store.petNames.get(user('ada'), TELEPHONE)).toBe('Żaneta  Straße');
    expect(await store.petNames.get(user('ben'), TELEPHONE)).toBeUndefined();
    for (const name of ['żaneta straße', 'ŻANETA STRASSE', 'z\u0307aneta strasse']) {
      expect(await store.petNames.find(user('ada'), name)).toBe(TELEPHONE);
    }
    expect(await store.petNames.find(room('r'), 'The Plumber')).toBe(TELEPHONE);
    expect(await store.petNames.find(user('ada'), 'the plumber')).toBeUndefined();
  });

  it('can be changed and taken away, and are listed by name', async () => {
    await store.petNames.set(user('ada'), '+2', 'bob');
    await store.petNames.set(user('ada'), '+1', 'Alice');
    await store.petNames.set(user('ada'), '+3', 'Carol');
    await store.petNames.set(user('ada'), '+3', undefined);
    await store.petNames.set(user('ada'), '+2', 'Robert');
    expect(await store.petNames.all(user('ada'))).toEqual([
      { telephone: '+1', name: 'Alice' },
      { telephone: '+2', name: 'Robert' },
    ]);
    expect(await store.petNames.find(user('ada'), 'bob')).toBeUndefined();
  });
});

it('no statement reads more than it needs', async () => {
  const watched = await WatchedDatabase.open();
  const conversations = new Conversations(watched.db, watched.batch);
  const consents = new Consents(watched.db, watched.batch);
  await conversations.between(TELEPHONE, OURS);
  await conversations.inRoom(room('a'));
  await conversations.ended(room('a'), user('ghost'));
  await consents.set({ number: OURS, telephone: TELEPHONE }, false, { source: 'text' }, 1);
  await consents.hasOptedOut(OURS, TELEPHONE);
  for await (const _ of consents.history());
  await conversations.prune(1);
  await consents.prune(1);
  // A room has few conversations.
  expect(watched.costlyPlans(['"room_id" = ?'])).toEqual([]);
  await watched.close();
});
