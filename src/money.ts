/** Money: whole micro-units (millionths) of a currency. Never a fraction, never more than is exact. */

declare const brand: unique symbol;
/** A whole number of millionths of a currency's unit: 1.50 is 1,500,000. May be negative. */
export type Micros = number & { readonly [brand]: 'Micros' };
/** ISO 4217: three capital letters. */
export type Currency = string & { readonly [brand]: 'Currency' };

export const MICROS_PER_UNIT = 1_000_000;

/** An amount that is not money; `message` is for whoever wrote it. */
export class MoneyError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MoneyError';
  }
}

/** @throws MoneyError for fractions, and beyond 2^53 (nine thousand million units) */
export function micros(value: number | bigint): Micros {
  const whole = Number(value);
  if (!Number.isSafeInteger(whole)) throw new MoneyError(`${value} is no whole number of millionths`);
  // -0 would be told apart from 0 by nobody but a test.
  return (whole === 0 ? 0 : whole) as Micros;
}

export const NOTHING = micros(0);

/** @throws MoneyError when the sum cannot be held exactly */
export function sum(...amounts: readonly Micros[]): Micros {
  return micros(amounts.reduce((total, amount) => total + BigInt(amount), 0n));
}

/** @throws MoneyError */
export function minus(amount: Micros, less: Micros): Micros {
  return micros(BigInt(amount) - BigInt(less));
}

/** @throws MoneyError for anything but three letters */
export function currency(code: string): Currency {
  const upper = code.toUpperCase();
  if (!/^[A-Z]{3}$/.test(upper))
    throw new MoneyError(`“${code.slice(0, 20)}” is no currency: three letters such as EUR`);
  return upper as Currency;
}

/**
 * Reads `12`, `12.5`, `-0.015`, `12,50` as an amount.
 * @throws MoneyError with words when it is none, or is finer than a millionth
 */
export function parseAmount(text: string): Micros {
  const read = /^([+-]?)(\d{1,12})(?:[.,](\d{1,18}))?$/.exec(text.trim());
  if (read === null) throw new MoneyError(`“${text.slice(0, 20)}” is no amount: write it like 12.50`);
  const [, sign, whole = '0', fraction = ''] = read;
  const kept = fraction.slice(0, 6).padEnd(6, '0');
  if (/[1-9]/.test(fraction.slice(6))) throw new MoneyError(`${text} is finer than a millionth`);
  const value = BigInt(whole) * BigInt(MICROS_PER_UNIT) + BigInt(kept);
  return micros(sign === '-' ? -value : value);
}

/** `12.50 EUR`, `0.010167 EUR`: at least two decimals, and as many as it has. */
export function formatAmount(amount: Micros, code: Currency): string {
  const absolute = BigInt(Math.abs(amount));
  const whole = absolute / BigInt(MICROS_PER_UNIT);
  const fraction = String(absolute % BigInt(MICROS_PER_UNIT))
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${amount < 0 ? '-' : ''}${whole}.${fraction} ${code}`;
}
