// @ts-check
// A real Synapse in a virtual environment of its own.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CommandError, run, withRetries } from './command.mjs';
import { aptInstall } from './debian.mjs';

/** What is installed; a change here makes a new environment. */
const REQUIREMENT = 'matrix-synapse==1.163.2';

/** @param {string} root */
export const venvFolder = (root) => path.join(root, '.trunkline', 'venv');

/**
 * Makes the virtual environment and installs Synapse into it. The stamp is written last: a half-finished environment is
 * thrown away and made again.
 * @param {string} root
 * @param {string} log
 * @param {import('./progress.mjs').Step} progress
 */
export async function installHomeserver(root, log, progress) {
  const venv = venvFolder(root);
  const stamp = path.join(venv, 'trunkline-ready');
  const python = path.join(venv, 'bin', 'python');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === REQUIREMENT && existsSync(python)) return false;
  rmSync(venv, { recursive: true, force: true });
  progress.say('making a Python virtual environment');
  await makeVenv(venv, log, progress);
  progress.say(`pip install ${REQUIREMENT}`);
  await withRetries(
    () => run(python, ['-m', 'pip', 'install', '--no-input', REQUIREMENT], { log, onLine: progress.say }),
    progress.say,
  );
  await run(python, ['-c', 'import synapse.app.homeserver'], { log });
  writeFileSync(stamp, REQUIREMENT);
  return true;
}

/**
 * @param {string} venv
 * @param {string} log
 * @param {import('./progress.mjs').Step} progress
 */
async function makeVenv(venv, log, progress) {
  const make = () => run('python3', ['-m', 'venv', venv], { log });
  try {
    await make();
  } catch (error) {
    // Debian ships ensurepip apart from python3; `venv` says so in what it prints.
    if (!(error instanceof CommandError) || !/ensurepip|No module named .?venv/.test(error.message)) throw error;
    rmSync(venv, { recursive: true, force: true });
    await aptInstall(['python3-venv'], log, progress);
    await make();
  }
}
