import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandError, run, withRetries } from './command.mjs';
import { MissingToolsError } from './debian.mjs';
import { takeLock } from './lock.mjs';
import { nodeModulesCurrent } from './node-modules.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'trunkline-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('whether the npm packages are current', () => {
  const lock = (version: string) =>
    JSON.stringify({
      packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version: '1', optional: true } },
    });

  function checkout(wanted: string, installed: string | undefined): string {
    mkdirSync(path.join(folder, 'node_modules', '.bin'), { recursive: true });
    symlinkSync(process.execPath, path.join(folder, 'node_modules', '.bin', 'node'));
    writeFileSync(path.join(folder, 'package-lock.json'), wanted);
    if (installed !== undefined) writeFileSync(path.join(folder, 'node_modules', '.package-lock.json'), installed);
    return folder;
  }

  it('they are when every wanted version is there', () => {
    const installed = JSON.stringify({ packages: { 'node_modules/a': { version: '2' } } });
    expect(nodeModulesCurrent(checkout(lock('2'), installed))).toBe(true);
  });

  it('they are not when a version differs', () => {
    expect(nodeModulesCurrent(checkout(lock('2'), lock('1')))).toBe(false);
  });

  it('they are not when an installation was broken off: npm writes its list last', () => {
    expect(nodeModulesCurrent(checkout(lock('2'), undefined))).toBe(false);
  });

  it('they are not when the Node among them does not start', () => {
    const root = checkout(lock('2'), lock('2'));
    rmSync(path.join(root, 'node_modules', '.bin', 'node'));
    expect(nodeModulesCurrent(root)).toBe(false);
  });
});

describe('the lock of the set-up', () => {
  it('lets a second set-up wait for the first', async () => {
    const unlock = await takeLock(folder, () => {});
    let isWaiting = false;
    const second = takeLock(folder, () => {
      isWaiting = true;
      unlock();
    });
    (await second)();
    expect(isWaiting).toBe(true);
  });

  it('is taken over from one who has died', async () => {
    // No process has this number: it is above the largest that Linux gives.
    writeFileSync(path.join(folder, 'setup.lock'), '4194305');
    const unlock = await takeLock(folder, () => expect.unreachable('nobody holds it'));
    expect(readFileSync(path.join(folder, 'setup.lock'), 'utf8')).toBe(String(process.pid));
    unlock();
  });
});

describe('a command of the set-up', () => {
  it('keeps what it printed for the log and the error', async () => {
    const log = path.join(folder, 'setup.log');
    const failed = run('sh', ['-c', 'echo to the log; exit 3'], { log });
    await expect(failed).rejects.toThrow(CommandError);
    await expect(failed).rejects.toThrow(/ended with status 3\nto the log/);
    expect(readFileSync(log, 'utf8')).toContain('to the log');
  });

  it('that is not there says so', async () => {
    await expect(run('no-such-program', [], { log: path.join(folder, 'x') })).rejects.toThrow(/could not be started/);
  });

  it('is tried again after a hiccup', async () => {
    let tries = 0;
    const said: string[] = [];
    const result = await withRetries(
      async () => {
        if (++tries === 1) throw new Error('a hiccup\nwith details');
        return 'done';
      },
      (text) => said.push(text),
    );
    expect(result).toBe('done');
    expect(said).toEqual(['a hiccup; trying again in 2 s']);
  });
});

it('what is missing on the machine is named with the command that installs it', () => {
  expect(new MissingToolsError(['chromium', 'sip-tester']).message).toBe(
    'missing on this machine: chromium, sip-tester\n' +
      'install with:  sudo apt-get update && sudo apt-get install -y chromium sip-tester',
  );
});
