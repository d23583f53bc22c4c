/**
 * Holds a provider's calls against ours: the same number, a start within five seconds, a duration within one. Pure. What is left on
 * either side is told, with what it may have been.
 */
import type { Micros } from '../../money.ts';
import type { BilledCall } from './bill.ts';

/** A call of ours that was answered by a telephone. */
export interface OurCall {
  readonly callRef: string;
  /** Digits. */
  readonly number: string;
  /** Providers give either as the start: ms since 1970. */
  readonly startedAt: number;
  readonly answeredAt: number;
  readonly seconds: number;
  /** By our deck. */
  readonly cost?: Micros;
}

export type Difference =
  /** It is on the bill, and we know nothing of it. */
  | { readonly kind: 'not-ours'; readonly billed: BilledCall }
  /** It was made, and is not on the bill. */
  | { readonly kind: 'not-billed'; readonly ours: OurCall }
  | { readonly kind: 'duration' | 'start' | 'cost'; readonly billed: BilledCall; readonly ours: OurCall };

export interface Reconciled {
  /** Calls that are the same on both sides. */
  readonly matched: number;
  readonly differences: readonly Difference[];
}

const START_MS = 5_000;
const DURATION_S = 1;
/** A clock that is wrong by more is another call. */
const LOOSE_START_MS = 120_000;

interface Pair {
  readonly billed: BilledCall;
  readonly ours: OurCall;
  readonly startMs: number;
  readonly durationS: number;
}

type Fits = (pair: Pair) => boolean;

const fitsExactly: Fits = ({ startMs, durationS }) => startMs <= START_MS && durationS <= DURATION_S;
const fitsInStart: Fits = ({ startMs }) => startMs <= START_MS;
const fitsInDuration: Fits = ({ startMs, durationS }) => startMs <= LOOSE_START_MS && durationS <= DURATION_S;

export function matchCalls(billed: readonly BilledCall[], ours: readonly OurCall[]): Reconciled {
  const left = { billed: new Set(billed), ours: new Set(ours) };
  const exact = take(left, fitsExactly);
  const differences: Difference[] = exact
    .filter(costsDiffer)
    .map(({ billed, ours }) => ({ kind: 'cost', billed, ours }) as const);
  const matched = exact.length - differences.length;
  for (const { billed, ours } of take(left, fitsInStart)) differences.push({ kind: 'duration', billed, ours });
  for (const { billed, ours } of take(left, fitsInDuration)) differences.push({ kind: 'start', billed, ours });
  for (const each of left.billed) differences.push({ kind: 'not-ours', billed: each });
  for (const each of left.ours) differences.push({ kind: 'not-billed', ours: each });
  return { matched, differences: differences.sort((a, b) => momentOf(a) - momentOf(b)) };
}

function momentOf(difference: Difference): number {
  return 'ours' in difference ? difference.ours.answeredAt : difference.billed.startedAt;
}

/** The nearest pairs first, each call in one; they are taken out of what is left. */
function take(left: { readonly billed: Set<BilledCall>; readonly ours: Set<OurCall> }, fits: Fits): readonly Pair[] {
  const byEnd = new Map<string, OurCall[]>();
  for (const each of left.ours) {
    const calls = byEnd.get(endOf(each.number));
    if (calls === undefined) byEnd.set(endOf(each.number), [each]);
    else calls.push(each);
  }
  const pairs: Pair[] = [];
  for (const billed of left.billed) {
    for (const ours of byEnd.get(endOf(billed.number)) ?? []) {
      if (!isSameNumber(billed.number, ours.number)) continue;
      const pair = pairOf(billed, ours);
      if (fits(pair)) pairs.push(pair);
    }
  }
  pairs.sort((a, b) => a.startMs + a.durationS * 1_000 - (b.startMs + b.durationS * 1_000));
  return pairs.filter(({ billed, ours }) => {
    if (!left.billed.has(billed) || !left.ours.has(ours)) return false;
    left.billed.delete(billed);
    left.ours.delete(ours);
    return true;
  });
}

function pairOf(billed: BilledCall, ours: OurCall): Pair {
  const startMs = Math.min(Math.abs(billed.startedAt - ours.startedAt), Math.abs(billed.startedAt - ours.answeredAt));
  return { billed, ours, startMs, durationS: Math.abs(billed.seconds - ours.seconds) };
}

const END = 6;
/** Fewer digits than this of a number say nothing of the rest of it. */
const LEAST = 6;

const endOf = (number: string) => number.slice(-END);

/** Some write numbers without the country code, with a zero in its place. */
function isSameNumber(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= LEAST && long.endsWith(short);
}

/** What is finer than the provider writes is rounded away. */
function costsDiffer({ billed: { cost }, ours }: Pair): boolean {
  if (cost === undefined || ours.cost === undefined) return false;
  return Math.abs(cost.amount - ours.cost) >= cost.precision;
}
