/** One row of a provider's file as rates. Pure. */
import type { Currency } from '../../money.ts';
import {
  CellError,
  type DateOrder,
  type Fraction,
  microsOf,
  readAmount,
  readDate,
  readFlag,
  readIncrements,
  readPrefixes,
  readSeconds,
  times,
} from './deck-cells.ts';
import type { Column, Columns } from './deck-columns.ts';
import type { Rate, RateTerms } from './ports.ts';

export interface RowContext {
  readonly columns: Columns;
  readonly currency: Currency;
  /** ms since 1970. */
  readonly now: number;
  readonly orders: { readonly from: DateOrder; readonly until: DateOrder };
}

export interface RowRates {
  readonly rates: readonly Omit<Rate, 'until'>[];
  /** Seconds into a call from which the row counts. */
  readonly groupStart: number;
}

/** Where a file says nothing of increments, whole minutes are the safe guess: never less than the provider takes. */
const USUAL_S = 60;
/** An end so far away means that there is none. */
const NO_END_MS = 5 * 365 * 24 * 3_600_000;

/** @throws CellError */
export function ratesOfRow(cells: readonly string[], { columns, currency, now, orders }: RowContext): RowRates {
  const cell = (column: Column): string => {
    const [at] = columns.get(column) ?? [];
    return at === undefined ? '' : (cells[at] ?? '').trim();
  };
  const said = cell('currency').toUpperCase();
  if (said !== '' && said !== currency) throw new CellError(`the price is in ${said}, credit is in ${currency}`);
  const from = cell('from') === '' ? now : readDate(cell('from'), orders.from);
  const groupStart = cell('groupStart') === '' ? 0 : readSeconds(cell('groupStart'), 0);
  if (isOver(cell('until'), orders.until, now)) return { rates: [], groupStart };
  if (cell('freeSeconds') !== '' && readSeconds(cell('freeSeconds'), 0) > 0)
    throw new CellError('seconds that cost nothing at the beginning of a call are not supported');
  const name = cell('name').slice(0, 200);
  const prefixes = prefixesOf(cell, columns);
  const terms = termsOf(cells, cell, columns);
  const common = { from, ...(name === '' ? {} : { name }) };
  return { groupStart, rates: prefixes.flatMap((prefix) => terms.map((each) => ({ ...common, prefix, terms: each }))) };
}

/** The country's code counts only where the rest of it has a column of its own: others repeat it beside the whole prefix. */
function prefixesOf(cell: Cell, columns: Columns): readonly string[] {
  const isSplit = columns.has('areaCode') && (columns.get('prefix') ?? []).length === 0;
  return isSplit
    ? readPrefixes(cell('areaCode'), cell('countryCode').replace(/\D/g, ''))
    : readPrefixes(cell('prefix'));
}

function isOver(cell: string, order: DateOrder, now: number): boolean {
  if (cell === '') return false;
  const until = readDate(cell, order);
  if (until <= now) return true;
  if (until > now + NO_END_MS) return false;
  throw new CellError(
    'a rate that ends at a date is not supported: give the rate that comes after it, from that date on',
  );
}

type Cell = (column: Column) => string;

function termsOf(cells: readonly string[], cell: Cell, columns: Columns): readonly RateTerms[] {
  const services = [
    ...(columns.has('price') ? (['call'] as const) : []),
    ...(columns.has('text') ? (['text'] as const) : []),
  ];
  if (readFlag(cell('refused')) === true) return services.map((service) => ({ service, refused: true }));
  const call = callTerms(cells, cell, columns);
  const text = cell('text');
  const terms: readonly RateTerms[] = [
    ...(call === undefined ? [] : [call]),
    ...(text === '' ? [] : [{ service: 'text', perSegment: microsOf(readAmount(text)) } as const]),
  ];
  if (terms.length === 0) throw new CellError('the price is missing');
  return terms;
}

function callTerms(cells: readonly string[], cell: Cell, columns: Columns): RateTerms | undefined {
  const prices = (columns.get('price') ?? []).map((at) => (cells[at] ?? '').trim()).filter((each) => each !== '');
  if (prices.length === 0) return undefined;
  const price = prices.map(readAmount).reduce(dearer);
  const { unit, firstS, nextS } = secondsOf(cell);
  const perMinute = times(price, 60, unit);
  const fee = cell('fee') === '' ? undefined : readAmount(cell('fee'));
  return {
    service: 'call',
    perMinute: microsOf(perMinute),
    connectFee: microsOf(fee ?? feeOf(cell('firstCost'), perMinute, cell('first'))),
    firstS,
    nextS,
  };
}

function dearer(one: Fraction, other: Fraction): Fraction {
  return one.over * other.under >= other.over * one.under ? one : other;
}

/** Of what the price is, and the increments: each is what is not said of it taken from the others. */
function secondsOf(cell: Cell): { readonly unit: number; readonly firstS: number; readonly nextS: number } {
  const billable = cell('billableUnit') === '' ? undefined : readSeconds(cell('billableUnit'));
  const unit = billable ?? (cell('unit') === '' ? 60 : readSeconds(cell('unit')));
  const pair = cell('increments') === '' ? undefined : readIncrements(cell('increments'));
  const ofUnit = billable ?? (cell('unit') === '' ? USUAL_S : unit);
  const nextS = seconds(cell('next')) ?? pair?.[1] ?? ofUnit;
  const firstS = seconds(cell('first')) ?? pair?.[0] ?? nextS;
  return { unit, firstS, nextS };
}

/** 0 is no increment: then another column says it. */
function seconds(cell: string): number | undefined {
  if (cell === '') return undefined;
  const value = readSeconds(cell, 0);
  return value === 0 ? undefined : value;
}

/** Where a file says what the first seconds cost in all, the fee is what is more in it than their price. */
function feeOf(firstCost: string, perMinute: Fraction, first: string): Fraction {
  const nothing = { over: 0n, under: 1n };
  if (firstCost === '') return nothing;
  const whole = readAmount(firstCost);
  const ofSeconds = times(perMinute, seconds(first) ?? 0, 60);
  const over = whole.over * ofSeconds.under - ofSeconds.over * whole.under;
  if (over < 0n)
    throw new CellError('the first seconds cost less than the price, which is not supported: charge them by the price');
  return { over, under: whole.under * ofSeconds.under };
}
