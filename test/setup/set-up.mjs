// @ts-check
// Makes a fresh clone ready: npm packages, programs of the machine, a homeserver. Plain JavaScript for Node 20 and later,
// because nothing is installed yet when it runs.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installTools } from './debian.mjs';
import { installHomeserver } from './homeserver.mjs';
import { takeLock } from './lock.mjs';
import { installNodeModules } from './node-modules.mjs';
import { step } from './progress.mjs';

/** The checkout. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Sets up what is asked for; does nothing, in well under a second, when all is there.
 * @param {{ tools: (keyof typeof import('./debian.mjs').TOOLS)[], homeserver: boolean }} needs
 */
export async function setUp({ tools, homeserver }) {
  const folder = path.join(ROOT, '.trunkline');
  mkdirSync(folder, { recursive: true });
  const unlock = await takeLock(folder, () => process.stderr.write('• waiting for another set-up to end …\n'));
  const log = path.join(folder, 'setup.log');
  writeFileSync(log, '');
  try {
    await step('npm packages', (progress) => installNodeModules(ROOT, log, progress));
    const needed = homeserver ? /** @type {const} */ (['python', ...tools]) : tools;
    await step('programs from Debian', (progress) => installTools([...needed], log, progress));
    if (homeserver) await step('Synapse, a Matrix homeserver', (progress) => installHomeserver(ROOT, log, progress));
  } finally {
    unlock();
  }
}
