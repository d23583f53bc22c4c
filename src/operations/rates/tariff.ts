/** What a call costs by one rate, as operations show it. */
import { z } from 'zod';
import type { RouteTariff } from '../../call/index.ts';
import { type Money, money, moneyOf, showMoney } from '../fields.ts';

export const tariff = z.object({
  currency: z.string(),
  connectFee: money(),
  perMinute: money(),
  firstS: z.int(),
  nextS: z.int(),
});

export function tariffOf({ currency, connectFee, perMinute, firstS, nextS }: RouteTariff['price']) {
  const shown = (value: typeof perMinute): Money => moneyOf(value, currency);
  return { currency, connectFee: shown(connectFee), perMinute: shown(perMinute), firstS, nextS };
}

export function tariffWords({ connectFee, perMinute, firstS, nextS }: z.output<typeof tariff>): string {
  const fee = /[1-9]/.test(connectFee.amount) ? `${showMoney(connectFee)}, then ` : '';
  return `${fee}${showMoney(perMinute)} a minute, in steps of ${firstS}/${nextS} s`;
}
