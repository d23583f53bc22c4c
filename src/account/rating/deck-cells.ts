/** Cells of providers' files: amounts, prefixes, seconds, dates. Each throws `CellError` with words. */
import { type Micros, micros } from '../../money.ts';

/** What is wrong with a cell; `message` is for whoever has the file. */
export class CellError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CellError';
  }
}

const shown = (cell: string): string => `“${cell.slice(0, 40)}”`;

/** A number as a fraction of whole numbers. */
export interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** `0.0123`, `0,0123`, `$0.0123`, `0.0123 EUR`, `1.2E-2`; never negative. */
export function readAmount(cell: string): Fraction {
  const bare = cell.replace(/[€$£\s\u00a0]/g, '').replace(/^[A-Z]{3}|[A-Z]{3}$/, '');
  const read = /^(\d{0,9})(?:[.,](\d{1,15}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(bare);
  const [, whole = '', fraction = '', exponent = '0'] = read ?? [];
  if (read === null || whole + fraction === '') throw new CellError(`${shown(cell)} is no amount such as 0.0123`);
  const shift = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  return shift >= 0
    ? { over: digits * 10n ** BigInt(shift), under: 1n }
    : { over: digits, under: 10n ** BigInt(-shift) };
}

/** Rounded up to a millionth: a price that is finer must not become less. */
export function microsOf({ over, under }: Fraction): Micros {
  return micros((over * 1_000_000n + under - 1n) / under);
}

export function times({ over, under }: Fraction, by: number, through = 1): Fraction {
  return { over: over * BigInt(by), under: under * BigInt(through) };
}

/** `60`, `60s`, `1m`, `0`. @param least what is the least allowed */
export function readSeconds(cell: string, least = 1): number {
  const read = /^(\d{1,5})(?:[.,]0+)?\s*(s|sec|secs|seconds|m|min|minute|minutes)?$/i.exec(cell.trim());
  const [, digits = '', unit = 's'] = read ?? [];
  const seconds = Number(digits) * (unit.toLowerCase().startsWith('m') ? 60 : 1);
  if (read === null || seconds < least || seconds > 86_400)
    throw new CellError(`${shown(cell)} is no number of seconds`);
  return seconds;
}

/** `60/60`, `30-6`, `6`: first and next. */
export function readIncrements(cell: string): readonly [first: number, next: number] {
  const parts = cell.trim().split(/\s*[/+:|-]\s*/);
  if (parts.length > 2) throw new CellError(`${shown(cell)} is no pair of increments such as 60/60`);
  const [first = '', next = first] = parts;
  return [readSeconds(first), readSeconds(next)];
}

/** More prefixes than this are no range but a slip. */
const LONGEST_RANGE = 1000;

/**
 * `49`, `+49 30`, `0049`, `1-204`; several: `4930, 4932;4933`, `4930-4935`.
 * @param before what each of them begins with: the country's code where it has a column of its own
 */
export function readPrefixes(cell: string, before = ''): readonly string[] {
  const prefixes = cell.split(/[,;|]/).flatMap((part) => {
    const bare = part.replace(/[\s\u00a0().]/g, '');
    if (bare === '') return [];
    const range = /^\+?(\d{3,15})-\+?(\d{3,15})$/.exec(bare);
    const [, first = '', last = ''] = range ?? [];
    if (range !== null && first.length === last.length && first < last) return countUp(first, last, cell);
    return [bare.replaceAll('-', '')];
  });
  if (prefixes.length === 0 && before === '') throw new CellError('the prefix is missing');
  return (prefixes.length === 0 ? [''] : prefixes).map((prefix) =>
    wholePrefix(before + prefix.replace(/^\+/, ''), cell),
  );
}

function wholePrefix(digits: string, cell: string): string {
  // No country code begins with a zero: it is the international prefix of most countries.
  const bare = digits.replace(/^00/, '');
  if (!/^[1-9]\d{0,14}$/.test(bare))
    throw new CellError(`${shown(cell)} is no prefix: digits with the country code, such as 4930`);
  return bare;
}

function countUp(first: string, last: string, cell: string): readonly string[] {
  const count = Number(last) - Number(first) + 1;
  if (count > LONGEST_RANGE) throw new CellError(`${shown(cell)} stands for ${count} prefixes: shorten them`);
  return Array.from({ length: count }, (_, index) => String(BigInt(first) + BigInt(index)));
}

/** Undefined: an empty cell. */
export function readFlag(cell: string): boolean | undefined {
  const word = cell.trim().toLowerCase();
  if (word === '') return undefined;
  if (['1', 'true', 'yes', 'y', 't', 'x', 'blocked', 'closed'].includes(word)) return true;
  if (['0', 'false', 'no', 'n', 'f', 'open'].includes(word)) return false;
  throw new CellError(`${shown(cell)} is neither yes nor no`);
}

/** Which of day and month is first in `12/06/2026`. */
export type DateOrder = 'day-first' | 'month-first' | 'unclear';

const ANY_ORDER = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})/;

/** A whole column says it: no month is above 12. */
export function dateOrderOf(cells: Iterable<string>): DateOrder {
  for (const cell of cells) {
    const [, first = '0', second = '0'] = ANY_ORDER.exec(cell.trim()) ?? [];
    if (Number(first) > 12) return 'day-first';
    if (Number(second) > 12) return 'month-first';
  }
  return 'unclear';
}

/** The beginning of the day in UTC where no time is said. @returns ms since 1970 */
export function readDate(cell: string, order: DateOrder): number {
  const text = cell.trim();
  const iso =
    /^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/.exec(
      text,
    );
  if (iso !== null) {
    const [, year, month, day, hours = '00', minutes = '00', seconds = '00', zone = 'Z'] = iso;
    const offset = zone === 'UTC' ? 'Z' : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
    return moment(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}${offset}`, Number(day), cell);
  }
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  const either = new RegExp(`${ANY_ORDER.source}(?:[T ]00:00(?::00)?)?$`).exec(text);
  const found = german ?? either;
  if (found === null) throw new CellError(`${shown(cell)} is no date such as 2026-11-21`);
  const [, first = '', second = '', year = ''] = found;
  const isDayFirst = german !== null || order === 'day-first' || first === second;
  if (!isDayFirst && order === 'unclear')
    throw new CellError(`${shown(cell)} can be two dates: write it like 2026-11-21`);
  const [day, month] = isDayFirst ? [first, second] : [second, first];
  return moment(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T00:00:00Z`, Number(day), cell);
}

function moment(iso: string, day: number, cell: string): number {
  const at = Date.parse(iso);
  // The 31st of a month that has none would be taken as the 1st of the next.
  const isReal =
    !Number.isNaN(at) && Number(new Date(Date.parse(`${iso.slice(0, 10)}T00:00:00Z`)).getUTCDate()) === day;
  if (!isReal) throw new CellError(`${shown(cell)} is no date of the calendar`);
  return at;
}
