import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Column, callColumns, legColumns } from '../../../../src/account/records/index.ts';

const page = readFileSync(new URL('../../../../docs/admin/record-columns.md', import.meta.url), 'utf8');

function rowsOf<T>(columns: readonly Column<T>[]): readonly string[] {
  return columns.map(({ name, means }) => `| \`${name}\` | ${means} |`);
}

describe('the page of columns', () => {
  it.each([
    ['Of each call', rowsOf(callColumns)],
    ['Of each leg', rowsOf(legColumns)],
  ])('%s: has each column as it is, in order', (title, rows) => {
    const section = page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
    expect(section.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
  });
});
