/** Rating: rate decks, what calls and texts cost, and what an import changes. Pure but for `createRating`, which keeps decks in memory. */
export { billedSeconds, type Charge, charge, priceOfSeconds, secondsFor } from './charge.ts';
export { type CompiledDeck, compileDeck } from './compiled-deck.ts';
export { type DeckImported, type DeckToImport, importDeck } from './import-deck.ts';
export { type Margin, withMargin } from './margin.ts';
export { type ImportPlan, planImport, type Replaced } from './plan-import.ts';
export type {
  CallPrice,
  Deck,
  DeckChanges,
  DeckImport,
  ImportMode,
  Prices,
  Rate,
  RateBook,
  RatedService,
  RateTerms,
  TextPrice,
} from './ports.ts';
export { createRating, type Rating, type RatingParts, type RatingRules } from './prices.ts';
export { type DeckFault, type DeckFile, type DeckRead, readDeckFile } from './read-deck.ts';
