/** `npm test`: the checks, the dialer's build, every test; then what it was tried with and how many passed. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { chromiumPath } from './world/browser.ts';
import { postgresPrograms } from './world/postgres.ts';
import { synapsePython } from './world/synapse.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const BIN = path.join(ROOT, 'node_modules', '.bin');
const PBX = 'TRUNKLINE_TEST_FREESWITCH_PBX';
const RESULTS = path.join(ROOT, '.trunkline', 'test-results.json');

/** The first line that a program prints about itself. */
function version(program: string, args: readonly string[], pattern: RegExp): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: withSbin() });
  return `${stdout}${stderr}`.match(pattern)?.[1] ?? 'unknown version';
}

/** A server that the environment names as host:port:secret. */
function named(variable: string): string {
  const [host, port] = (process.env[variable] ?? '').split(':');
  return host ? `at ${host}:${port}` : `none: ${variable}=host:port:secret would name one`;
}

function withSbin(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}${path.delimiter}/usr/sbin` };
}

function parts(): readonly (readonly [name: string, version: string])[] {
  const synapse = 'import importlib.metadata as m; print(m.version("matrix-synapse"))';
  return [
    ['Node', process.version],
    ['Synapse', version(synapsePython(), ['-c', synapse], /([\d.]+)/)],
    ['Chromium', version(chromiumPath(), ['--version'], /([\d.]+)/)],
    ['PostgreSQL', version(path.join(postgresPrograms() ?? '', 'postgres'), ['--version'], /([\d.]+)/)],
    ['SIPp', version('sipp', ['-v'], /v?(\d+\.[\d.]+)/)],
    ['baresip', version('baresip', ['-h'], /baresip v?([\d.]+)/)],
    ['Kamailio', version('kamailio', ['-v'], /kamailio (\d[\d.]+)/)],
    ['drachtio', named('TRUNKLINE_TEST_DRACHTIO')],
    ['FreeSWITCH', named('TRUNKLINE_TEST_FREESWITCH')],
    ['its recipe', process.env[PBX]?.split(':')[0] || `none: ${PBX}=program:folder would name a FreeSWITCH`],
  ];
}

function step(title: string, program: string, args: readonly string[]): SpawnSyncReturns<Buffer> {
  console.log(`\n▶ ${title}`);
  return spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', env: withSbin() });
}

interface Summary {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
}

/** What vitest has written; undefined when it did not come that far. */
function summary(): Summary | undefined {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8')) as Summary;
  } catch {
    return undefined;
  }
}

const started = Date.now();
mkdirSync(path.dirname(RESULTS), { recursive: true });
rmSync(RESULTS, { force: true });

console.log('Tested with:');
for (const [name, number] of parts()) console.log(`  ${name.padEnd(10)} ${number}`);

const failures: string[] = [];
for (const [title, args] of [
  ['format, lint, import rules and types', ['run', '--silent', 'check']],
  ['the dialer, bundled', ['run', '--silent', 'build:dialer']],
] as const) {
  if (step(title, 'npm', args).status !== 0) failures.push(title);
}

const filters = process.argv.slice(2);
const vitest = step('tests', path.join(BIN, 'vitest'), [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${RESULTS}`,
  ...filters,
]);
const result = summary();
if (vitest.status !== 0 && result?.numFailedTests === 0) failures.push('the test run');
for (const failure of failures) console.log(`✗ ${failure} failed`);

const skipped = (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
const failed = (result?.numFailedTests ?? 1) + failures.length;
console.log(`\n${Math.round((Date.now() - started) / 1000)} s${skipped > 0 ? `, ${skipped} skipped` : ''}`);
console.log(`${result?.numPassedTests ?? 0} passed, ${failed} failed`);
process.exitCode = failed === 0 && vitest.status === 0 ? 0 : 1;
