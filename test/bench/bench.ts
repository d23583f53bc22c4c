/**
 * `npm run bench [-- name …]`: runs each benchmark in a process of its own, one after the other, prints a table and writes a
 * file for each to `.trunkline/bench/`. Ends with 1 when a benchmark fails or misses a limit.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import path from 'node:path';
import { Process } from '../world/process.ts';
import { benchmarks } from './benchmarks.ts';
import { type BenchResult, figureTable, isReached } from './figure.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, '.trunkline', 'bench');

/** What a script says while it works; tables and JSON are for those who run it alone. */
const PROGRESS = /^\w/;

/** Runs a script to its end, and passes on its progress. @returns the JSON of the last line that it printed */
async function measure(script: string, args: readonly string[]): Promise<unknown> {
  let last = '';
  const running = await Process.start(
    process.execPath,
    ['--expose-gc', path.join(import.meta.dirname, script), ...args],
    {
      name: script,
      cwd: ROOT,
      onLine: (line, stream) => {
        if (stream === 'stderr' || PROGRESS.test(line)) console.log(`  ${line}`);
        if (stream === 'stdout') last = line;
      },
    },
  );
  const { code } = await running.ended;
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(last);
}

function firstLine(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0] ?? '';
  } catch {
    return '';
  }
}

function machine() {
  const [processor] = cpus();
  return {
    processor: processor?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit: firstLine('git', ['-C', ROOT, 'rev-parse', '--short', 'HEAD']),
    /** Of the last minute, before the first benchmark: near 0 on a machine that does nothing else. */
    loadBefore: loadavg()[0] ?? 0,
  };
}

const wanted = process.argv.slice(2);
const chosen = benchmarks.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(`There is no such benchmark. There are: ${benchmarks.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
mkdirSync(FOLDER, { recursive: true });
// Leaving by `exit` ends what was started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
const on = machine();
const results: BenchResult[] = [];
const failures: string[] = [];
for (const { name, script, args = [], about, figures } of chosen) {
  console.log(`▶ ${name}: ${about}`);
  try {
    const raw = await measure(script, args);
    const result = { name, figures: figures(raw) };
    results.push(result);
    const file = path.join(FOLDER, `${name.toLowerCase().replaceAll(' ', '-')}.json`);
    writeFileSync(
      file,
      `${JSON.stringify({ at: new Date().toISOString(), machine: on, ...result, raw }, undefined, 2)}\n`,
    );
  } catch (error) {
    failures.push(name);
    console.error(`✗ ${name}: ${error instanceof Error ? error.message : error}`);
  }
}
console.log(`\n${figureTable(results)}\n`);
console.log(`${on.processor}, ${on.cores} cores; Node ${on.node}; load before: ${on.loadBefore.toFixed(1)}`);
console.log(`As JSON in ${path.relative(ROOT, FOLDER)}`);
const missed = results.flatMap(({ figures }) => figures.filter((figure) => isReached(figure) === false));
process.exitCode = failures.length > 0 || missed.length > 0 ? 1 : 0;
