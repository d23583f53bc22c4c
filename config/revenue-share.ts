/** Ranges of numbers that are known for fraud: the list that comes with Trunkline, and one of the administrator's. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isRecord } from './tree.ts';

const OWN = new URL('fraud/revenue-share.yaml', import.meta.url);

const RANGE = /^\+[1-9]\d{0,14}$/;

/**
 * The beginnings of numbers in a list: `ranges:` with entries of `why`, `source` and `ranges`, or with the beginnings themselves.
 * @throws TypeError with words when the text is none
 */
export function readRanges(text: string): readonly string[] {
  const list: unknown = parse(text);
  const entries = isRecord(list) ? list.ranges : list;
  if (!Array.isArray(entries)) throw new TypeError('the file has no list of `ranges`');
  return entries.flatMap((entry: unknown): readonly string[] => {
    const ranges = isRecord(entry) ? entry.ranges : [entry];
    if (!Array.isArray(ranges)) throw new TypeError('an entry has no `ranges`');
    return ranges.map((range: unknown) => {
      const written = String(range).replace(/[\s()-]/g, '');
      if (!RANGE.test(written))
        throw new TypeError(`${JSON.stringify(range)} is no beginning of a number such as "+247" (in quotes)`);
      return written;
    });
  });
}

/**
 * All ranges: those that come with Trunkline, and those of a file.
 * @throws what `readRanges` and reading a file throw; `config check` has tried it before
 */
export function revenueShareRanges(file?: string): readonly string[] {
  const others = file === undefined ? [] : readRanges(readFileSync(file, 'utf8'));
  return [...new Set([...readRanges(readFileSync(OWN, 'utf8')), ...others])];
}
