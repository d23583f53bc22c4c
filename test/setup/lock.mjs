// @ts-check
// One set-up at a time: two commands started together must not install over each other.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Takes the lock, waiting for another set-up to end; a lock whose owner has died is taken over.
 * @param {string} folder
 * @param {() => void} onWait called once when another set-up is running
 * @returns {Promise<() => void>} gives the lock back
 */
export async function takeLock(folder, onWait) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'setup.lock');
  let waiting = false;
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const owner = readOwner(file);
    if (owner !== undefined && !isAlive(owner)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!waiting) onWait();
    waiting = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** @param {string} file @returns {number | undefined} */
function readOwner(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
