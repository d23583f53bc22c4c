/**
 * How far the money of one call that was answered reaches, and what is to be done about it. Pure: a function of the meter and the
 * time. More is set aside in time to know of the end of the credit before the warning is due; at the end it is tried again, for
 * something may have been paid in, or another call may have given back what it did not need.
 */
import type { Tariff } from '../../call/index.ts';
import { type Micros, minus, NOTHING, sum } from '../../money.ts';
import { priceOfSeconds, secondsFor } from '../rating/charge.ts';

export interface MeterSettings {
  /** So long before the end the call is told. */
  readonly warnBeforeMs: number;
  /** So much is set aside at a time, rounded up to whole increments. */
  readonly reserveS: number;
}

/** Credit of a call from its answer on. Times are ms since 1970. */
export interface Meter {
  readonly tariff: Tariff;
  readonly answeredAt: number;
  /** What is set aside for the call. */
  readonly held: Micros;
  /** Seconds from the answer on that this pays for, in whole increments. */
  readonly coveredS: number;
  /** When more was tried for in vain; absent: more can be had, as far as is known. */
  readonly triedAt?: number;
  /** The call knows of its end. */
  readonly isTold: boolean;
}

export type MeterStep =
  | { readonly type: 'extend' }
  | { readonly type: 'tell-low'; readonly leftMs: number }
  | { readonly type: 'used-up' }
  | { readonly type: 'wait'; readonly until: number };

/** More to be set aside, and how far it reaches then. */
export interface Extension {
  readonly amount: Micros;
  readonly coveredS: number;
}

/** Extensions are posted so long before the warning would be due. */
const AHEAD_MS = 5_000;
/** At the end of the credit it is tried again so often, */
const RETRY_MS = 2_000;
/** and for the last time so long before the end: posting takes a moment. */
const LAST_TRY_MS = 500;

export function startMeter(tariff: Tariff, answeredAt: number, held: Micros): Meter {
  const coveredS = tariff.perMinute <= 0 ? Number.POSITIVE_INFINITY : secondsFor(tariff, held);
  return { tariff, answeredAt, held, coveredS, isTold: false };
}

/** When what is set aside is used up. */
export function endOf({ answeredAt, coveredS }: Meter): number {
  return answeredAt + coveredS * 1_000;
}

export function nextStep(meter: Meter, now: number, { warnBeforeMs }: MeterSettings): MeterStep {
  const end = endOf(meter);
  const { triedAt } = meter;
  if (triedAt === undefined) {
    const due = end - warnBeforeMs - AHEAD_MS;
    return due <= now ? { type: 'extend' } : { type: 'wait', until: due };
  }
  if (now >= end) return { type: 'used-up' };
  const lowAt = end - warnBeforeMs;
  if (!meter.isTold && lowAt <= now) return { type: 'tell-low', leftMs: end - now };
  const lastTry = end - LAST_TRY_MS;
  const retry = triedAt < lastTry ? Math.min(triedAt + RETRY_MS, lastTry) : end;
  if (retry < end && retry <= now) return { type: 'extend' };
  return { type: 'wait', until: meter.isTold ? retry : Math.min(retry, lowAt) };
}

/** As much as keeps the end out of sight, in whole chunks of whole increments. */
export function extensionOf(meter: Meter, now: number, { warnBeforeMs, reserveS }: MeterSettings): Extension {
  const { tariff, coveredS } = meter;
  const missingMs = now + warnBeforeMs + AHEAD_MS - endOf(meter);
  const chunks = Math.max(1, Math.ceil(missingMs / (reserveS * 1_000)));
  const increments = Math.ceil((chunks * reserveS) / tariff.nextS);
  return upTo(meter, coveredS + increments * tariff.nextS);
}

/** The most whole increments that this pays for besides; undefined when it does not pay for one. */
export function affordable(meter: Meter, available: Micros): Extension | undefined {
  if (available <= 0) return undefined;
  const coveredS = secondsFor(meter.tariff, sum(meter.held, available));
  return coveredS > meter.coveredS ? upTo(meter, coveredS) : undefined;
}

export function extended(meter: Meter, { amount, coveredS }: Extension, now: number, settings: MeterSettings): Meter {
  const { triedAt: _past, ...rest } = meter;
  const longer: Meter = { ...rest, held: sum(meter.held, amount), coveredS };
  // Who was warned and paid in is warned again when that is used up, too.
  const isTold = meter.isTold && endOf(longer) - now <= 2 * settings.warnBeforeMs;
  return { ...longer, isTold };
}

export function notExtended(meter: Meter, now: number): Meter {
  return { ...meter, triedAt: now };
}

export function told(meter: Meter): Meter {
  return { ...meter, isTold: true };
}

function upTo({ tariff, held }: Meter, coveredS: number): Extension {
  const missing = minus(priceOfSeconds(tariff, coveredS), held);
  return { amount: missing > 0 ? missing : NOTHING, coveredS };
}
