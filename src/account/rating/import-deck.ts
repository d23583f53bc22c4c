/** From a provider's file to a deck: all of it, or nothing. */
import { type Currency, MoneyError } from '../../money.ts';
import type { DeckChanges, ImportMode, RateBook } from './ports.ts';
import { type DeckFault, readDeckFile } from './read-deck.ts';

export interface DeckToImport {
  readonly deck: string;
  readonly csv: string;
  readonly mode: ImportMode;
  /** A Matrix ID, `cli`, the name of a token. */
  readonly actor: string;
  readonly currency: Currency;
  /** ms since 1970. */
  readonly now: number;
  /** Name of the file. */
  readonly source?: string;
  /** The same key imports once. */
  readonly key?: string;
}

export type DeckImported =
  | { readonly kind: 'imported'; readonly changes: DeckChanges }
  /** Nothing was changed. */
  | { readonly kind: 'refused'; readonly faults: readonly DeckFault[] };

/** Rejects when the store cannot be written. */
export async function importDeck(book: Pick<RateBook, 'import'>, file: DeckToImport): Promise<DeckImported> {
  const { csv, ...batch } = file;
  const read = await readDeckFile(file).catch((error: unknown) => {
    // An amount that is too large to be held exactly.
    if (error instanceof MoneyError) return { kind: 'refused', faults: [{ words: error.message }] } as const;
    throw error;
  });
  if (read.kind === 'refused') return read;
  return { kind: 'imported', changes: await book.import({ ...batch, rates: read.rates }) };
}
