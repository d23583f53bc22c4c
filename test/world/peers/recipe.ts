/** The recipes of docs/pbx: what stands in their code blocks is what is run. */
import { readFileSync } from 'node:fs';

/** The code blocks of one language in a page of `docs/pbx`, in order. */
export function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(new URL(`../../../docs/pbx/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, found, block = '']) =>
    found === language ? [block] : [],
  );
}
