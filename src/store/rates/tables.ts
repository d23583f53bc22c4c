/** Tables of rate decks. */
import type { RatedService } from '../../account/rating/index.ts';

export interface RateDecksTable {
  deck: string;
  currency: string;
  imported_at: number;
  imported_by: string;
  source: string | null;
}

export interface RatesTable {
  deck: string;
  service: RatedService;
  prefix: string;
  valid_from: number;
  /** Exclusive; null: until another takes its place. */
  valid_until: number | null;
  name: string | null;
  /** Of calls. */
  connect_fee: number | null;
  /** Per minute, or per segment; null: the provider does not carry it. */
  price: number | null;
  first_s: number | null;
  next_s: number | null;
}

/** Imports under a key, so that a repeat changes nothing. */
export interface RateImportsTable {
  key: string;
  deck: string;
  changes: string;
  at: number;
}
