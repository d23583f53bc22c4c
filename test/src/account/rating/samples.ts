/** Rates as decks have them. */
import type { Rate } from '../../../../src/account/rating/index.ts';
import { parseAmount } from '../../../../src/money.ts';

export const NOW = Date.UTC(2026, 10, 21, 12);
export const DAY = 24 * 3_600_000;

export function callRate(
  prefix: string,
  perMinute: string,
  more: Partial<Rate> & { readonly connectFee?: string; readonly firstS?: number; readonly nextS?: number } = {},
): Rate {
  const { connectFee = '0', firstS = 60, nextS = 60, ...rest } = more;
  const terms = {
    service: 'call',
    perMinute: parseAmount(perMinute),
    connectFee: parseAmount(connectFee),
    firstS,
    nextS,
  } as const;
  return { prefix, from: NOW - DAY, terms, ...rest };
}

export function textRate(prefix: string, perSegment: string, more: Partial<Rate> = {}): Rate {
  return { prefix, from: NOW - DAY, terms: { service: 'text', perSegment: parseAmount(perSegment) }, ...more };
}
