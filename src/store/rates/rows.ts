/** Rates to and from rows. */
import type { Rate, RateTerms } from '../../account/rating/index.ts';
import { micros, NOTHING } from '../../money.ts';
import type { RatesTable } from './tables.ts';

export function rowOf(deck: string, { prefix, name, terms, from, until }: Rate): RatesTable {
  const common = {
    deck,
    service: terms.service,
    prefix,
    valid_from: Math.floor(from),
    valid_until: until === undefined ? null : Math.floor(until),
    name: name ?? null,
    connect_fee: null,
    price: null,
    first_s: null,
    next_s: null,
  };
  if ('refused' in terms) return common;
  if (terms.service === 'text') return { ...common, price: terms.perSegment };
  const { connectFee, perMinute, firstS, nextS } = terms;
  return { ...common, connect_fee: connectFee, price: perMinute, first_s: firstS, next_s: nextS };
}

export function rateFrom(row: Omit<RatesTable, 'deck'>): Rate {
  return {
    prefix: row.prefix,
    terms: termsFrom(row),
    from: row.valid_from,
    ...(row.name === null ? {} : { name: row.name }),
    ...(row.valid_until === null ? {} : { until: row.valid_until }),
  };
}

function termsFrom({ service, price, connect_fee, first_s, next_s }: Omit<RatesTable, 'deck'>): RateTerms {
  if (price === null) return { service, refused: true };
  if (service === 'text') return { service, perSegment: micros(price) };
  return {
    service,
    connectFee: micros(connect_fee ?? NOTHING),
    perMinute: micros(price),
    firstS: first_s ?? 1,
    nextS: next_s ?? 1,
  };
}
