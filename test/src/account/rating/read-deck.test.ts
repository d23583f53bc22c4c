import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charge, type RateTerms, readDeckFile } from '../../../../src/account/rating/index.ts';
import { currency, formatAmount, micros, parseAmount } from '../../../../src/money.ts';
import { NOW } from './samples.ts';

const EUR = currency('EUR');
const read = (csv: string) => readDeckFile({ csv, currency: EUR, now: NOW });
const fileNamed = (name: string) => readFileSync(path.join(import.meta.dirname, 'data', `${name}.csv`), 'utf8');

/** Prefix, price per minute, fee, increments; `text` and its price; `refused`. */
function told(prefix: string, terms: RateTerms): string {
  if ('refused' in terms) return `${prefix} ${terms.service} refused`;
  const amount = (value: number) => formatAmount(micros(value), EUR).replace(' EUR', '');
  if (terms.service === 'text') return `${prefix} text ${amount(terms.perSegment)}`;
  return `${prefix} ${amount(terms.perMinute)} + ${amount(terms.connectFee)} ${terms.firstS}/${terms.nextS}`;
}

async function rates(csv: string) {
  const deck = await read(csv);
  if (deck.kind !== 'deck') throw new Error(JSON.stringify(deck.faults));
  return deck.rates;
}
const toldOf = async (csv: string) => (await rates(csv)).map(({ prefix, terms }) => told(prefix, terms));

describe('files of providers', () => {
  it.each([
    ['pbxnsip', ['49 0.012 + 0.00 60/60', '4915 0.02 + 0.02 6/6']],
    // In which state a caller is is not known: the dearest of the three.
    ['46labs', ['1201200 0.0042 + 0.00 6/6', '1201201 0.0137 + 0.00 6/6']],
    ['kazoo', ['44 0.015 + 0.01 30/6', '447 0.03 + 0.00 60/60']],
    // 30 seconds for 0.015, of which 0.005 are their price at 0.001 for 6 seconds.
    ['yeastar', ['33 0.02 + 0.00 60/60', '336 0.01 + 0.01 30/6']],
    ['cgrates', ['49 0.20 + 0.10 60/1', '43 0.30 + 0.00 6/6']],
    ['didww', ['31 0.012 + 0.00 1/1', '3190 call refused']],
    [
      'own',
      ['49 0.01 + 0.00 60/60', '49 text 0.07', '4919 call refused', '4919 text refused', '4930 0.005 + 0.01 1/1'],
    ],
    ['german', ['49 0.0123 + 0.00 60/1', '41 0.02 + 0.00 30/6']],
    [
      'ranges',
      [
        '447400 0.025 + 0.00 60/60',
        '447401 0.025 + 0.00 60/60',
        '447402 0.025 + 0.00 60/60',
        '447500 0.025 + 0.00 60/60',
        '1204 0.004 + 0.00 60/60',
        '1236 0.004 + 0.00 60/60',
      ],
    ],
  ])('%s', async (name, expected) => {
    expect(await toldOf(fileNamed(name))).toEqual(expected);
  });

  it('names and dates are read; a rate without a date holds from now on', async () => {
    expect((await rates(fileNamed('german'))).map(({ name, from }) => [name, from])).toEqual([
      ['Deutschland; Festnetz', Date.UTC(2026, 11, 1)],
      ['Schweiz', NOW],
    ]);
    expect((await rates(fileNamed('46labs'))).map(({ from }) => from)).toEqual([
      Date.UTC(2026, 0, 1),
      Date.UTC(2027, 0, 1),
    ]);
  });

  it('the price of a step of six seconds is what a call pays by the step', async () => {
    const [rate] = await rates('prefix,cost_per_unit,unit_seconds\n1,0.00137,6\n');
    if (rate === undefined || 'refused' in rate.terms || rate.terms.service !== 'call') throw new Error('no call rate');
    const tariff = { currency: EUR, ...rate.terms };
    expect(charge(tariff, 205_000)).toEqual({ billedS: 210, amount: parseAmount('0.04795') });
  });
});

describe('cells', () => {
  const price = async (cell: string) => (await toldOf(`prefix;per_minute\n49;"${cell}"\n`))[0]?.split(' ')[1];

  it.each([
    ['0.01', '0.01'],
    ['0,01', '0.01'],
    ['$ 0.01', '0.01'],
    ['0.01 EUR', '0.01'],
    ['EUR 0.01', '0.01'],
    ['.5', '0.50'],
    ['1.2E-2', '0.012'],
    ['0.00000001', '0.000001'],
    ['0.0052533', '0.005254'],
    ['0', '0.00'],
  ])('the price %s is %s, and never less than it says', async (cell, expected) => {
    expect(await price(cell)).toBe(expected);
  });

  it.each([
    ['2026-12-01', Date.UTC(2026, 11, 1)],
    ['2026-12-01 10:30:00', Date.UTC(2026, 11, 1, 10, 30)],
    ['2026-12-01T10:30:00+01:00', Date.UTC(2026, 11, 1, 9, 30)],
    ['20261201', Date.UTC(2026, 11, 1)],
    ['01.12.2026', Date.UTC(2026, 11, 1)],
    ['12/31/2026', Date.UTC(2026, 11, 31)],
    ['31/12/2026', Date.UTC(2026, 11, 31)],
    ['12/12/2026', Date.UTC(2026, 11, 12)],
  ])('the date %s', async (cell, from) => {
    expect((await rates(`prefix,rate,effective_date\n49,1,${cell}\n`))[0]?.from).toBe(from);
  });

  it('one date of the column says which of day and month is first', async () => {
    const read = await rates('prefix,rate,effective_date\n49,1,03/12/2026\n43,1,25/12/2026\n');
    expect(read[0]?.from).toBe(Date.UTC(2026, 11, 3));
  });
});

describe('a file with a fault is refused whole, and says where', () => {
  it.each([
    ['prefix,rate\n49,1\n49x,1\n', 3, /“49x” is no prefix/],
    ['prefix,rate\n49,cheap\n', 2, /“cheap” is no amount/],
    ['prefix,rate\n49,-0.01\n', 2, /no amount/],
    ['prefix,rate\n49,\n', 2, /price is missing/],
    ['prefix,rate\n,0.01\n', 2, /prefix is missing/],
    ['prefix,rate\n1234567890123456,0.01\n', 2, /no prefix/],
    ['prefix,rate\n100000-199999,0.01\n', 2, /stands for 100000 prefixes/],
    ['prefix,rate,increments\n49,1,0/60\n', 2, /no number of seconds/],
    ['prefix,rate,increments\n49,1,60/1/1\n', 2, /no pair of increments/],
    ['prefix,rate,from\n49,1,2026-02-30\n', 2, /no date of the calendar/],
    ['prefix,rate,from\n49,1,03/12/2026\n', 2, /can be two dates/],
    ['prefix,rate,from\n49,1,soon\n', 2, /no date/],
    ['prefix,rate,currency\n49,1,USD\n', 2, /price is in USD/],
    ['prefix,rate,reject_calls\n49,1,perhaps\n', 2, /neither yes nor no/],
    ['prefix,rate,end_date\n49,1,2027-01-01\n', 2, /ends at a date/],
    ['prefix,rate,rate_nocharge_time\n49,1,5\n', 2, /cost nothing/],
    ['prefix,rate\n49,1\n"+49",2\n', 3, /twice with different prices \(line 2\)/],
    [
      'Tag,Prefix,Rate,RateUnit,RateIncrement,GroupIntervalStart\nA,49,1,60,60,0\nA,49,2,60,1,60\n',
      3,
      /changes during a call/,
    ],
    [
      'Name,Match Prefix,Rate,Billable Unit(s),Initial Time(s),Initial Cost\nA,49,0.1,60,60,0.05\n',
      2,
      /first seconds cost less/,
    ],
  ])('%j', async (csv, line, words) => {
    expect(await read(csv)).toEqual({ kind: 'refused', faults: [{ line, words: expect.stringMatching(words) }] });
  });

  it.each([
    ['', /no line names the columns/],
    ['just words\nand more\n', /no line names the columns/],
    ['name,rate\nGermany,1\n', /no line names the columns/],
    ['prefix,rate\n', /has no rates/],
    ['prefix,rate\n49,"1\n', /no CSV file/],
  ])('%j is no deck', async (csv, words) => {
    expect(await read(csv)).toEqual({ kind: 'refused', faults: [{ words: expect.stringMatching(words) }] });
  });

  it('all faults are told, up to a hundred', async () => {
    const csv = `prefix,rate\n${'x,1\n'.repeat(500)}`;
    const deck = await read(csv);
    expect(deck.kind === 'refused' && deck.faults.length).toBe(100);
  });
});

it('lines that say the same twice, empty lines and rates that are over do no harm', async () => {
  const csv = 'prefix,rate,end_date\n49,1,\n\n49,1,\n,,\n43,1,2020-01-01\n41,1,2099-12-31\n';
  expect(await toldOf(csv)).toEqual(['49 1.00 + 0.00 60/60', '41 1.00 + 0.00 60/60']);
});

it('whatever is in a file, it is a deck or is refused with words', async () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('49', '0.1', '60/60', '2026-01-01', '"'),
  );
  const row = fc.array(cell, { maxLength: 5 }).map((cells) => cells.join(','));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (rows) => {
      const deck = await read(['prefix,rate,increments,from,sms', ...rows].join('\n'));
      if (deck.kind === 'deck') {
        for (const { prefix, terms } of deck.rates) {
          expect(prefix).toMatch(/^[1-9]\d{0,14}$/);
          if (!('refused' in terms) && terms.service === 'call') expect(terms.firstS).toBeGreaterThanOrEqual(1);
        }
      } else expect(deck.faults.every(({ words }) => words.length > 0)).toBe(true);
    }),
  );
});
