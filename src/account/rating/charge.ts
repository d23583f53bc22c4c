/** What a call costs: one rule, in whole millionths. Pure. */
import type { Tariff } from '../../call/index.ts';
import { type Micros, MoneyError, micros, NOTHING } from '../../money.ts';

export interface Charge {
  readonly amount: Micros;
  /** Seconds that are paid for, in whole increments. */
  readonly billedS: number;
}

/**
 * Seconds that are paid for a call that was answered: begun seconds count as whole ones, then whole increments. Also a call that
 * ends in the moment of its answer pays the first increment.
 * @param talkMs from the 2xx to the end
 * @throws MoneyError when the increments are no whole seconds above 0
 */
export function billedSeconds({ firstS, nextS }: Pick<Tariff, 'firstS' | 'nextS'>, talkMs: number): number {
  if (![firstS, nextS].every((each) => Number.isSafeInteger(each) && each >= 1))
    throw new MoneyError(`The increments ${firstS}/${nextS} are no whole seconds above 0`);
  const seconds = Math.ceil(Math.max(0, talkMs) / 1000);
  if (seconds <= firstS) return firstS;
  return firstS + Math.ceil((seconds - firstS) / nextS) * nextS;
}

/** The price of so many seconds that are paid for, with the fee; rounded up once, to a millionth. */
export function priceOfSeconds({ connectFee, perMinute }: Tariff, billedS: number): Micros {
  const total = BigInt(connectFee) * 60n + BigInt(perMinute) * BigInt(billedS);
  return micros((total + 59n) / 60n);
}

/**
 * What an answered call costs.
 * @param talkMs from the 2xx to the end; undefined: never answered, which costs nothing
 */
export function charge(tariff: Tariff, talkMs: number | undefined): Charge {
  if (talkMs === undefined) return { amount: NOTHING, billedS: 0 };
  const billedS = billedSeconds(tariff, talkMs);
  return { amount: priceOfSeconds(tariff, billedS), billedS };
}

/** A call is not sold for longer than this: that a price of 0 has an end too. */
const LONGEST_S = 24 * 3600;

/**
 * For how many seconds an amount lasts, in whole increments; 0 when it does not even pay the fee and the first of them. Never more
 * than a day.
 */
export function secondsFor(tariff: Tariff, amount: Micros): number {
  const { connectFee, perMinute, firstS, nextS } = tariff;
  if (priceOfSeconds(tariff, firstS) > amount) return 0;
  if (perMinute <= 0) return Math.max(firstS, LONGEST_S);
  const affordable = Number(((BigInt(amount) - BigInt(connectFee)) * 60n) / BigInt(perMinute));
  const most = Math.max(firstS, Math.min(affordable, LONGEST_S));
  return firstS + Math.floor((most - firstS) / nextS) * nextS;
}
