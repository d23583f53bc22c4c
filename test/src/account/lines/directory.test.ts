import fc from 'fast-check';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import {
  createLineBook,
  createLineChoices,
  createLineDirectory,
  LINES_AREA,
  type LinkedLine,
  lineByKey,
  lineKey,
  matchPeople,
  mergeLines,
  NO_PREFERENCES,
  type Preferences,
} from '../../../../src/account/index.ts';
import { extensionFor } from '../../../../src/account/line-book.ts';
import type { RoomId } from '../../../../src/matrix/index.ts';
import { alice, lines as base, bob, carol, erin } from '../samples.ts';

const SALES = '!sales:example.org' as RoomId;
const inSales = new Set<string>([bob, carol]);
const isMember = (user: string, room: string) => room === SALES && inSales.has(user);

const toUser = (number: string, user: typeof alice, more: Partial<LinkedLine> = {}): LinkedLine => ({
  number,
  owner: { kind: 'user', user },
  linkedAt: 1,
  linkedBy: 'cli',
  ...more,
});
const toSales = (number: string, more: Partial<LinkedLine> = {}): LinkedLine => ({
  ...toUser(number, alice, more),
  owner: { kind: 'room', room: SALES },
});
const numbersOf = (book: typeof base, user: string) => book.linesOf(user).map(({ number }) => number);

describe('linked lines over the configuration', () => {
  it('are those of the configuration where nothing is linked', () => {
    const book = mergeLines(base, [], isMember);
    expect(book.lines).toEqual(base.lines);
    expect(book.extensions).toEqual(base.extensions);
  });

  it('take the place of what the configuration says of the number, with its trunk and name', () => {
    const book = mergeLines(base, [toUser('+4930901821', carol)], isMember);
    expect(numbersOf(book, bob)).toEqual(['+4930901829']);
    expect(numbersOf(book, carol)).toEqual(['+4930901829', '+4930901821']);
    expect(book.lineOf('+4930901821')).toMatchObject({ trunk: 'backup', isLinked: true });
  });

  it('are new lines where the configuration does not know the number', () => {
    const book = mergeLines(base, [toUser('+4930901860', erin, { trunk: 'office', name: 'Erin' })], isMember);
    expect(book.lineOf('+4930901860')).toMatchObject({ trunk: 'office', name: 'Erin' });
    expect(book.lineOf('+4930901860')?.users.named).toEqual([erin]);
  });

  it('are of all members of a control room, after their own', () => {
    const book = mergeLines(base, [toSales('+4930901850'), toUser('+4930901851', bob)], isMember);
    expect(numbersOf(book, bob)).toEqual(['+4930901821', '+4930901829', '+4930901851', '+4930901850']);
    expect(numbersOf(book, alice)).not.toContain('+4930901850');
    inSales.delete(carol);
    expect(numbersOf(book, carol)).not.toContain('+4930901850');
    inSales.add(carol);
  });

  it('give an extension to somebody else, or to a control room', () => {
    const given = mergeLines(base, [toUser('200', bob, { trunk: 'pbx' })], isMember);
    expect(given.extensionOf(erin)).toBeUndefined();
    expect(given.extensionOf(bob)).toMatchObject({ trunk: 'pbx', extension: '200', name: 'Erin' });
    const shared = mergeLines(base, [toSales('200', { trunk: 'pbx' })], isMember);
    expect(lineKey({ number: '200', trunk: 'pbx' })).toBe('200@pbx');
    expect(lineByKey(shared, '200@pbx')).toMatchObject({ extension: '200', controlRoom: SALES });
    expect(lineByKey(shared, '200@office')).toBeUndefined();
    expect(shared.extension('pbx', '200')).toMatchObject({ controlRoom: SALES });
    expect(shared.extensionOf(erin)).toBeUndefined();
  });
});

describe('as which extension somebody calls', () => {
  const book = mergeLines(base, [toSales('300', { trunk: 'pbx' }), toUser('+4930901860', erin)], isMember);
  const as = (user: string, chosen?: string) => extensionFor(book, user, chosen)?.extension;

  it.each<[string, string, string | undefined, string | undefined]>([
    ['their own', erin, undefined, '200'],
    ['none, who has none', bob, undefined, undefined],
    ['a shared one that was chosen', bob, '300@pbx', '300'],
    ['their own, where the chosen one is not shared with them', erin, '300@pbx', '200'],
    ['none, where the chosen one is not shared with them', alice, '300@pbx', undefined],
    ['none, who chose a number of theirs', erin, '+4930901860', undefined],
    ['their own, where the chosen number is not theirs', erin, '+4930901820', '200'],
    ['their own, where the chosen one is none', erin, '+4930999', '200'],
  ])('%s', (_title, user, chosen, expected) => {
    expect(as(user, chosen)).toBe(expected);
  });
});

describe('lines of a user', () => {
  it('are those whose people they are among, in order, each once', () => {
    const people = fc.subarray(['@a:x', '@b:x', '@*:x', SALES, '@a:*'], { minLength: 1 });
    const numbers = fc.array(people, { maxLength: 8 });
    fc.assert(
      fc.property(numbers, (all) => {
        const lines = all.map((users, index) => ({ number: `+49${index}`, users: matchPeople(users, () => true) }));
        const book = createLineBook(lines, []);
        for (const user of ['@a:x', '@b:x', '@c:y']) {
          expect(book.linesOf(user)).toEqual(lines.filter(({ users }) => users.has(user)));
        }
      }),
    );
  });
});

/** A database beside which somebody else works. */
function directory() {
  const linked: LinkedLine[] = [];
  const preferred = new Map<typeof alice | RoomId, Preferences>();
  const versions = { lines: 0, preferences: 0 };
  const tasks: (() => void)[] = [];
  const reads = { lines: 0 };
  let fault: Error | undefined;
  const log: { readonly level: number; readonly msg: string }[] = [];
  const made = createLineDirectory({
    base: createLineBook(base.lines, base.extensions),
    registry: {
      async all() {
        reads.lines += 1;
        if (fault) throw fault;
        return [...linked];
      },
    },
    preferences: { all: async () => new Map(preferred) },
    versions: { current: async (area) => (area === LINES_AREA ? versions.lines : versions.preferences) },
    isMember,
    after(_delayMs, task) {
      tasks.push(task);
      return () => void tasks.splice(tasks.indexOf(task), 1);
    },
    logger: pino({ level: 'info' }, { write: (line: string) => log.push(JSON.parse(line)) }),
  });
  return { made, linked, preferred, versions, tasks, reads, log, fail: (error?: Error) => (fault = error) };
}

describe('the lines as they are now', () => {
  it('are read again only when their version is another', async () => {
    const { made, linked, versions, reads } = directory();
    await made.load();
    linked.push(toSales('+4930901850'));
    await made.refresh();
    expect(made.lineOf('+4930901850')).toBeUndefined();
    versions.lines += 1;
    await made.refresh();
    expect(made.lineOf('+4930901850')).toMatchObject({ controlRoom: SALES });
    expect(made.controlRooms()).toEqual([SALES]);
    expect(made.controlRoomOf('+4930901850')).toBe(SALES);
    expect(reads.lines).toBe(2);
  });

  it('are told of to whoever wants to know', async () => {
    const { made, versions } = directory();
    let told = 0;
    await made.load();
    made.onChange(() => {
      told += 1;
    });
    await made.refresh();
    expect(told).toBe(0);
    versions.lines += 1;
    await made.refresh();
    expect(told).toBe(1);
  });

  it('come with what their owners want', async () => {
    const { made, preferred, versions } = directory();
    await made.load();
    expect(made.preferencesOf(alice)).toEqual(NO_PREFERENCES);
    preferred.set(alice, { dnd: {}, screening: [] });
    versions.preferences += 1;
    await made.refresh();
    expect(made.preferencesOf(alice)).toEqual({ dnd: {}, screening: [] });
  });

  it('stay as they were known while the database is away, told once', async () => {
    const { made, linked, versions, tasks, log, fail } = directory();
    linked.push(toSales('+4930901850'));
    versions.lines += 1;
    await made.load();
    const stop = made.watch();
    const look = async () => {
      tasks.shift()?.();
      await expect.poll(() => tasks.length).toBe(1);
    };
    versions.lines += 1;
    fail(new Error('the database is away'));
    await look();
    await look();
    expect(made.controlRooms()).toEqual([SALES]);
    expect(log.filter(({ level }) => level === 40)).toHaveLength(1);
    fail();
    linked.length = 0;
    await look();
    expect(made.controlRooms()).toEqual([]);
    stop();
    expect(tasks).toEqual([]);
  });
});

describe('which line a room uses', () => {
  const talk = '!talk:example.org' as RoomId;
  const chat = '!chat:example.org' as RoomId;
  const chosen = new Map<string, string>();
  const { line } = createLineChoices({
    choices: {
      get: async (owner, _name, room = '') => chosen.get(`${owner} ${room}`),
      withheld: async () => false,
    },
    lineIn: async (room) => (room === talk ? { line: '+4930901850' } : undefined),
  });

  it.each<[string, Record<string, string>, RoomId | undefined, string | undefined]>([
    ['none that was chosen', {}, chat, undefined],
    ['what the user chose in general', { [`${alice} `]: '+491' }, chat, '+491'],
    ['what the user chose for it', { [`${alice} `]: '+491', [`${alice} ${chat}`]: '+492' }, chat, '+492'],
    ['the shared line whose room it is', { [`${alice} `]: '+491' }, talk, '+4930901850'],
    ['what all chose for the room of a shared line', { [`${talk} ${talk}`]: '+493' }, talk, '+493'],
    ['not what one alone chose for it', { [`${alice} ${talk}`]: '+494' }, talk, '+4930901850'],
    ['that of the user, without a room', { [`${alice} `]: '+491' }, undefined, '+491'],
  ])('%s', async (_title, choices, room, expected) => {
    chosen.clear();
    for (const [key, value] of Object.entries(choices)) chosen.set(key, value);
    expect(await line(alice, room)).toBe(expected);
  });
});
