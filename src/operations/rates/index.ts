/** Rate decks, and what a number costs. */
export { ratesImport } from './import.ts';
export { ratesList } from './list.ts';
export { priceShow } from './price.ts';
export { ratesShow } from './show.ts';
