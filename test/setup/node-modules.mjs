// @ts-check
// The npm packages, exactly as package-lock.json says.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { run, withRetries } from './command.mjs';

/**
 * Whether what is installed is what the lock file wants. npm writes `node_modules/.package-lock.json` as the last step of
 * an installation, so that a half-finished one is noticed too.
 * @param {string} root
 */
export function nodeModulesCurrent(root) {
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === '' || entry.optional || entry.link) continue;
    if (installed[name]?.version !== entry.version) return false;
  }
  return spawnSync(path.join(root, 'node_modules', '.bin', 'node'), ['--version']).status === 0;
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, link?: boolean }> | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Installs the packages when they are missing or outdated.
 * @param {string} root
 * @param {string} log
 * @param {import('./progress.mjs').Step} progress
 */
export async function installNodeModules(root, log, progress) {
  if (nodeModulesCurrent(root)) return false;
  progress.say('npm ci');
  await withRetries(() => run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, log }), progress.say);
  if (!nodeModulesCurrent(root)) {
    throw new Error(
      'npm ci ended well, but node_modules is not what package-lock.json says, or its Node does not start',
    );
  }
  return true;
}
