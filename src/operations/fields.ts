/** Fields that several operations have. */
import { z } from 'zod';
import { type Currency, MICROS_PER_UNIT, type Micros, MoneyError, parseAmount } from '../money.ts';
import { OperationError } from './errors.ts';

/** Matrix specification, appendices "User identifiers": at most 255 bytes, and old ones may have any character. */
export const USER_ID = /^@[^:\s]+:[^\s]+$/;

export const userId = () =>
  z
    .string()
    .regex(USER_ID, 'a Matrix ID such as @alice:example.org')
    .max(255)
    .meta({ examples: ['@alice:example.org'] });

export const roomId = () =>
  z
    .string()
    .regex(/^!\S+$/, 'a room ID such as !abc:example.org')
    .max(255);

/** An amount of money as people write it; in the one currency of the ledger. */
export const amount = () =>
  z
    .string()
    .max(32)
    .regex(/^[+-]?\d{1,12}(?:[.,]\d{1,6})?$/, 'an amount such as 12.50')
    .meta({ examples: ['12.50'] });

/** An amount that is above zero. */
export const positiveAmount = () =>
  amount().refine((text) => /[1-9]/.test(text) && !text.startsWith('-'), 'an amount above 0, such as 12.50');

export const money = () =>
  z.object({
    amount: z
      .string()
      .regex(/^-?\d+\.\d{2,6}$/)
      .meta({ examples: ['12.50'] }),
    currency: z.string().length(3),
  });

export type Money = z.output<ReturnType<typeof money>>;

/** @throws OperationError */
export function readAmount(text: string): Micros {
  try {
    return parseAmount(text);
  } catch (error) {
    if (error instanceof MoneyError) throw new OperationError('invalid', `${error.message}.`, { cause: error });
    throw error;
  }
}

/** `{ amount: '12.50', currency: 'EUR' }`: never a number, which programs would round. */
export function moneyOf(value: Micros, currency: Currency): Money {
  const absolute = Math.abs(value);
  const whole = Math.floor(absolute / MICROS_PER_UNIT);
  const fraction = String(absolute % MICROS_PER_UNIT)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return { amount: `${value < 0 ? '-' : ''}${whole}.${fraction}`, currency };
}

export function showMoney({ amount, currency }: Money): string {
  return `${amount} ${currency}`;
}

/** RFC 3339, in UTC. */
export const instant = () => z.iso.datetime().meta({ examples: ['2026-03-01T10:00:00.000Z'] });

export function instantOf(at: number): string {
  return new Date(at).toISOString();
}
