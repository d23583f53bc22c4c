/** From what a provider takes to what a user pays. Pure. */
import { type Micros, micros } from '../../money.ts';

/** Added to a deck: first the share, then the amount. */
export interface Margin {
  /** Of a hundred: 20 makes 0.10 to 0.12. Up to four decimals count. */
  readonly percent: number;
  readonly perMinute: Micros;
  readonly connectFee: Micros;
  /** Per segment. */
  readonly perText: Micros;
}

const WHOLE = 1_000_000n;

/** Rounded up to a millionth. */
export function withMargin(cost: Micros, percent: number, plus: Micros): Micros {
  const share = BigInt(Math.round(percent * 10_000));
  const product = BigInt(cost) * (WHOLE + share);
  return micros((product + WHOLE - 1n) / WHOLE + BigInt(plus));
}
