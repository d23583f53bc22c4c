import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  callColumns,
  csvCell,
  type ExportOptions,
  exportRecords,
  legColumns,
  recordJson,
  type StoredRecord,
} from '../../../../src/account/records/index.ts';
import { closedOut, missedIn, openOut } from './samples.ts';

async function* given(...records: readonly StoredRecord[]) {
  yield* records;
}

async function written(options: ExportOptions, ...records: readonly StoredRecord[]): Promise<string> {
  let text = '';
  for await (const chunk of exportRecords(given(...records), options).chunks) text += chunk;
  return text;
}

/** RFC 4180, as a reader of its own. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (cell.lastIndex < text.length) {
    const [, quoted, plain = '', end] = cell.exec(text) ?? [];
    if (end === undefined) throw new Error('no CSV');
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

function tableOf(text: string): Record<string, string>[] {
  const [header = [], ...rows] = readCsv(text);
  return rows.map((row) => {
    expect(row).toHaveLength(header.length);
    return Object.fromEntries(header.map((name, at) => [name, row[at] ?? '']));
  });
}

describe('a table', () => {
  it('has a row for each call', async () => {
    const rows = tableOf(await written({ format: 'csv' }, closedOut('c-1'), missedIn('c-2'), openOut('c-3')));
    expect(rows.map(({ call_ref }) => call_ref)).toEqual(['c-1', 'c-2', 'c-3']);
    expect(rows[0]).toMatchObject({
      direction: 'out',
      is_open: 'false',
      number: '+441818118181',
      line: '+4930901820',
      started_at: '2026-11-21T12:00:00.000Z',
      answered_at: '2026-11-21T12:00:05.000Z',
      talk_ms: '90000',
      cause: 'normal',
      q850: '16',
      mos: '4.38',
      currency: 'EUR',
      price: '0.11',
      cost: '0.04',
      rate: 'uk 44 2026-11-01',
      billed_s: '90',
    });
    expect(rows[1]).toMatchObject({
      user: '',
      answered_at: '',
      price: '',
      talk_ms: '0',
    });
    expect(rows[2]).toMatchObject({ is_open: 'true', ended_at: '' });
  });

  it('or one for each leg', async () => {
    const rows = tableOf(
      await written({ format: 'csv', rows: 'legs' }, closedOut('c-1'), missedIn('c-2'), openOut('c-3')),
    );
    expect(
      rows.map((row) => [row.call_ref, row.leg, row.leg_kind, row.leg_trunk, row.leg_target, row.leg_cause]),
    ).toEqual([
      ['c-1', '0', 'telephone', 'backup', '+441818118181', 'network-busy'],
      ['c-1', '1', 'telephone', 'main', '+441818118181', 'normal'],
      ['c-2', '0', 'ring', '', '@alice:example.org', ''],
      ['c-2', '1', 'ring', '', '!office:example.org', ''],
      ['c-3', '', '', '', '', ''],
    ]);
  });

  it('of nothing has its header', async () => {
    expect(readCsv(await written({ format: 'csv' }))).toEqual([callColumns.map(({ name }) => name)]);
  });
});

it('says in words why a call out failed', () => {
  const failed = { ...closedOut('c-1'), end: { cause: 'line-busy' } } as const;
  expect(recordJson(failed)).toMatchObject({ cause_text: 'The line is busy. Please try again later.' });
  const limit = { ...failed, end: { cause: 'limit-reached' } } as const;
  expect(recordJson(limit).cause_text).toMatch(/misuse: …\. Your/);
  expect(recordJson(missedIn('c-2')).cause_text).toBeUndefined();
});

describe('JSON', () => {
  it('is an object a line, or one array', async () => {
    const records = [closedOut('c-1'), missedIn('c-2')];
    const lines = (await written({ format: 'ndjson' }, ...records)).trimEnd().split('\n');
    const expected = records.map((record) => JSON.parse(JSON.stringify(recordJson(record))));
    expect(lines.map((line) => JSON.parse(line))).toEqual(expected);
    expect(JSON.parse(await written({ format: 'json' }, ...records))).toEqual(expected);
    expect(JSON.parse(await written({ format: 'json' }))).toEqual([]);
    expect(await written({ format: 'ndjson' })).toBe('');
  });

  it('has amounts as words, and legs within their call', () => {
    expect(recordJson(closedOut('c-1'))).toMatchObject({
      price: '0.11',
      talk_ms: 90_000,
      is_open: false,
      legs: [{ leg: 0 }, { leg: 1, leg_price: '0.11' }],
    });
  });
});

describe('a cell', () => {
  it.each([
    ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
    ['@SUM(1)', "'@SUM(1)"],
    ['+1+cmd', "'+1+cmd"],
    ['-2-3', "'-2-3"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['＝1', "'＝1"],
    ['+441818118181', '+441818118181'],
    ['-0.5', '-0.5'],
    ['@alice:example.org', '@alice:example.org'],
    ['@alice:example.org(1)', "'@alice:example.org(1)"],
    ['a, b', '"a, b"'],
    ['a\nb', '"a\nb"'],
  ])('%j is written as %j', (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  it('never begins like a formula, and is read back as what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const [[read = ''] = []] = readCsv(`${csvCell(text)}\r\n`);
        expect(read === text || read === `'${text}`).toBe(true);
        expect(/^[=\t\r]/.test(read)).toBe(false);
        if (/^[+-]/.test(read)) expect(Number.isFinite(Number(read))).toBe(true);
      }),
    );
  });
});

it('every column has a name of its own, and words', () => {
  const columns = [...callColumns, ...legColumns];
  expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
  for (const { name, means } of columns) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(means).not.toMatch(/\.$/);
    expect(means.length).toBeGreaterThan(3);
  }
});

it('whoever stops reading ends the reading of the database', async () => {
  let ended = false;
  async function* endless() {
    try {
      for (;;) yield closedOut('c-1');
    } finally {
      ended = true;
    }
  }
  for await (const chunk of exportRecords(endless(), { format: 'ndjson' }).chunks) {
    expect(chunk.length).toBeGreaterThan(60_000);
    break;
  }
  expect(ended).toBe(true);
});
