/** Credit: what a user may spend, what became of it, and who changes it. */
export { creditMovements } from './movements.ts';
export { creditAdjust, creditTopup } from './payments.ts';
export { creditShow } from './show.ts';
export { creditOf, creditWords } from './standing.ts';
export { creditGrant } from './terms.ts';
export { ledgerVerify } from './verify.ts';
