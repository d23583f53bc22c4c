import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBill, reconcile } from '../../../../src/account/reconcile/index.ts';
import type { StoredRecord } from '../../../../src/account/records/index.ts';
import { micros } from '../../../../src/money.ts';
import { closedOut, EUR, NOON, tariff, telephoneLeg } from '../records/samples.ts';

interface Made {
  readonly number: string;
  readonly at: number;
  readonly seconds: number;
}

const cost = (seconds: number) => micros(20_000 + Math.ceil(seconds) * 1_000);

function record({ number, at, seconds }: Made, index: number): StoredRecord {
  const money = { currency: EUR, price: micros(1), listPrice: micros(1), cost: cost(seconds), rate: 'r', billedS: 1 };
  const leg = telephoneLeg(0, {
    target: number,
    startedAt: at - 7_000,
    answeredAt: at,
    endedAt: at + seconds * 1_000,
    tariff: { price: tariff, rate: 'r' },
    money,
  });
  return closedOut(`c${index}`, { number, openedAt: at - 8_000, answeredAt: at, legs: [leg] });
}

function records(made: readonly Made[]) {
  const all = made.map(record);
  return {
    async *stream({ from = 0, until = Number.POSITIVE_INFINITY }: { from?: number; until?: number }) {
      yield* all.filter(({ openedAt }) => openedAt >= from && openedAt < until);
    },
  };
}

const iso = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
const header = 'Date,To,Duration,Cost\n';
const row = ({ number, at, seconds }: Made) =>
  `${iso(at)},${number.replace('+', '00')},${Math.round(seconds)},${(cost(seconds) / 1e6).toFixed(4)}`;

/** A thousand calls in two days, to few numbers: some to the same within minutes. */
const thousand: readonly Made[] = Array.from({ length: 1_000 }, (_, index) => ({
  number: `+4915${String(10_000_000 + ((index * 7_919) % 40)).padStart(8, '0')}`,
  at: NOON + index * 173_000,
  seconds: 5 + ((index * 37) % 600) + 0.3,
}));

async function reconciled(csv: string, made: readonly Made[] = thousand, timeZone = 'UTC') {
  const result = await reconcile(records(made), { csv, timeZone, trunk: 'main' });
  if (result.kind !== 'reconciled') throw new Error(JSON.stringify(result));
  return result;
}

describe('a bill of a thousand calls', () => {
  it('that is right has no differences, whatever the clocks say within five seconds and one second', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: -4_000, max: 4_000 }), fc.integer({ min: -5, max: 5 })), {
          minLength: 50,
          maxLength: 50,
        }),
        async (jitter) => {
          const made = thousand.map(({ number, at, seconds }, index) => {
            const [startMs = 0, tenths = 0] = jitter[index % 50] ?? [];
            return { number, at: at + startMs, seconds: Math.floor(seconds) + tenths / 10 };
          });
          const withoutCost = made.map((each) => row(each).replace(/,[^,]*$/, ''));
          const { matched, differences } = await reconciled(['Date,To,Duration', ...withoutCost].join('\n'));
          expect(differences).toEqual([]);
          expect(matched).toBe(1_000);
        },
      ),
      { numRuns: 4 },
    );
  }, 60_000);

  it('with three errors shows these three', async () => {
    const rows = thousand.map(row);
    const [missing, longer, dearer] = [thousand[200], thousand[500], thousand[700]];
    if (!missing || !longer || !dearer) throw new Error('not there');
    rows[500] = row({ ...longer, seconds: longer.seconds + 60 });
    rows[700] = row(dearer).replace(/[^,]*$/, '0.9999');
    rows.splice(200, 1);
    const { matched, differences, billed, ours } = await reconciled(header + rows.join('\n'));
    expect({ matched, billed, ours }).toEqual({ matched: 997, billed: 999, ours: 1_000 });
    expect(differences).toMatchObject([
      { kind: 'not-billed', ours: { callRef: 'c200' } },
      { kind: 'duration', ours: { callRef: 'c500' }, billed: { line: 501 } },
      { kind: 'cost', ours: { callRef: 'c700' }, billed: { cost: { amount: 999_900 } } },
    ]);
  });

  it('shows calls that nobody made, and those whose time is wrong', async () => {
    const rows = thousand.map(row);
    rows.push(row({ number: '+881612345678', at: NOON + 5_000_000, seconds: 900 }));
    const late = thousand[9];
    if (late) rows[9] = row({ ...late, at: late.at + 60_000 });
    const { differences } = await reconciled(header + rows.join('\n'));
    expect(differences).toMatchObject([
      { kind: 'start', ours: { callRef: 'c9' } },
      { kind: 'not-ours', billed: { number: '881612345678', seconds: 900 } },
    ]);
  });

  it('says by how much its times are of another zone', async () => {
    const made = thousand.slice(0, 100);
    const csv = header + made.map((each) => row({ ...each, at: each.at + 3_600_000 })).join('\n');
    expect(await reconciled(csv, made)).toMatchObject({ likelyOffsetMin: 60 });
    expect(await reconciled(csv, made, 'Europe/Berlin')).toMatchObject({ matched: 100, differences: [] });
  });
});

describe('calls of ours', () => {
  const [call] = thousand;
  if (!call) throw new Error('not there');
  const bill = header + row(call);

  it('by other trunks, and those that nobody answered, are not expected on the bill', async () => {
    const others = records([call, { ...call, at: call.at + 1_000 }]);
    const result = await reconcile(
      {
        async *stream(filter) {
          for await (const each of others.stream(filter)) {
            const legs = each.legs.map((leg) => ({ ...leg, trunk: 'other' }));
            yield { ...each, legs } as StoredRecord;
          }
        },
      },
      { csv: bill, timeZone: 'UTC', trunk: 'main' },
    );
    expect(result).toMatchObject({ ours: 0, differences: [{ kind: 'not-ours' }] });
  });

  it('that were made before or after those on the bill are not expected on it', async () => {
    const { differences } = await reconciled(bill, [{ ...call, number: '+4930123456', at: call.at - 60_000 }, call]);
    expect(differences).toEqual([]);
  });
});

describe('the file', () => {
  const calls = async (csv: string, zone = 'UTC') => {
    const bill = await readBill(csv, zone);
    if (bill.kind !== 'bill') throw new Error(JSON.stringify(bill.faults));
    return bill.calls.map(({ number, startedAt, seconds, cost: billed }) => [
      number,
      iso(startedAt),
      seconds,
      ...(billed === undefined ? [] : [billed.amount]),
    ]);
  };

  it.each([
    ['Asterisk', 'src,dst,calldate,duration,billsec,disposition\n100,0049301234567,2026-11-21 12:00:00,70,61,ANSWERED'],
    [
      'FreeSWITCH',
      'caller_id_number,destination_number,start_stamp,answer_stamp,duration,billsec\n1,+49301234567,2026-11-21 11:59:51,2026-11-21 12:00:00,70,61',
    ],
    [
      'semicolons, a title, German',
      'Einzelverbindungen;;\nDatum;Uhrzeit;Rufnummer;Dauer\n21.11.2026;12:00:00;+49 30 1234567;00:01:01',
    ],
    ['seconds since 1970', 'to,timestamp,seconds\nsip:+49301234567@carrier.example,1795262400,61'],
    ['a zone of its own', 'To,Start Time,Duration (s)\n49301234567,2026-11-21T13:00:00+01:00,61'],
    ['months first', 'to,start,duration\n1,11/13/2026 1:00:00,0\n49301234567,11/21/2026 12:00:00,1:01'],
  ])('of many shapes is read: %s', async (_what, csv) => {
    expect(await calls(csv)).toEqual([['49301234567', '2026-11-21 12:00:00', 61]]);
  });

  it('has calls out that were answered, and what they cost', async () => {
    const csv = [
      'direction,to,start,duration,cost',
      'outbound,49301234567,2026-07-01 12:00:00,61,-0.0123',
      'inbound,49301234567,2026-07-01 12:00:00,61,0',
      'outbound,49301234567,,0,',
    ].join('\n');
    expect(await calls(csv, 'Europe/Berlin')).toEqual([['49301234567', '2026-07-01 10:00:00', 61, 12_300]]);
  });

  it.each([
    ['to,duration\n49,1', 'no line names the columns'],
    ['to,start,duration\n49,1/2/2026 12:00:00,5', 'can be two dates'],
    ['to,start,duration\n493012345,2026-02-31 12:00:00,5', 'is no date of the calendar'],
    ['to,start,duration\nsecret,2026-02-01 12:00:00,5', 'is no number'],
    ['to,start,duration\n493012345,2026-02-01 12:00:00,soon', 'is no duration'],
    ['to,start,duration\n', 'there are no calls in the file'],
  ])('that cannot be read says why: %s', async (csv, words) => {
    const result = await reconcile(records([]), { csv, timeZone: 'UTC' });
    expect(result.kind).toBe('refused');
    expect(JSON.stringify(result)).toContain(words);
  });

  it('of any content never stops the process', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (body) => {
        const bill = await readBill(`to,start,duration,cost\n${body}`, 'UTC');
        expect(['bill', 'refused']).toContain(bill.kind);
      }),
    );
  });
});
