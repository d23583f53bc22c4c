// @ts-check
// Sets up, then goes on in the Node of node_modules, which runs TypeScript.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT, setUp } from './set-up.mjs';

/**
 * Runs `npm`'s Node on a script of the checkout and ends with its exit status. Signals are the script's to handle: Ctrl-C
 * reaches it from the terminal, SIGTERM and SIGHUP are passed on.
 * @param {string} script path from the root of the checkout
 * @param {string[]} args
 * @param {Parameters<typeof setUp>[0]} needs
 */
export async function launch(script, args, needs) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    process.stderr.write(`Node 20 or later is needed to start (this is ${process.version}): see https://nodejs.org\n`);
    process.exit(1);
  }
  try {
    await setUp(needs);
  } catch (error) {
    process.stderr.write(`\n✗ ${error instanceof Error ? error.message : error}\n`);
    process.stderr.write(`(everything that was printed is in ${path.join(ROOT, '.trunkline', 'setup.log')})\n`);
    process.exit(1);
  }
  const bin = path.join(ROOT, 'node_modules', '.bin');
  const child = spawn(path.join(bin, 'node'), [path.join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` },
  });
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`✗ ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
