// @ts-check
// Programs that come from the machine's distribution: the browser, the SIP peers and the database server.
import { existsSync, readdirSync } from 'node:fs';
import { firstLine, run, which, withRetries } from './command.mjs';

/**
 * @typedef {object} Tool
 * @property {string} debian the Debian package
 * @property {() => boolean} isThere
 */

/** @param {string[]} names */
const program =
  (...names) =>
  () =>
    names.some((name) => which(name) !== undefined);

/** One that TEST_CHROMIUM names counts too: Ubuntu's package needs snap, which containers lack. */
function hasChromium() {
  return process.env.TEST_CHROMIUM !== undefined || program('chromium', 'chromium-browser', 'google-chrome-stable')();
}

/** Kamailio's modules lie under the architecture's folder. */
function hasKamailioTls() {
  try {
    return readdirSync('/usr/lib').some((dir) => {
      try {
        return readdirSync(`/usr/lib/${dir}/kamailio/modules`).includes('tls.so');
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

/** Its programs lie under the release's folder. */
function hasPostgres() {
  try {
    return readdirSync('/usr/lib/postgresql').some((release) =>
      existsSync(`/usr/lib/postgresql/${release}/bin/initdb`),
    );
  } catch {
    return which('initdb') !== undefined;
  }
}

export const TOOLS = /** @type {const} @satisfies {Record<string, Tool>} */ ({
  python: { debian: 'python3', isThere: program('python3') },
  chromium: { debian: 'chromium', isThere: hasChromium },
  sipp: { debian: 'sip-tester', isThere: program('sipp') },
  baresip: { debian: 'baresip-core', isThere: program('baresip') },
  kamailio: { debian: 'kamailio', isThere: program('kamailio') },
  kamailioTls: { debian: 'kamailio-tls-modules', isThere: hasKamailioTls },
  sox: { debian: 'sox', isThere: program('sox') },
  openssl: { debian: 'openssl', isThere: program('openssl') },
  postgres: { debian: 'postgresql', isThere: hasPostgres },
  coturn: { debian: 'coturn', isThere: program('turnserver') },
});

/** Something is missing that only the machine's administrator can install; `message` names the command. */
export class MissingToolsError extends Error {
  /** @param {string[]} packages @param {string} [cause] */
  constructor(packages, cause) {
    super(
      `missing on this machine: ${packages.join(', ')}${cause ? ` (${cause})` : ''}\n` +
        `install with:  sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`,
    );
    this.name = 'MissingToolsError';
  }
}

/**
 * Installs Debian packages, when this is root on a machine with apt-get.
 * @param {string[]} packages
 * @param {string} log
 * @param {import('./progress.mjs').Step} progress
 * @throws {MissingToolsError}
 */
export async function aptInstall(packages, log, progress) {
  if (process.getuid?.() !== 0 || which('apt-get') === undefined) throw new MissingToolsError(packages);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  progress.say(`apt-get install ${packages.join(' ')}`);
  try {
    await withRetries(() => run('apt-get', [...options, 'update'], { log, env }), progress.say);
    const install = [...options, 'install', '-y', '--no-install-recommends', ...packages];
    await withRetries(() => run('apt-get', install, { log, env, onLine: progress.say }), progress.say);
  } catch (error) {
    throw new MissingToolsError(packages, firstLine(error));
  }
}

/**
 * Installs what is missing of the named tools.
 * @param {(keyof typeof TOOLS)[]} needed
 * @param {string} log
 * @param {import('./progress.mjs').Step} progress
 */
export async function installTools(needed, log, progress) {
  const missing = () => needed.map((name) => TOOLS[name]).filter((tool) => !tool.isThere());
  const before = missing();
  if (before.length === 0) return false;
  await aptInstall(
    before.map((tool) => tool.debian),
    log,
    progress,
  );
  const after = missing();
  if (after.length > 0) throw new MissingToolsError(after.map((tool) => tool.debian));
  return true;
}
