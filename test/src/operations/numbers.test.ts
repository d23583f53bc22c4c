/** Numbers in commands are read as somebody with that line's country would dial them. */
import { describe, expect, it } from 'vitest';
import { createLineBook, matchPeople } from '../../../src/account/index.ts';
import { readNumber, splitNumber } from '../../../src/operations/numbers.ts';
import type { OperationParts } from '../../../src/operations/parts.ts';

const ALICE = '@alice:hs.test';
const BERLIN = '+4930901820';
const LONDON = '+442079460000';

function parts(lines: readonly string[], chosen: Readonly<Record<string, string>> = {}): OperationParts {
  const users = matchPeople([ALICE]);
  const book = createLineBook(
    lines.map((number) => ({ number, users })),
    [],
  );
  return {
    numbersOf: () => ({ region: 'US', dialPlan: [] }),
    lineBook: async () => book,
    choices: {
      get: async (_user: string, _name: string, room = 'all') => chosen[room],
      set: async () => undefined,
    },
  } as unknown as OperationParts;
}

describe('a number in a command', () => {
  it.each([
    ['the user’s own country without a line', [], {}, undefined, '(202) 555-0123', '+12025550123'],
    ['the country of their line', [BERLIN], {}, undefined, '0171 1234567', '+491711234567'],
    ['the country of their first line', [LONDON, BERLIN], {}, undefined, '07700 900123', '+447700900123'],
    [
      'the country of the line that they chose',
      [LONDON, BERLIN],
      { all: BERLIN },
      undefined,
      '0171 1234567',
      '+491711234567',
    ],
    [
      'the country of the line of the room',
      [LONDON, BERLIN],
      { '!room': BERLIN },
      '!room',
      '0171 1234567',
      '+491711234567',
    ],
    [
      'their first line, when they chose what is not theirs',
      [LONDON],
      { all: BERLIN },
      undefined,
      '07700 900123',
      '+447700900123',
    ],
    ['everywhere, with its country code', [BERLIN], {}, undefined, '+44 7700 900123', '+447700900123'],
    ['as a short number', [BERLIN], {}, undefined, '201', '201'],
  ])('is read in %s', async (_what, lines, chosen, room, typed, target) => {
    expect(await readNumber(parts(lines, chosen), typed, ALICE, room)).toMatchObject({ target });
  });

  it('is known as an emergency number of that country', async () => {
    expect((await readNumber(parts([BERLIN]), '110', ALICE)).meaning.kind).toBe('emergency');
  });

  it.each(['', 'bob', '()'])('%j is none', async (typed) => {
    await expect(readNumber(parts([]), typed, ALICE)).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('a number in a control room', () => {
  it.each([
    ['of its first line', {}, '0171 1234567', '+491711234567'],
    ['of the line that is used there', { '!sales': LONDON }, '07700 900123', '+447700900123'],
  ])('is read in the country %s', async (_what, chosen, typed, target) => {
    const users = matchPeople([]);
    const lines = [BERLIN, LONDON].map((number) => ({ number, users, controlRoom: '!sales' }));
    const book = createLineBook(lines, []);
    const shared = { ...parts(['+12025550123'], chosen), lineBook: async () => book };
    expect(await readNumber(shared, typed, ALICE, '!sales')).toMatchObject({ target });
  });
});

describe('a number in front of other words', () => {
  it.each([
    ['+44 1632 960000 @alice:hs.test', '+44 1632 960000', '@alice:hs.test'],
    ['(01632) 960-000 here', '(01632) 960-000', 'here'],
    ['201 at office as Bob', '201', 'at office as Bob'],
    ['+441632960000', '+441632960000', ''],
    ['*31#0301234567 here', '*31#0301234567', 'here'],
  ])('%j', (text, number, rest) => {
    expect(splitNumber(text)).toEqual({ number, rest });
  });

  it.each(['', 'here', '@alice:hs.test'])('%j has none', (text) => {
    expect(splitNumber(text)).toBeUndefined();
  });
});
