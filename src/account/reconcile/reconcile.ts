/** A provider's list of calls against the records of calls by its trunk. */
import type { RecordBook, StoredRecord, TelephoneLegRecord } from '../records/ports.ts';
import { type BilledCall, readBill } from './bill.ts';
import { matchCalls, type OurCall, type Reconciled } from './match.ts';

export interface ReconcileOptions {
  readonly csv: string;
  /** Of times that say none. */
  readonly timeZone: string;
  /** Whose bill it is; without one calls by all trunks are looked at. */
  readonly trunk?: string;
}

export type Reconciliation =
  | ({
      readonly kind: 'reconciled';
      readonly billed: number;
      readonly ours: number;
      readonly skipped: number;
      /** The differences are fewer when the provider's clock is ahead by so many minutes: its times are of another zone. */
      readonly likelyOffsetMin?: number;
    } & Reconciled)
  | { readonly kind: 'refused'; readonly faults: readonly { readonly line?: number; readonly words: string }[] };

/** So long before the first call on the bill, and after its last, calls of ours may be meant. */
const EDGE_MS = 120_000;
const QUARTER_MS = 15 * 60_000;
/** Calls that tell which zone it is. */
const ENOUGH = 200;
/** Zones reach from −12 to +14 hours. */
const MOST_QUARTERS = 14 * 4;

/** Rejects when the records cannot be read. */
export async function reconcile(
  records: Pick<RecordBook, 'stream'>,
  { csv, timeZone, trunk }: ReconcileOptions,
): Promise<Reconciliation> {
  const bill = await readBill(csv, timeZone);
  if (bill.kind === 'refused') return bill;
  if (bill.calls.length === 0) return { kind: 'refused', faults: [{ words: 'there are no calls in the file' }] };
  const starts = bill.calls.reduce(
    ([first, last], { startedAt }) => [Math.min(first, startedAt), Math.max(last, startedAt)] as const,
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const,
  );
  const [first, last] = starts;
  const zones = MOST_QUARTERS * QUARTER_MS;
  const around = await callsOf(records, { from: first - zones - EDGE_MS, until: last + zones + EDGE_MS }, trunk);
  const near = around.filter(({ answeredAt }) => answeredAt >= first - EDGE_MS && answeredAt <= last + EDGE_MS);
  const { matched, differences } = matchCalls(bill.calls, near);
  // What began before the first call on the bill, or after its last, need not be on it.
  const expected = differences.filter(
    (each) => each.kind !== 'not-billed' || (each.ours.answeredAt >= first && each.ours.answeredAt <= last),
  );
  const offset = likelyOffset(bill.calls, around);
  return {
    kind: 'reconciled',
    billed: bill.calls.length,
    ours: matched + expected.filter((each) => 'ours' in each).length,
    skipped: bill.skipped,
    matched,
    differences: expected,
    ...(offset === undefined ? {} : { likelyOffsetMin: offset / 60_000 }),
  };
}

async function callsOf(
  records: Pick<RecordBook, 'stream'>,
  range: { readonly from: number; readonly until: number },
  trunk: string | undefined,
): Promise<readonly OurCall[]> {
  const calls: OurCall[] = [];
  // A call that began within may be answered after; the trunk of the record is that of its last leg.
  for await (const record of records.stream({ ...range, isOpen: false, direction: 'out' })) {
    const { legs } = record;
    for (const leg of legs) {
      if (leg.kind !== 'telephone' || (trunk !== undefined && leg.trunk !== trunk)) continue;
      const call = ourCall(record, leg);
      if (call !== undefined) calls.push(call);
    }
  }
  return calls;
}

function ourCall(record: StoredRecord, leg: TelephoneLegRecord): OurCall | undefined {
  const { answeredAt } = leg;
  const endedAt = leg.endedAt ?? record.endedAt;
  const number = (record.number ?? leg.target).replace(/[^\d*#]/g, '');
  if (answeredAt === undefined || endedAt === undefined || number === '') return undefined;
  return {
    callRef: record.callRef,
    number,
    startedAt: leg.startedAt ?? record.openedAt,
    answeredAt,
    seconds: (endedAt - answeredAt) / 1_000,
    ...(leg.money?.cost === undefined ? {} : { cost: leg.money.cost }),
  };
}

/** Undefined where most match as they are, or would not by another clock either. */
function likelyOffset(billed: readonly BilledCall[], ours: readonly OurCall[]): number | undefined {
  const some = billed.slice(0, ENOUGH);
  const matchedBy = (offset: number) =>
    matchCalls(
      some.map((call) => ({ ...call, startedAt: call.startedAt - offset })),
      ours,
    ).matched;
  if (matchedBy(0) * 2 >= some.length) return undefined;
  let best = { offset: 0, matched: 0 };
  for (let quarters = -MOST_QUARTERS; quarters <= MOST_QUARTERS; quarters += 1) {
    const offset = quarters * QUARTER_MS;
    const matched = matchedBy(offset);
    if (matched > best.matched) best = { offset, matched };
  }
  return best.matched * 2 >= some.length ? best.offset : undefined;
}
