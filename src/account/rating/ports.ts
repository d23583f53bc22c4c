/** Rate decks as the store keeps them: prices by prefix, each from some moment on. */
import type { RouteTariff } from '../../call/index.ts';
import type { Currency, Micros } from '../../money.ts';

/** Calls and texts have rates of their own, also in one deck. */
export type RatedService = 'call' | 'text';

/** What a rate says. */
export type RateTerms =
  | {
      readonly service: 'call';
      readonly connectFee: Micros;
      readonly perMinute: Micros;
      /** Whole seconds, at least 1: the first increment, and each one after it. */
      readonly firstS: number;
      readonly nextS: number;
    }
  | { readonly service: 'text'; readonly perSegment: Micros }
  /** The provider does not carry it; without this row a shorter prefix would. */
  | { readonly service: RatedService; readonly refused: true };

export interface Rate {
  /** The beginning of a number in E.164, without its plus sign: 1 to 15 digits. */
  readonly prefix: string;
  /** Of the destination, in the provider's words. */
  readonly name?: string;
  readonly terms: RateTerms;
  /** ms since 1970. */
  readonly from: number;
  /** Exclusive; absent: until another takes its place. */
  readonly until?: number;
}

/** A deck as it is now. */
export interface Deck {
  readonly name: string;
  readonly currency: Currency;
  /** Prefixes with a rate, now or later. */
  readonly calls: number;
  readonly texts: number;
  /** Rates that begin later. */
  readonly later: number;
  readonly importedAt: number;
  /** A Matrix ID, `cli`, the name of a token. */
  readonly importedBy: string;
  /** Name of the file. */
  readonly source?: string;
}

/** What becomes of rates that are not in the file. */
export type ImportMode =
  /** The file is the whole deck of the services that it has rates for: they are gone from now on. */
  | 'replace'
  /** The file has changes only: they stay. */
  | 'amend';

export interface DeckImport {
  readonly deck: string;
  readonly currency: Currency;
  /** `from`: before now means now. */
  readonly rates: readonly Omit<Rate, 'until'>[];
  readonly mode: ImportMode;
  readonly now: number;
  readonly actor: string;
  readonly source?: string;
  /** A repeat of the same import (the event's ID, an idempotency key) changes nothing and gives the same answer. */
  readonly key?: string;
}

/** How many prefixes an import changed, and in which way; calls and texts together. */
export interface DeckChanges {
  readonly fresh: number;
  readonly dearer: number;
  readonly cheaper: number;
  /** Neither dearer nor cheaper: other increments, another name, fee against price per minute. */
  readonly otherwise: number;
  readonly gone: number;
  readonly same: number;
  /** Of all changes: those that are laid down for later. */
  readonly later: number;
  /** The greatest rises, by share; the first is the greatest. At most ten. */
  readonly rises: readonly {
    readonly prefix: string;
    readonly name?: string;
    readonly service: RatedService;
    /** Per minute, or per segment. */
    readonly before: Micros;
    readonly after: Micros;
  }[];
}

export interface RateBook {
  /** By name. @param now ms since 1970 */
  decks(now: number): Promise<readonly Deck[]>;
  /** Rates that hold at `since` or later, in no order. */
  load(deck: string, since: number): Promise<readonly Rate[]>;
  /** All of it in one commit, or nothing. What held before now stays on record. */
  import(batch: DeckImport): Promise<DeckChanges>;
  /** Rises with each change of any deck, in whatever process it was made. */
  version(): Promise<number>;
  /** The deck with all its rates is gone, past ones too. False when there is none. */
  drop(deck: string): Promise<boolean>;
}

/** `none`: the trunk has no deck, and nothing is charged. `no-rate`: the number has no price, so the trunk must not carry it. */
export type CallPrice =
  | { readonly kind: 'none' }
  | { readonly kind: 'tariff'; readonly tariff: RouteTariff }
  | { readonly kind: 'no-rate'; readonly admin: string };

export type TextPrice =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'price';
      /** Per segment: what the user pays, and what the provider takes where that is known. */
      readonly price: Micros;
      readonly cost?: Micros;
      readonly currency: Currency;
      readonly rate: string;
    }
  | { readonly kind: 'no-rate'; readonly admin: string };

/** Prices, from memory: quick enough for every decision. */
export interface Prices {
  /** @param target a number in E.164; anything else has no rate. @param now ms since 1970 */
  call(trunk: string, target: string, now: number): CallPrice;
  /** @param transport `MessageTransport.name` */
  text(transport: string, target: string, now: number): TextPrice;
}
