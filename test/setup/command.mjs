// @ts-check
// Runs a command of the set-up; what it prints goes to the set-up's log, the last lines of it into the error.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import path from 'node:path';

/** A command of the set-up failed; `message` has the end of its output. */
export class CommandError extends Error {
  /**
   * @param {string} line the command as typed
   * @param {string} outcome how it ended
   * @param {string} tail the last lines it printed
   */
  constructor(line, outcome, tail) {
    super(`"${line}" ${outcome}\n${tail}`);
    this.name = 'CommandError';
    this.tail = tail;
  }
}

/** The PATH without `node_modules/.bin`: the machine's own npm and Node are wanted while node_modules is replaced. */
export function systemPath() {
  const parts = (process.env.PATH ?? '').split(path.delimiter).filter((dir) => !dir.includes('node_modules'));
  return [...parts, '/usr/local/sbin', '/usr/sbin', '/sbin'].join(path.delimiter);
}

/**
 * Where a program is, searched like a shell does (and in the sbin folders, where Debian keeps servers).
 * @param {string} program
 * @returns {string | undefined}
 */
export function which(program) {
  for (const dir of systemPath().split(path.delimiter)) {
    const file = path.join(dir, program);
    if (dir && existsSync(file)) return file;
  }
  return undefined;
}

/**
 * Runs a command to its end.
 * @param {string} program
 * @param {string[]} args
 * @param {{ log: string, cwd?: string, env?: Record<string, string | undefined>, onLine?: (line: string) => void }} options
 * @returns {Promise<string>} what it printed
 * @throws {CommandError} when it cannot be started or ends with anything but 0
 */
export function run(program, args, { log, cwd, env, onLine }) {
  const line = [program, ...args].join(' ');
  appendFileSync(log, `\n$ ${line}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, PATH: systemPath(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const take = (/** @type {Buffer} */ chunk) => {
      const text = chunk.toString();
      output += text;
      appendFileSync(log, text);
      const last = text.trimEnd().split('\n').at(-1)?.trim();
      if (last) onLine?.(last);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const tail = () => output.trimEnd().split('\n').slice(-15).join('\n');
    child.on('error', (error) => reject(new CommandError(line, `could not be started: ${error.message}`, tail())));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new CommandError(line, signal ? `was ended by ${signal}` : `ended with status ${code}`, tail()));
    });
  });
}

/**
 * Runs something again when it fails, because package sources hiccup: after 2 s, then after 8 s.
 * @template T
 * @param {() => Promise<T>} action
 * @param {(message: string) => void} say
 * @returns {Promise<T>}
 */
export async function withRetries(action, say) {
  for (const waitS of [2, 8]) {
    try {
      return await action();
    } catch (error) {
      say(`${firstLine(error)}; trying again in ${waitS} s`);
      await new Promise((resolve) => setTimeout(resolve, waitS * 1000));
    }
  }
  return action();
}

/** @param {unknown} error */
export function firstLine(error) {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
