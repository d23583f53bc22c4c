/** SIPp (Debian package sip-tester) as the other side of a call: one scenario, an ephemeral port, its messages and verdict. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, withFreshPorts } from '../ports.ts';
import { Process } from '../process.ts';
import { portBound } from './ports.ts';

export interface SippOptions {
  /** A scenario file, or the name of a built-in one (`uas`, `uac`, …). */
  readonly scenario: string;
  /** `host:port` to call, for a calling scenario; without it SIPp waits for calls. */
  readonly target?: string;
  /** Calls after which SIPp ends by itself; default 1. 0: goes on until stopped. */
  readonly calls?: number;
  readonly transport?: 'udp' | 'tcp';
  /** Values for `[name]` in the scenario. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Put in place of `[name]` in a scenario file before SIPp reads it: for status codes, where it knows no keywords. */
  readonly fill?: Readonly<Record<string, string>>;
  /** User part for `[service]`. */
  readonly service?: string;
  /** Answers OPTIONS, INFO, UPDATE and NOTIFY by itself (`-aa`). */
  readonly autoAnswer?: boolean;
  /** Sends RTP that arrives at its media port back to the sender. */
  readonly rtpEcho?: boolean;
  /** SIPp gives up, and its run counts as failed, after this many seconds; default 60. */
  readonly timeoutS?: number;
  readonly args?: readonly string[];
}

/** One SIP message of the run, as SIPp logged it. */
export interface SippMessage {
  readonly direction: 'sent' | 'received';
  readonly text: string;
  /** First line of the message. */
  readonly startLine: string;
}

export interface SippResult {
  /** Every call of the run went as the scenario says. */
  readonly passed: boolean;
  readonly code: number | null;
  readonly messages: readonly SippMessage[];
  /** What SIPp found unexpected. */
  readonly errors: string;
}

export interface Sipp {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly mediaPort: number;
  /** Messages up to now. */
  messages(): Promise<readonly SippMessage[]>;
  /** Settles with the first message that `matches`; rejects when SIPp ends without it or `timeoutMs` is over. */
  waitForMessage(
    matches: (message: SippMessage, index: number, all: readonly SippMessage[]) => boolean,
    timeoutMs?: number,
  ): Promise<SippMessage>;
  /** Settles when SIPp has ended by itself (see `calls`). */
  readonly finished: Promise<SippResult>;
  /** Ends SIPp now; its result is that of the calls so far. */
  stop(): Promise<SippResult>;
}

/** Starts SIPp; settles when its signalling port is open. */
export function startSipp(options: SippOptions): Promise<Sipp> {
  return withFreshPorts(() => start(options));
}

async function start(options: SippOptions): Promise<Sipp> {
  const directory = await mkdtemp(join(tmpdir(), 'sipp-'));
  const transport = options.transport ?? 'udp';
  const port = await freePort();
  const mediaPort = await freePort({ even: true });
  const messageFile = join(directory, 'messages.log');
  const errorFile = join(directory, 'errors.log');
  const scenarioArgs = existsSync(options.scenario)
    ? ['-sf', options.fill === undefined ? options.scenario : await filled(options.scenario, options.fill, directory)]
    : ['-sn', options.scenario];
  const args = [
    ...scenarioArgs,
    ...['-i', '127.0.0.1', '-p', String(port), '-mi', '127.0.0.1', '-mp', String(mediaPort)],
    ...['-t', transport === 'udp' ? 'u1' : 't1', '-nostdin', '-skip_rlimit'],
    ...((options.calls ?? 1) > 0 ? ['-m', String(options.calls ?? 1)] : []),
    ...['-timeout', String(options.timeoutS ?? 60), '-timeout_error'],
    ...['-trace_msg', '-message_file', messageFile, '-trace_err', '-error_file', errorFile],
    ...(options.service === undefined ? [] : ['-s', options.service]),
    ...(options.autoAnswer ? ['-aa'] : []),
    ...(options.rtpEcho ? ['-rtp_echo'] : []),
    ...Object.entries(options.keys ?? {}).flatMap(([name, value]) => ['-key', name, value]),
    ...(options.args ?? []),
    ...(options.target === undefined ? [] : [options.target]),
  ];
  const child = await Process.start('sipp', args, { name: 'sipp', cwd: directory });

  const messages = async (): Promise<readonly SippMessage[]> =>
    parseMessages(await readFile(messageFile, 'utf8').catch(() => ''));
  const finished = child.ended.then(async ({ code }): Promise<SippResult> => {
    const result: SippResult = {
      passed: code === 0,
      code,
      messages: await messages(),
      errors: `${await readFile(errorFile, 'utf8').catch(() => '')}${code === 0 ? '' : child.output.slice(-2_000)}`,
    };
    await rm(directory, { recursive: true, force: true });
    return result;
  });
  await portBound(transport, port, { by: child }).catch(async (error: unknown) => {
    await child.stop(0);
    throw error;
  });

  return {
    host: '127.0.0.1',
    port,
    mediaPort,
    messages,
    async waitForMessage(matches, timeoutMs = 10_000) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const ended = child.hasEnded;
        const seen = ended ? (await finished).messages : await messages();
        const found = seen.find(matches);
        if (found) return found;
        if (ended || Date.now() > deadline) {
          throw new Error(
            `SIPp did not see the message; it saw:\n${seen.map((m) => `${m.direction}: ${m.startLine}`).join('\n')}`,
          );
        }
        await pause(10);
      }
    },
    finished,
    async stop() {
      // SIGUSR1 asks SIPp to finish its calls first; a test that stops it wants the end now.
      await child.stop();
      return finished;
    },
  };
}

async function filled(scenario: string, values: Readonly<Record<string, string>>, directory: string): Promise<string> {
  const text = await readFile(scenario, 'utf8');
  const file = join(directory, 'scenario.xml');
  await writeFile(
    file,
    text.replace(/\[(\w+)\]/g, (keyword, name: string) => values[name] ?? keyword),
  );
  return file;
}

/** Splits SIPp's message log: dashes with a date, a line on direction and size, an empty line, the message. */
export function parseMessages(log: string): SippMessage[] {
  return log
    .split(/^-{20,} .*$/m)
    .map((part) => part.match(/^\s*(?:UDP|TCP|TLS|SCTP) message (sent|received)[^\n]*\n\s*\n([\s\S]*)$/))
    .filter((match) => match !== null)
    .map((match) => {
      const text = (match[2] ?? '').replace(/\n$/, '');
      return {
        direction: match[1] === 'sent' ? 'sent' : 'received',
        text,
        startLine: text.split(/\r?\n/, 1)[0] ?? '',
      };
    });
}
