/** Ranges of numbers by their beginning. */
import { PrefixTable } from '../rating/prefix-table.ts';

/** @param prefixes `+…` */
export function createRanges(prefixes: readonly string[]): (number: string) => boolean {
  const table = new PrefixTable(prefixes.map((prefix) => [prefix.slice(1), true] as const));
  return (number) => number.startsWith('+') && table.find(number.slice(1), (found) => found) === true;
}
