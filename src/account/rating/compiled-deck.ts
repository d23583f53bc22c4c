/** A deck in memory: which rate a number has at a moment. */
import type { Currency } from '../../money.ts';
import type { Rate, RatedService, RateTerms } from './ports.ts';
import { PrefixTable } from './prefix-table.ts';

type Terms<S extends RatedService> = Exclude<Extract<RateTerms, { service: S }>, { refused: true }>;

/** A rate that is in force. */
export interface FoundRate<T = RateTerms> {
  readonly terms: T;
  /** `deck/prefix@2026-11-21`: names it in records. */
  readonly id: string;
}

export type Lookup<T> =
  | { readonly kind: 'found'; readonly rate: FoundRate<T> }
  /** The deck says that the provider does not carry it. */
  | { readonly kind: 'refused'; readonly id: string }
  | { readonly kind: 'unknown' };

export interface CompiledDeck {
  readonly name: string;
  readonly currency: Currency;
  readonly size: number;
  /** @param digits a number in E.164 without its plus sign. @param at ms since 1970 */
  call(digits: string, at: number): Lookup<Terms<'call'>>;
  text(digits: string, at: number): Lookup<Terms<'text'>>;
}

/** Most prefixes have one rate; those with a later one have several. */
type Timeline = Rate | readonly Rate[];

export function compileDeck(name: string, currency: Currency, rates: Iterable<Rate>): CompiledDeck {
  const timelines = { call: new Map<string, Timeline>(), text: new Map<string, Timeline>() };
  for (const rate of rates) {
    const table = timelines[rate.terms.service];
    const before = table.get(rate.prefix);
    table.set(rate.prefix, before === undefined ? rate : [...(isOne(before) ? [before] : before), rate]);
  }
  const calls = new PrefixTable(timelines.call);
  const texts = new PrefixTable(timelines.text);
  // A deck has few moments from which its rates hold.
  const days = new Map<number, string>();
  const dayOf = (at: number): string => {
    const known = days.get(at) ?? new Date(at).toISOString().slice(0, 10);
    days.set(at, known);
    return known;
  };
  const lookUp = <T extends RateTerms>(table: PrefixTable<Timeline>, digits: string, at: number): Lookup<T> => {
    const rate = table.find(digits, (timeline) => inForce(timeline, at));
    if (rate === undefined) return { kind: 'unknown' };
    const id = `${name}/${rate.prefix}@${dayOf(rate.from)}`;
    if ('refused' in rate.terms) return { kind: 'refused', id };
    return { kind: 'found', rate: { terms: rate.terms as T, id } };
  };
  return {
    name,
    currency,
    size: calls.size + texts.size,
    call: (digits, at) => lookUp<Terms<'call'>>(calls, digits, at),
    text: (digits, at) => lookUp<Terms<'text'>>(texts, digits, at),
  };
}

function isOne(timeline: Timeline): timeline is Rate {
  return !Array.isArray(timeline);
}

/** Of those that hold the one that began last. */
function inForce(timeline: Timeline, at: number): Rate | undefined {
  if (isOne(timeline)) return holds(timeline, at) ? timeline : undefined;
  let found: Rate | undefined;
  for (const rate of timeline) {
    if (holds(rate, at) && (found === undefined || rate.from > found.from)) found = rate;
  }
  return found;
}

function holds({ from, until }: Rate, at: number): boolean {
  return from <= at && (until === undefined || at < until);
}
