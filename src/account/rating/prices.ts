/** What calls and texts cost, from decks in memory. */
import type { Logger } from 'pino';
import type { RouteTariff, Tariff } from '../../call/index.ts';
import type { Currency } from '../../money.ts';
import { type CompiledDeck, compileDeck, type FoundRate, type Lookup } from './compiled-deck.ts';
import { type Margin, withMargin } from './margin.ts';
import type { CallPrice, Prices, RateBook, TextPrice } from './ports.ts';

export interface RatingRules {
  /** Of the ledger: decks in another one have no prices here. */
  readonly currency: Currency;
  /** By the name of the trunk or of the SMPP account. Those without a deck cost nothing. */
  readonly deckOf: ReadonlyMap<string, string>;
  readonly margin: Margin;
  /** What users pay, in place of the deck of the trunk and the margin. */
  readonly sellingDeck?: string;
}

export interface RatingParts {
  readonly rules: RatingRules;
  readonly book: Pick<RateBook, 'decks' | 'load' | 'version'>;
  /** ms since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

export interface Rating extends Prices {
  /** Reads the decks again when any was changed, in whatever process. Not twice at once. */
  refresh(): Promise<void>;
  /** Decks that are named in the rules and were never imported: nothing can be called by their trunks. */
  missing(): readonly string[];
}

/** Settles when the decks are read. Rejects when the store cannot be read. */
export async function createRating(parts: RatingParts): Promise<Rating> {
  const { rules, book, now, logger } = parts;
  const named = new Set([...rules.deckOf.values(), ...(rules.sellingDeck === undefined ? [] : [rules.sellingDeck])]);
  let decks: ReadonlyMap<string, CompiledDeck> = new Map();
  let version: number | undefined;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const current = await book.version();
    if (current === version) return;
    const compiled = new Map<string, CompiledDeck>();
    for (const { name, currency } of await book.decks(now())) {
      if (named.has(name)) compiled.set(name, compileDeck(name, currency, await book.load(name, now())));
    }
    decks = compiled;
    version = current;
    const sizes = [...compiled.values()].map(({ name, size }) => `${name} (${size} prefixes)`);
    if (sizes.length > 0) logger.info({ decks: sizes }, `rate decks read: ${sizes.join(', ')}`);
  }

  async function refresh(): Promise<void> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    await reading;
  }

  await refresh();
  return {
    refresh,
    missing: () => [...named].filter((name) => !decks.has(name)),
    call: (trunk, target, at) => callPrice(rules, decks, trunk, target, at),
    text: (transport, target, at) => textPrice(rules, decks, transport, target, at),
  };
}

type Decks = ReadonlyMap<string, CompiledDeck>;

/** What a user pays and what the provider takes, as the decks of a trunk have it. Pure. */
export function callPrice(rules: RatingRules, decks: Decks, trunk: string, target: string, at: number): CallPrice {
  const found = ratesFor(rules, decks, trunk, target, (deck, digits) => deck.call(digits, at));
  if (found.kind !== 'rates') return found;
  const { bought, sold } = found;
  const { margin, currency } = rules;
  const cost: Tariff = { ...tariffOf(bought.terms), currency };
  const price: Tariff =
    sold === undefined
      ? {
          ...cost,
          connectFee: withMargin(cost.connectFee, margin.percent, margin.connectFee),
          perMinute: withMargin(cost.perMinute, margin.percent, margin.perMinute),
        }
      : { ...tariffOf(sold.terms), currency };
  const tariff: RouteTariff = { price, cost, rate: rateName(bought, sold) };
  return { kind: 'tariff', tariff };
}

/** The same for one segment of a text. Pure. */
export function textPrice(rules: RatingRules, decks: Decks, transport: string, target: string, at: number): TextPrice {
  const found = ratesFor(rules, decks, transport, target, (deck, digits) => deck.text(digits, at));
  if (found.kind !== 'rates') return found;
  const { bought, sold } = found;
  const { margin, currency } = rules;
  const cost = bought.terms.perSegment;
  const price = sold === undefined ? withMargin(cost, margin.percent, margin.perText) : sold.terms.perSegment;
  return { kind: 'price', price, cost, currency, rate: rateName(bought, sold) };
}

function tariffOf({ connectFee, perMinute, firstS, nextS }: Omit<Tariff, 'currency'>): Omit<Tariff, 'currency'> {
  return { connectFee, perMinute, firstS, nextS };
}

function rateName(bought: { readonly id: string }, sold: { readonly id: string } | undefined): string {
  return sold === undefined ? bought.id : `${sold.id} (${bought.id})`;
}

type Rates<T> =
  | { readonly kind: 'none' }
  | { readonly kind: 'no-rate'; readonly admin: string }
  | { readonly kind: 'rates'; readonly bought: FoundRate<T>; readonly sold?: FoundRate<T> };

function ratesFor<T>(
  rules: RatingRules,
  decks: Decks,
  trunk: string,
  target: string,
  lookUp: (deck: CompiledDeck, digits: string) => Lookup<T>,
): Rates<T> {
  const name = rules.deckOf.get(trunk);
  if (name === undefined) return { kind: 'none' };
  const bought = rateIn(rules, decks, name, target, lookUp);
  if (typeof bought === 'string') return { kind: 'no-rate', admin: `${trunk}: ${bought}` };
  if (rules.sellingDeck === undefined) return { kind: 'rates', bought };
  const sold = rateIn(rules, decks, rules.sellingDeck, target, lookUp);
  if (typeof sold === 'string') return { kind: 'no-rate', admin: sold };
  return { kind: 'rates', bought, sold };
}

/** The rate, or in words why there is none. */
function rateIn<T>(
  { currency }: RatingRules,
  decks: Decks,
  name: string,
  target: string,
  lookUp: (deck: CompiledDeck, digits: string) => Lookup<T>,
): FoundRate<T> | string {
  const deck = decks.get(name);
  if (deck === undefined) return `the deck ${name} was never imported`;
  if (deck.currency !== currency) return `the deck ${name} is in ${deck.currency}, credit is in ${currency}`;
  if (!target.startsWith('+')) return `the deck ${name} has prices for numbers in E.164 only`;
  const found = lookUp(deck, target.slice(1));
  switch (found.kind) {
    case 'found':
      return found.rate;
    case 'refused':
      return `the deck ${name} says that this number is not carried (${found.id})`;
    case 'unknown':
      return `the deck ${name} has no rate for this number`;
    default:
      return found satisfies never;
  }
}
