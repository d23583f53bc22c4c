/** A child process of a test: its output is collected, its events are awaited, and it never outlives the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { environment } from '../environment.ts';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});

/** Signals the process and all that it has forked: a Kamailio whose first process is killed leaves its workers behind. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export class Child {
  /** Settles when the process is gone; never rejects. */
  readonly exit: Promise<ChildExit>;
  readonly #process: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #output = '';
  #exited: ChildExit | undefined;

  constructor(options: ChildOptions) {
    this.#process = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env ?? environment(),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    running.add(this.#process);
    const collect = (chunk: Buffer): void => {
      this.#output += chunk.toString('utf8');
      for (const check of [...this.#waiting]) check();
    };
    this.#process.stdout?.on('data', collect);
    this.#process.stderr?.on('data', collect);
    // A peer that is gone must not end the test run by EPIPE.
    this.#process.stdin?.on('error', () => undefined);
    this.exit = new Promise((resolve) => {
      const settle = (exit: ChildExit): void => {
        if (this.#exited) return;
        this.#exited = exit;
        running.delete(this.#process);
        for (const check of [...this.#waiting]) check();
        resolve(exit);
      };
      this.#process.once('error', (error) => {
        this.#output += `\n${error.message}\n`;
        settle({ code: null, signal: null });
      });
      this.#process.once('close', (code, signal) => settle({ code, signal }));
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Everything the process wrote so far, standard output and error in the order of arrival. */
  get output(): string {
    return this.#output;
  }

  get exited(): ChildExit | undefined {
    return this.#exited;
  }

  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  /** Settles with the match of `pattern` in the output; rejects when the process ends without it or `timeoutMs` is over. */
  waitForOutput(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
      };
      const check = (): void => {
        const match = this.#output.match(pattern);
        if (match) {
          done();
          resolve(match);
        } else if (this.#exited) {
          done();
          reject(new Error(`the process ended before it wrote ${pattern}:\n${this.#output}`));
        }
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`the process did not write ${pattern} within ${timeoutMs} ms:\n${this.#output}`));
      }, timeoutMs);
      this.#waiting.add(check);
      check();
    });
  }

  /** Ends the process: `signal` first, SIGKILL when it does not obey within two seconds. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ChildExit> {
    if (this.#exited) return this.#exited;
    signalGroup(this.#process, signal);
    const force = setTimeout(() => signalGroup(this.#process, 'SIGKILL'), 2_000);
    const exit = await this.exit;
    clearTimeout(force);
    return exit;
  }
}
