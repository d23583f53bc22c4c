/**
 * `npm run bench [-- name …]`: runs each benchmark in a process of its own, one after the other, prints a table and writes a
 * file for each to `.trunkline/bench/`. Ends with 1 when a benchmark fails or misses a limit.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import path from 'node:path';
import { benchmarks } from './benchmarks.ts';
import { type BenchResult, figureTable, isReached } from './figure.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, '.trunkline', 'bench');

/** Runs a script to its end. @returns the JSON of the last line that it printed */
async function measure(script: string, args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, ['--expose-gc', path.join(import.meta.dirname, script), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) output += String(chunk);
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('exit', resolve)));
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
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
