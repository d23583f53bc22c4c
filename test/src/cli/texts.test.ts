/** The commands for texts, on a database that a gateway has open too. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { csvLine, table } from '../../../src/cli/table.ts';
import type { EventId, MatrixUserId, RoomId } from '../../../src/matrix/index.ts';
import type { Delivery } from '../../../src/message/index.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { type Outcome, runIn } from './run-in.ts';

const CONFIG = `
homeserver: {url: 'http://localhost:8008', domain: example.org}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: ['@*:example.org']}
numbers: {region: GB}
trunks: [{name: office, host: sip.example.net, texts: {enabled: true}}]
store: {path: trunkline.sqlite}
texts: {pools: [{name: lent, numbers: ['+441818118190'], users: ['@*:example.org'], rest_h: 24}]}
`;
const ALICE = '@alice:example.org' as MatrixUserId;
const OURS = '+441818118180';
const TELEPHONE = '+441818123001';
const AT = Date.parse('2025-06-02T10:00:00Z');

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-'));
  const path = join(folder, 'trunkline.sqlite');
  writeFileSync(join(folder, 'trunkline.yaml'), CONFIG.replace('trunkline.sqlite', path));
  store = await openStore({ path });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function cli(...args: string[]): Promise<Outcome> {
  return runIn(folder, args);
}

async function text(name: string, more: Partial<Delivery> = {}): Promise<void> {
  await store.deliveries.add([
    {
      textRef: `out-${name}`,
      eventId: `$${name}` as EventId,
      roomId: '!room:example.org' as RoomId,
      ghost: '@_sip_x:example.org' as MatrixUserId,
      user: ALICE,
      lane: `lane ${name}`,
      target: TELEPHONE,
      sender: OURS,
      routes: [{ transport: 'office' }],
      text: 'The secret words',
      reference: 1,
      createdAt: AT,
      expiresAt: AT + 86_400_000,
      round: 0,
      ...more,
    },
  ]);
}

const failed = async (name: string, more: Partial<Delivery> = {}): Promise<void> => {
  await text(name, more);
  await store.deliveries.ended(`out-${name}`, 'failed', 'Nobody there.');
};

describe('trunkline texts', () => {
  it('lists what waits and what failed, without its words', async () => {
    await text('one');
    await failed('two');
    const { status, out, told } = await cli('texts');
    expect(status).toBe(0);
    expect(out).toMatch(
      /^out-one +2025-06-02 10:00:00Z +waiting +@alice:example.org +\+441818123001 +office +0 +next try/m,
    );
    expect(out).toMatch(/^out-two .* failed .*Nobody there\.$/m);
    expect(out).not.toContain('secret');
    expect(told).toBe('1 waiting, 1 failed.\n');
  });

  it.each([
    ['--waiting', /out-one/, /out-two/],
    ['--failed', /out-two/, /out-one/],
  ])('%s', async (option, there, not) => {
    await text('one');
    await failed('two');
    const { out } = await cli('texts', option);
    expect(out).toMatch(there);
    expect(out).not.toMatch(not);
  });

  it('says that there is nothing', async () => {
    expect(await cli('texts')).toEqual({ status: 0, out: '', told: '0 waiting, 0 failed.\n' });
  });

  it.each(['0', 'x', '1.5'])('--most %s is no number of texts', async (most) => {
    expect(await cli('texts', '--most', most)).toMatchObject({ status: 2 });
  });

  it('makes no database where there is none', async () => {
    writeFileSync(join(folder, 'trunkline.yaml'), CONFIG.replace('trunkline.sqlite', join(folder, 'elsewhere.sqlite')));
    expect(await cli('texts')).toMatchObject({ status: 1, told: expect.stringMatching(/there is no database/) });
  });
});

describe('trunkline texts resend', () => {
  it('puts a text on its way again, once', async () => {
    await failed('one');
    expect(await cli('texts', 'resend', 'out-one')).toMatchObject({ status: 0, told: '1 text is sent again.\n' });
    const all = await store.deliveries.ofEvent('$one' as EventId);
    expect(all.map(({ round, state, text: words }) => [round, state, words])).toEqual([
      [0, 'failed', 'The secret words'],
      [1, 'waiting', 'The secret words'],
    ]);
    expect(all[1]?.expiresAt).toBeGreaterThan(Date.now());
    expect(await cli('texts', 'resend', 'out-one')).toMatchObject({
      status: 1,
      told: expect.stringMatching(/sent again already/),
    });
    expect(await cli('texts', '--failed')).toMatchObject({ out: '', told: '1 waiting, 0 failed.\n' });
  });

  it('--all: each that failed, but for whom opted out and what is forgotten', async () => {
    await failed('one');
    await failed('two', { target: '+441818123002' });
    await text('waits');
    await store.consents.set({ number: OURS, telephone: TELEPHONE }, false, { source: 'text' }, AT);
    const { status, told } = await cli('texts', 'resend', '--all');
    expect(status).toBe(1);
    expect(told).toBe('out-one: +441818123001 has opted out\n1 text is sent again.\n');
  });

  it.each<[string, string[], number, RegExp]>([
    ['nothing named', [], 2, /references of texts, or --all/],
    ['all and one', ['out-one', '--all'], 2, /references of texts, or --all/],
    ['an unknown one', ['out-nine'], 1, /there is no text out-nine/],
    ['one that waits', ['out-waits'], 1, /it is waiting/],
  ])('%s', async (_name, args, status, words) => {
    await text('waits');
    expect(await cli('texts', 'resend', ...args)).toMatchObject({ status, told: expect.stringMatching(words) });
  });
});

describe('trunkline optouts', () => {
  it('set and clear hold at once, in E.164, and are recorded', async () => {
    expect((await cli('optouts', 'set', OURS, '0181 812 3001')).told).toBe(
      '+441818123001 gets no texts from +441818118180.\n',
    );
    expect(await store.consents.hasOptedOut(OURS, TELEPHONE)).toBe(true);
    expect((await cli('optouts', 'set', OURS, TELEPHONE)).told).toMatch(/, as it was\.$/m);
    expect((await cli('optouts', 'list')).out).toMatch(/^\+441818118180 +\+441818123001 +\d{4}-.*administrator$/m);
    expect((await cli('optouts', 'clear', OURS, TELEPHONE)).told).toMatch(/gets texts from/);
    expect(await store.consents.hasOptedOut(OURS, TELEPHONE)).toBe(false);
    expect(await cli('optouts', 'list')).toEqual({ status: 0, out: '', told: '0 opted out.\n' });
    const { out } = await cli('optouts', 'export');
    expect(out.split('\r\n').slice(0, 3)).toEqual([
      'number,telephone,state,source,word,at',
      expect.stringMatching(/^\+441818118180,\+441818123001,opted-out,administrator,,\d{4}-/),
      expect.stringMatching(/^\+441818118180,\+441818123001,consents,administrator,,\d{4}-/),
    ]);
  });

  it('the number of the trunk itself, and letters', async () => {
    await cli('optouts', 'set', 'default', TELEPHONE);
    await cli('optouts', 'set', 'EXAMPLE', TELEPHONE);
    expect(await store.consents.hasOptedOut('', TELEPHONE)).toBe(true);
    expect(await store.consents.hasOptedOut('EXAMPLE', TELEPHONE)).toBe(true);
    expect((await cli('optouts', 'list')).out).toMatch(/^default .*\nEXAMPLE /m);
  });

  it('a telephone that said so itself', async () => {
    await store.consents.set({ number: OURS, telephone: TELEPHONE }, false, { source: 'text', word: 'STOP' }, AT);
    expect((await cli('optouts', 'list')).out).toMatch(/2025-06-02 10:00:00Z +text +STOP$/m);
  });
});

it('trunkline numbers leases', async () => {
  const pool = { name: 'lent', numbers: ['+441818118190'], restMs: 86_400_000 };
  await store.leases.lend(pool, ALICE, TELEPHONE, AT);
  const { out, told } = await cli('numbers', 'leases');
  expect(out).toMatch(
    /^lent +\+441818118190 +\+441818123001 +@alice:example.org +2025-06-02 10:00:00Z +2025-06-03 10:00:00Z$/m,
  );
  expect(told).toBe('1 lent; 1 numbers in 1 pools.\n');
});

describe('rows', () => {
  it.each([
    [['a', 'b'], 'a,b'],
    [['+441818118180'], '+441818118180'],
    [['say "hi", you'], '"say ""hi"", you"'],
    [['=1+1'], "'=1+1"],
    [['-5', '+x'], "-5,'+x"],
  ])('%j as CSV', (cells, line) => {
    expect(csvLine(cells)).toBe(`${line}\r\n`);
  });

  it('CSV keeps every cell in its place', () => {
    const harmless = fc.string().filter((cell) => !/^[=@+\t\r-]/.test(cell));
    fc.assert(
      fc.property(fc.array(harmless, { minLength: 1 }), (cells) => {
        const line = csvLine(cells).slice(0, -2);
        const read = [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/gs)];
        expect(read.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain)).toEqual(cells);
      }),
    );
  });

  it('a table is as wide as it must be', () => {
    expect(
      table(
        ['A', 'B'],
        [
          ['long', 'x'],
          ['', 'y'],
        ],
      ),
    ).toBe('A     B\nlong  x\n      y\n');
  });
});
