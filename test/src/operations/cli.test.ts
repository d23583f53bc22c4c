/** The same operations on the command line: on the database beside the gateway, and by its API where only it can do them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config/index.ts';
import { systemClock } from '../../../src/call/index.ts';
import { operationParts } from '../../../src/gateway-parts/operations.ts';
import { API_PREFIX, apiRoutes } from '../../../src/http/api/index.ts';
import { openDesk } from '../../../src/operate.ts';
import { findCommand, OPERATIONS } from '../../../src/operations/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { closedOut, telephoneLeg } from '../account/records/samples.ts';
import { type Outcome, runIn } from '../cli/run-in.ts';
import { ALICE } from '../matrix/support/side.ts';
import { fakeLive } from './live.ts';
import { BILL, BROKEN_DECK, DECK } from './transcript.ts';
import { CONFIG, NOW } from './world.ts';

const TOKEN = 'long-enough-for-the-configuration';
const clock = { ...systemClock, now: () => NOW };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-'));
  path = join(folder, 'trunkline.db');
  configure('');
  const store = await openStore({ path });
  const times = { openedAt: NOW - 60_000, answeredAt: NOW - 55_000, endedAt: NOW };
  await store.records().close(closedOut('call-1', { user: ALICE, ...times }), [], NOW);
  const february = Date.parse('2026-02-10T12:00:00Z');
  const talked = { openedAt: february, answeredAt: february + 5_000, endedAt: february + 66_000 };
  const legs = [telephoneLeg(0, { ...talked, startedAt: february })];
  await store.records().close(closedOut('call-2', { user: ALICE, ...talked, legs }), [], NOW);
  await store.close();
  writeFileSync(join(folder, 'bill.csv'), BILL);
  writeFileSync(join(folder, 'deck.csv'), DECK);
  writeFileSync(join(folder, 'broken.csv'), BROKEN_DECK);
});
afterEach(() => rmSync(folder, { recursive: true }));

function configure(more: string): void {
  writeFileSync(join(folder, 'trunkline.yaml'), `${CONFIG}\nstore: {path: '${path}'}\n${more}`);
}

const cli = (...args: string[]): Promise<Outcome> =>
  runIn(folder, args, { openDesk: (config) => openDesk(config, clock) });

/** Each line is a command line; what has white space stands in quotes. */
const SAID = `
credit @alice:hs.test
credit topup @alice:hs.test 10 "paid in cash" --key invoice-7
credit topup @alice:hs.test 10 "paid in cash" --key invoice-7
credit topup @alice:hs.test nothing
credit adjust @alice:hs.test -2.50 "billed twice" --key correction-1
credit grant @alice:hs.test postpaid 20
credit show @alice:hs.test --json
credit movements @alice:hs.test
ledger verify
users
lines all
lines link "01632 960005" @bob:hs.test
link 201 @bob:hs.test at office as Bob
lines list @bob:hs.test
line use @alice:hs.test 960001
line withhold @alice:hs.test on
lines @alice:hs.test
unlink 201 at office
dnd @alice:hs.test 2h
findable @alice:hs.test on
forward @alice:hs.test "07700 900123" unanswered
block @alice:hs.test "07700 900123"
allow @alice:hs.test +4420*
preferences @alice:hs.test
rates import carrier --file broken.csv
rates import carrier --file deck.csv
rates import carrier
rates list
rates show "07700 900123"
price @alice:hs.test "07700 900123"
limits set @alice:hs.test spend_per_day 100
limits lift @alice:hs.test
limits trips
limits show @alice:hs.test
calls @alice:hs.test
usage @alice:hs.test
usage all 2026-03
records export csv from 2026-03-01 until 2026-04-01
records export json user @bob:hs.test
records reconcile all --file bill.csv
records reconcile all Europe/Berlin --file bill.csv
records reconcile nowhere --file bill.csv
records reconcile office --file deck.csv
trunks list
`;

/** Each command opens the database anew. */
const LONG_MS = 60_000;

describe('the command line', () => {
  it('answers as it is written down', { timeout: LONG_MS }, async () => {
    const lines: string[] = [];
    for (const line of SAID.trim().split('\n')) {
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
      const { status, out, told } = await cli(...words);
      // Of a table of records the first columns: which there are is tested where they are made.
      const shown = line.startsWith('records export csv') ? out.replace(/^((?:[^,]*,){4}).*$/gm, '$1…') : out;
      const said = `${shown}${told}`.trimEnd().replaceAll('\r', '');
      lines.push(`$ trunkline ${line}`, said, status === 0 ? '' : `(exit status ${status})\n`);
    }
    await expect(lines.join('\n')).toMatchFileSnapshot(join(import.meta.dirname, 'data/cli.txt'));
  });

  it('is asked for everything that the database alone can do', () => {
    const asked = new Set(SAID.split('\n').map((line) => findCommand(line, OPERATIONS)?.operation.name));
    const known = OPERATIONS.filter(({ live, command }) => !live && command !== undefined).map(({ name }) => name);
    expect(known.filter((name) => !asked.has(name))).toEqual([]);
  });

  it('says whose, and how a command is used', async () => {
    expect(await cli('credit')).toMatchObject({ status: 2, told: expect.stringContaining('Say whose') });
    expect(await cli('credit', '@alice')).toMatchObject({ status: 2 });
    expect(await cli('rates', 'import', 'carrier', '-f', 'none.csv')).toMatchObject({
      status: 1,
      told: expect.stringContaining('none.csv cannot be read'),
    });
  });

  it.each(OPERATIONS.flatMap(({ command }) => command?.names ?? []))('%s has help with an example', async (name) => {
    const { out, status } = await cli(...name.split(' '), '--help');
    expect(status).toBe(0);
    // Some have a namesake that was there before them: it has help of its own.
    expect(out).toContain(`trunkline ${name}`);
  });

  it('lists each operation once, by the name that says what it is about', async () => {
    const { out } = await cli('--help');
    const listed = OPERATIONS.flatMap(({ command }) => command?.names.at(-1) ?? []);
    for (const name of listed) expect(out).toContain(`  ${name} `);
    expect(out).not.toMatch(/^ {2}topup /m);
  });

  it('makes no database', async () => {
    rmSync(path);
    expect(await cli('users')).toMatchObject({ status: 1, told: expect.stringContaining('has the gateway run') });
  });
});

describe('what only a gateway that runs can do', () => {
  let api: FastifyInstance;
  beforeEach(async () => {
    const logger = pino({ level: 'silent' });
    const config = loadConfig({ file: 'trunkline.yaml', text: CONFIG, env: {} });
    const store = await openStore({ path: ':memory:' });
    const base = operationParts({ config, store, isMember: () => false, clock, logger });
    api = Fastify();
    await api.register(
      apiRoutes({
        operations: OPERATIONS,
        parts: () => ({ ...base, live: fakeLive() }),
        tokens: [{ name: 'cli', token: TOKEN, access: 'administrator' }],
        openId: undefined,
        isAdministrator: () => false,
        logger,
      }),
      { prefix: API_PREFIX },
    );
    api.addHook('onClose', () => store.close());
    const { port } = new URL(await api.listen({ port: 0, host: '127.0.0.1' }));
    configure(
      `http: {listen: {host: 127.0.0.1, port: ${port}}}\napi: {enabled: true, tokens: [{name: cli, token: '${TOKEN}', access: administrator}]}\n`,
    );
  });
  afterEach(() => api.close());

  it.each([
    [['trunks'], /^office: up, 1 of 10 calls/],
    [['register', 'office'], /^All 2 accounts of office/],
    [['calls', 'live'], /^call-live {2}@alice:hs\.test to 07700 900123 by office/],
    [['calls', 'end', 'call-live'], /^The call call-live was ended/],
    [['status', 'show', '@alice:hs.test'], /^office: up\nbackup: DOWN\nCredit: 0\.00 EUR/],
    [['callerid', '@alice:hs.test', '07700 900123'], /shown as \+441632960000/],
    [['texts', 'send', '@alice:hs.test', '07700 900123', 'See you'], /^The text goes to 07700 900123/],
    [['chats', 'open', '@alice:hs.test', '07700 900123'], /^07700 900123: https:\/\/matrix\.to/],
  ])('%j is done by it', async (args, words) => {
    const { status, out, told } = await cli(...args);
    expect(told).toBe('');
    expect(out).toMatch(words);
    expect(status).toBe(0);
  });

  it('is said in its words when it is refused', async () => {
    expect(await cli('calls', 'end', 'call-999')).toMatchObject({
      status: 1,
      told: expect.stringContaining('emergency'),
    });
    expect(await cli('register', 'nowhere')).toMatchObject({
      status: 1,
      told: expect.stringContaining('office, smsc'),
    });
  });

  it('needs it to run, and an API', async () => {
    await api.close();
    expect(await cli('trunks')).toMatchObject({ status: 1, told: expect.stringContaining('is the gateway running') });
    configure('');
    expect(await cli('trunks')).toMatchObject({ status: 1, told: expect.stringContaining('api.enabled') });
    expect(readFileSync(join(folder, 'trunkline.yaml'), 'utf8')).not.toContain(TOKEN);
  });
});
