/** Rates to and from rows. */
import type { Rate, Replaced } from '../../account/rating/index.ts';
import { micros, NOTHING } from '../../money.ts';
import type { RatesTable } from './tables.ts';

export function rowsOf(importId: number, { service, prefix, at, rates }: Replaced): readonly RatesTable[] {
  const bare = { import_id: importId, service, prefix, name: null, connect_fee: null, price: null, first_s: null };
  const empty = { ...bare, next_s: null };
  if (rates.length === 0) return [{ ...empty, valid_from: Math.floor(at), kind: 'gone' }];
  return rates.map(({ name, terms, from }): RatesTable => {
    const common = { ...empty, valid_from: Math.floor(from), name: name ?? null };
    if ('refused' in terms) return { ...common, kind: 'refused' };
    if (terms.service === 'text') return { ...common, kind: 'rate', price: terms.perSegment };
    const { connectFee, perMinute, firstS, nextS } = terms;
    return { ...common, kind: 'rate', connect_fee: connectFee, price: perMinute, first_s: firstS, next_s: nextS };
  });
}

/** Undefined for a row that says that there is no rate any more. */
export function rateFrom(row: RatesTable, until: number | undefined): Rate | undefined {
  if (row.kind === 'gone') return undefined;
  return {
    prefix: row.prefix,
    terms: termsFrom(row),
    from: row.valid_from,
    ...(row.name === null ? {} : { name: row.name }),
    ...(until === undefined ? {} : { until }),
  };
}

function termsFrom({ kind, service, price, connect_fee, first_s, next_s }: RatesTable): Rate['terms'] {
  if (kind === 'refused' || price === null) return { service, refused: true };
  if (service === 'text') return { service, perSegment: micros(price) };
  const connectFee = micros(connect_fee ?? NOTHING);
  return { service, connectFee, perMinute: micros(price), firstS: first_s ?? 1, nextS: next_s ?? 1 };
}
