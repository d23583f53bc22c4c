/** baresip (Debian package) as a real user agent that answers calls; it is driven over its JSON control port. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, withFreshPorts } from '../ports.ts';
import { Process } from '../process.ts';
import { Waiting } from '../wait.ts';
import { portBound } from './ports.ts';

export interface BaresipOptions {
  /** User part it answers for; default `bob`. */
  readonly user?: string;
  /** Answers at once (default), or leaves the call ringing until `command('accept')`. */
  readonly answer?: 'auto' | 'manual';
  /** What it sends as audio: a minute of a sine of this many Hz (default 440), or a WAV file (8 kHz, mono, 16 bits). */
  readonly source?: { readonly sineHz: number } | { readonly wavFile: string };
  /** Codecs in order of preference; default both laws of G.711. */
  readonly audioCodecs?: readonly string[];
  readonly accountParams?: string;
  /** What it calls itself. */
  readonly displayName?: string;
  /** It writes texts to this SIP URI (command `message`), and keeps those that come. */
  readonly contact?: string;
  /** Registers there as `user`, and calls through it. */
  readonly registrar?: {
    readonly host: string;
    readonly port: number;
    readonly domain: string;
    readonly password: string;
  };
}

/** An event of baresip's control port, as it comes (`type` is for example CALL_ESTABLISHED). */
export interface BaresipEvent {
  readonly type: string;
  readonly class?: string;
  readonly direction?: string;
  readonly peeruri?: string;
  readonly id?: string;
  readonly param?: string;
}

export interface Baresip {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly uri: string;
  events(): readonly BaresipEvent[];
  /** Settles with the first event of `type`, past or future. */
  waitForEvent(type: string, timeoutMs?: number): Promise<BaresipEvent>;
  /** Runs a command of the menu: `accept`, `hangup`, `hold`, `resume`, `sndcode` (params: digits), … */
  command(name: string, params?: string): Promise<void>;
  /** WAV files of what it heard, one a call; complete when the call has ended. They are gone after `stop`. */
  heard(): Promise<readonly string[]>;
  /** Texts that came, with whom they came from; only with a `contact`. */
  texts(): readonly { readonly from: string; readonly text: string }[];
  output(): string;
  stop(): Promise<void>;
}

/** Starts a baresip on ephemeral ports of loopback; settles when it is ready for calls. */
export function startBaresip(options: BaresipOptions = {}): Promise<Baresip> {
  return withFreshPorts(() => start(options));
}

async function start(options: BaresipOptions): Promise<Baresip> {
  const directory = await mkdtemp(join(tmpdir(), 'baresip-'));
  // It listens for SIP over TLS one port further.
  const port = await freePort({ even: true });
  const controlPort = await freePort();
  const consolePort = await freePort();
  const rtpPort = await freePort({ even: true });
  const user = options.user ?? 'bob';
  const source = options.source ?? { sineHz: 440 };
  const uri = `sip:${user}@127.0.0.1:${port}`;
  const wavFile = 'wavFile' in source ? source.wavFile : join(directory, 'tone.wav');
  if ('sineHz' in source) await writeFile(wavFile, sineWav(source.sineHz, 60));
  await writeFile(
    join(directory, 'config'),
    [
      `sip_listen 127.0.0.1:${port}`,
      'net_prefer_ipv6 no',
      'net_interface 127.0.0.1',
      'call_local_timeout 120',
      'call_max_calls 16',
      // No player: sndfile writes what was decoded, nothing has to be heard.
      `audio_source aufile,${wavFile}`,
      `snd_path ${directory}`,
      `rtp_ports ${rtpPort}-${rtpPort + 40}`,
      'rtp_timeout 0',
      'module_path /usr/lib/baresip/modules',
      'module g711.so',
      'module aufile.so',
      'module sndfile.so',
      'module_tmp account.so',
      ...(options.contact === undefined
        ? []
        : ['module contact.so', 'module cons.so', `cons_listen 127.0.0.1:${consolePort}`]),
      'module_app menu.so',
      'module_app ctrl_tcp.so',
      `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
      '',
    ].join('\n'),
  );
  const codecs = (options.audioCodecs ?? ['PCMU/8000/1', 'PCMA/8000/1']).join(',');
  const { registrar } = options;
  const account =
    registrar === undefined
      ? `<sip:${user}@127.0.0.1:${port}>;regint=0`
      : `<sip:${user}@${registrar.domain}>;auth_pass=${registrar.password};outbound="sip:${registrar.host}:${registrar.port}";regint=60`;
  await writeFile(
    join(directory, 'accounts'),
    `${options.displayName === undefined ? '' : `"${options.displayName}" `}${account};answermode=${options.answer ?? 'auto'};audio_codecs=${codecs}${options.accountParams ?? ''}\n`,
  );
  await writeFile(join(directory, 'contacts'), options.contact === undefined ? '' : `"contact" <${options.contact}>\n`);
  const child = await Process.start('baresip', ['-f', directory, '-4', '-v'], { name: 'baresip', cwd: directory });
  await portBound('udp', port, { by: child });
  await portBound('tcp', controlPort, { by: child });
  const control = await Control.open(controlPort);
  const console = options.contact === undefined ? undefined : await Console.open(consolePort);

  return {
    host: '127.0.0.1',
    port,
    uri,
    events: () => control.events,
    waitForEvent: (type, timeoutMs) => control.waitForEvent(type, timeoutMs),
    command: (name, params) => control.command(name, params),
    heard: async () =>
      (await readdir(directory)).filter((name) => name.endsWith('-dec.wav')).map((name) => join(directory, name)),
    texts: () => console?.texts() ?? [],
    output: () => child.output,
    async stop() {
      control.close();
      console?.close();
      await child.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A WAV file (RIFF, PCM, 16 bits, mono, 8 kHz) of a sine at -12 dBFS. */
function sineWav(hertz: number, seconds: number): Buffer {
  const rate = 8_000;
  const samples = rate * seconds;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) {
    wav.writeInt16LE(Math.round(8_192 * Math.sin((2 * Math.PI * hertz * i) / rate)), 44 + i * 2);
  }
  return wav;
}

/** The control connection: netstrings (`<bytes>:<json>,`) both ways. */
class Control {
  readonly events: BaresipEvent[] = [];
  readonly #socket: Socket;
  readonly #waiting = new Waiting();
  readonly #answers = new Map<string, (answer: { ok: boolean; data?: string }) => void>();
  #buffer = Buffer.alloc(0);
  #token = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => undefined);
  }

  static open(port: number): Promise<Control> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Control(socket)));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  command(name: string, params?: string): Promise<void> {
    const token = String(++this.#token);
    const json = JSON.stringify({ command: name, ...(params === undefined ? {} : { params }), token });
    return new Promise((resolve, reject) => {
      this.#answers.set(token, (answer) => {
        if (answer.ok) resolve();
        else reject(new Error(`baresip refused ${name}: ${answer.data ?? ''}`));
      });
      this.#socket.write(`${Buffer.byteLength(json)}:${json},`);
    });
  }

  waitForEvent(type: string, timeoutMs = 10_000): Promise<BaresipEvent> {
    const seen = (): string => this.events.map((event) => event.type).join(', ');
    const error = () => new Error(`baresip did not say ${type} within ${timeoutMs} ms; it said: ${seen()}`);
    return this.#waiting.until(() => this.events.find((event) => event.type === type), { timeoutMs, error });
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const colon = this.#buffer.indexOf(':');
      if (colon < 0) return;
      const length = Number.parseInt(this.#buffer.toString('utf8', 0, colon), 10);
      if (this.#buffer.length < colon + 1 + length + 1) return;
      const json = this.#buffer.toString('utf8', colon + 1, colon + 1 + length);
      this.#buffer = this.#buffer.subarray(colon + 1 + length + 1);
      this.#take(JSON.parse(json) as Record<string, unknown>);
    }
  }

  #take(message: Record<string, unknown>): void {
    if (message.event === true) {
      this.events.push(message as unknown as BaresipEvent);
      this.#waiting.announce();
    } else if (typeof message.token === 'string') {
      const answer = this.#answers.get(message.token);
      this.#answers.delete(message.token);
      answer?.(message as { ok: boolean; data?: string });
    }
  }
}

/** The console, where texts that come are printed. */
class Console {
  readonly #socket: Socket;
  #printed = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
    });
    socket.on('error', () => undefined);
  }

  static open(port: number): Promise<Console> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Console(socket)));
    });
  }

  /** It prints `\rsip:…: "…"\n` for each. */
  texts(): { from: string; text: string }[] {
    return [...this.#printed.matchAll(/\r(sips?:[^"\s]*): "(.*?)"\n/gs)].map(([, from = '', text = '']) => ({
      from,
      text,
    }));
  }

  close(): void {
    this.#socket.destroy();
  }
}
