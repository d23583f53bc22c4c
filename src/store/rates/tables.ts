/** Tables of rate decks. */
import type { RatedService } from '../../account/rating/index.ts';

/**
 * An import, which is the deck upon all imports before it. Its rates are written bit by bit, so that nobody waits for a large one;
 * they count from the moment in which it is `done`.
 */
export interface RateImportsTable {
  /** Rises; of one deck the finished ones are in the order in which they were finished. */
  id: number;
  deck: string;
  key: string | null;
  state: 'pending' | 'done';
  currency: string;
  at: number;
  actor: string;
  source: string | null;
  /** `DeckChanges` and `DeckCounts` as JSON, of a finished one. */
  changes: string | null;
  counts: string | null;
}

/** What an import says of a prefix: from the first of its moments on this holds, in place of all that imports before it said. */
export interface RatesTable {
  import_id: number;
  service: RatedService;
  prefix: string;
  valid_from: number;
  /** `refused`: the provider does not carry it. `gone`: there is no rate any more. */
  kind: 'rate' | 'refused' | 'gone';
  name: string | null;
  /** Of calls. */
  connect_fee: number | null;
  /** Per minute, or per segment. */
  price: number | null;
  first_s: number | null;
  next_s: number | null;
}
