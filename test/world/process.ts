/** Child processes of a test: their output kept, their end awaited, nothing of them left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { environment } from './environment.ts';
import { Waiting } from './wait.ts';

export interface ProcessOptions {
  /** How it is called in messages. */
  readonly name: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Every line of stdout and stderr as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

const OUTPUT_LIMIT = 2_000_000;
const groups = new Set<number>();

// A test runner that ends without its clean-up must not leave servers behind.
process.on('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
});

// A signal that nobody handles would end this process without its exit handlers: a test runner's worker, for instance.
for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.once(signal, () => {
    if (process.listenerCount(signal) === 0) process.exit(128 + number);
  });
}

/** Sends a signal to a process group; one that is gone already is fine. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A process ended, or said nothing in time, while something was expected of it; the message has its last output. */
export class ProcessError extends Error {
  /** All of it that was kept. */
  readonly output: string;

  constructor(name: string, what: string, output: string) {
    super(`${name} ${what}\n--- its last output:\n${output.split('\n').slice(-40).join('\n')}`);
    this.name = 'ProcessError';
    this.output = output;
  }
}

/** A child process with its own process group, so that what it starts ends with it. */
export class Process {
  readonly name: string;
  readonly pid: number;
  /** Settles when the process has ended, with its status or the signal that ended it. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  #output = '';
  #hasEnded = false;
  readonly #waiting = new Waiting();

  private constructor(name: string, child: ChildProcess, pid: number) {
    this.name = name;
    this.pid = pid;
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#hasEnded = true;
        groups.delete(pid);
        this.#waiting.announce();
        resolve({ code, signal });
      });
    });
  }

  /** Starts a process; throws ProcessError when it cannot be started. */
  static async start(program: string, args: readonly string[], options: ProcessOptions): Promise<Process> {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...environment(), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    try {
      await once(child, 'spawn');
    } catch (error) {
      throw new ProcessError(options.name, `could not be started: ${(error as Error).message}`, '');
    }
    const pid = child.pid;
    if (pid === undefined) throw new ProcessError(options.name, 'has no process id', '');
    groups.add(pid);
    const started = new Process(options.name, child, pid);
    for (const stream of ['stdout', 'stderr'] as const) {
      let rest = '';
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        started.#output = (started.#output + text).slice(-OUTPUT_LIMIT);
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) options.onLine?.(line, stream);
        started.#waiting.announce();
      });
    }
    return started;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** What it has printed, both streams in the order they came; the last two million characters of it. */
  get output(): string {
    return this.#output;
  }

  /** The first line printed so far or from now on that matches. Rejects when the process ends or `timeoutMs` is over. */
  waitForLine(pattern: RegExp, timeoutMs: number): Promise<RegExpMatchArray> {
    return this.#waitFor(pattern, timeoutMs, () => {
      const lines = this.#output.split('\n');
      // The last one is not complete.
      if (!this.#hasEnded) lines.pop();
      for (const line of lines) {
        const match = line.match(pattern);
        if (match) return match;
      }
      return undefined;
    });
  }

  /** As `waitForLine`, with a pattern that may span lines: it is looked for in all of the output. */
  waitForOutput(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpMatchArray> {
    return this.#waitFor(pattern, timeoutMs, () => this.#output.match(pattern) ?? undefined);
  }

  #waitFor(pattern: RegExp, timeoutMs: number, look: () => RegExpMatchArray | undefined): Promise<RegExpMatchArray> {
    const error = () => new ProcessError(this.name, `did not print ${pattern} in ${timeoutMs} ms`, this.#output);
    return this.#waiting.until(
      () => {
        const match = look();
        if (!match && this.#hasEnded)
          throw new ProcessError(this.name, `ended before it printed ${pattern}`, this.#output);
        return match;
      },
      { timeoutMs, error },
    );
  }

  /** Sends a signal to the process and all that it started. */
  kill(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) signalGroup(this.pid, signal);
  }

  /** Ends it: SIGTERM, and SIGKILL when it has not ended in `graceMs`. Idempotent. */
  async stop(graceMs = 5_000): Promise<void> {
    if (!this.#hasEnded) {
      this.kill('SIGTERM');
      const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
      await this.ended;
      clearTimeout(timer);
    }
    // What the process itself had started and left behind.
    signalGroup(this.pid, 'SIGKILL');
  }
}
