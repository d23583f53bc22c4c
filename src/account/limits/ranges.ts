/** Ranges of numbers by their beginning. */
import { PrefixTable } from '../rating/prefix-table.ts';

/** @param prefixes `+…` */
export function createRanges(prefixes: readonly string[]): (number: string) => boolean {
  const table = new PrefixTable(new Map(prefixes.map((prefix) => [prefix, true])));
  return (number) => table.find(number, (found) => found) === true;
}
