/** Cells of a provider's list of calls. Each throws `CellError` with words. */
import { type Micros, micros } from '../../money.ts';
import { CellError, type DateOrder, readAmount } from '../rating/deck-cells.ts';

const shown = (cell: string): string => `“${cell.slice(0, 40)}”`;

/** Digits with the country code, or as the provider writes them: without `+`, `00` and signs. */
export function readNumber(cell: string): string {
  const bare = cell
    .replace(/^(?:sips?|tel):/i, '')
    .replace(/[@;].*$/, '')
    .replace(/[\s\u00a0().\-/+]/g, '')
    .replace(/^00/, '');
  if (!/^[\d*#]{2,24}$/.test(bare)) throw new CellError(`${shown(cell)} is no number`);
  return bare;
}

/** `61`, `61.4`, `1:01`, `0:01:01`. @returns seconds */
export function readDuration(cell: string, isMinutes: boolean): number {
  const text = cell.trim().replace(/\s*s(ec(onds)?)?$/i, '');
  const clock = /^(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:\.\d+)?$/.exec(text);
  if (clock !== null) {
    const [, hours = '0', minutes = '0', seconds = '0'] = clock;
    return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  }
  if (!/^\d{1,6}(?:[.,]\d+)?$/.test(text)) throw new CellError(`${shown(cell)} is no duration such as 61 or 1:01`);
  return Number(text.replace(',', '.')) * (isMinutes ? 60 : 1);
}

export interface BilledCost {
  readonly amount: Micros;
  /** The last decimal that is written, in millionths: what is finer may be rounded away. */
  readonly precision: number;
}

/** Undefined: the cell is empty. What comes in for a call is written with a minus by some. */
export function readCost(cell: string): BilledCost | undefined {
  const text = cell.trim().replace(/^([^\d]*)-/, '$1');
  if (text === '') return undefined;
  const { over, under } = readAmount(text);
  const decimals = /[.,](\d+)/.exec(text)?.[1]?.length ?? 0;
  const half = under / 2n;
  return { amount: micros((over * 1_000_000n + half) / under), precision: 10 ** Math.max(0, 6 - decimals) };
}

const MOMENT =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/;

/**
 * `2026-11-21 08:00:00`, with a zone or without; days as `21.11.2026`, `21/11/2026`, `11/21/2026`; seconds or milliseconds since 1970.
 * @param timeZone of times that say none
 * @returns ms since 1970
 */
export function readMoment(cell: string, order: DateOrder, timeZone: string): number {
  const text = cell.trim();
  if (/^\d{10}$/.test(text)) return Number(text) * 1_000;
  if (/^\d{13}$/.test(text)) return Number(text);
  const read = MOMENT.exec(inIso(text, order));
  if (read === null) throw new CellError(`${shown(cell)} is no time such as 2026-11-21 08:00:00`);
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone] = read;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  if (new Date(at).getUTCDate() !== Number(day)) throw new CellError(`${shown(cell)} is no date of the calendar`);
  if (zone === undefined) return localToUtc(at, timeZone);
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? at + offset : at - offset;
}

function inIso(text: string, order: DateOrder): string {
  const read = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})[T ,]+(.*)$/.exec(text);
  if (read === null) return text;
  const [, first = '', sign, second = '', year, time] = read;
  if (sign !== '.' && order === 'unclear' && first !== second) {
    throw new CellError(`${shown(text)} can be two dates: write it like 2026-11-21 08:00:00`);
  }
  const [day, month] = sign === '.' || order !== 'month-first' ? [first, second] : [second, first];
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')} ${time}`;
}

/** A time on the clock of this zone. In the hour that comes twice in autumn the later one is taken. */
function localToUtc(local: number, timeZone: string): number {
  const offsetAt = (at: number) => {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }).formatToParts(at);
    const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - at;
  };
  const first = local - offsetAt(local);
  return local - offsetAt(first);
}
