/** The gateway as its administrator runs it: a process, a configuration file, a registration. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { freePort } from './ports.ts';
import { Process, type ProcessOptions } from './process.ts';
import { removeFolder, temporaryFolder } from './temporary.ts';
import { until } from './wait.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const NODE = path.join(ROOT, 'node_modules', '.bin', 'node');

/** Any part of the configuration, to be laid over the one for tests. */
export interface ConfigOverride {
  readonly [key: string]: unknown;
}

export interface GatewayOptions {
  /** The homeserver's name and where it will listen: the gateway starts first. */
  readonly serverName: string;
  readonly homeserverUrl: string;
  /** The trunk: `host` and `port` at least. */
  readonly trunk: ConfigOverride;
  readonly config?: ConfigOverride;
  readonly onLine?: ProcessOptions['onLine'];
  /** Where the homeserver and browsers reach it; by default any free port. */
  readonly port?: number;
  /** UDP and TCP port of its SIP server; by default any free one. */
  readonly sipPort?: number;
}

/** A gateway that has a configuration and a registration. */
export class Gateway {
  /** Where the homeserver and browsers reach it. */
  readonly url: string;
  readonly folder: string;
  readonly registrationFile: string;
  /** UDP and TCP port of the SIP server. */
  readonly sipPort: number;
  readonly #onLine: ProcessOptions['onLine'];
  #process: Process | undefined;
  #logged = '';

  private constructor(url: string, folder: string, sipPort: number, onLine: ProcessOptions['onLine']) {
    this.url = url;
    this.folder = folder;
    this.sipPort = sipPort;
    this.#onLine = onLine;
    this.registrationFile = path.join(folder, 'registration.yaml');
  }

  /** Writes configuration and registration into a temporary folder; starts nothing. */
  static async prepare(options: GatewayOptions): Promise<Gateway> {
    const folder = await temporaryFolder('gateway');
    const port = options.port ?? (await freePort());
    const sipPort = options.sipPort ?? (await freePort());
    const url = `http://127.0.0.1:${port}`;
    const gateway = new Gateway(url, folder, sipPort, options.onLine);
    const config = merge(
      {
        homeserver: { url: options.homeserverUrl, domain: options.serverName },
        appservice: { url, listen: { host: '127.0.0.1', port }, registration: gateway.registrationFile },
        ghosts: { gateway_host: 'sip.example.org' },
        permissions: { call_out: [`@*:${options.serverName}`] },
        numbers: { region: 'GB' },
        // Without keep-alive: a SIPp that waits for a call would take an OPTIONS for it.
        trunks: [{ name: 'test', transport: 'udp', keep_alive_s: 0, ...options.trunk }],
        sip: {
          embedded: {
            advertise: '127.0.0.1',
            listen: [
              { transport: 'udp', host: '127.0.0.1', port: sipPort },
              { transport: 'tcp', host: '127.0.0.1', port: sipPort },
            ],
          },
        },
        // Below the ports that the kernel hands out, from which every other port of a test comes.
        media: {
          embedded: {
            rtp: { bind: '127.0.0.1', port_min: 20_000, port_max: 23_999 },
            webrtc: { bind: browserAddresses(), port_min: 24_000, port_max: 27_999 },
          },
        },
        store: { path: path.join(folder, 'trunkline.sqlite') },
        dialer: { homeserver_url: options.homeserverUrl },
        log: { level: 'debug', format: 'json' },
      },
      options.config ?? {},
    );
    await writeFile(gateway.configFile, stringify(config));
    await gateway.#command('registration');
    return gateway;
  }

  /** The registrations that were written: with the one for acting as users, where that is configured. */
  get registrationFiles(): readonly string[] {
    return [this.registrationFile, this.#usersRegistrationFile].filter((file) => existsSync(file));
  }

  get #usersRegistrationFile(): string {
    return path.join(this.folder, 'registration-users.yaml');
  }

  get configFile(): string {
    return path.join(this.folder, 'trunkline.yaml');
  }

  /** All that it has logged, of earlier runs too. */
  get log(): string {
    return this.#logged + (this.#process?.output ?? '');
  }

  /** Settles when the process that runs now has ended. */
  get ended(): Promise<unknown> {
    return this.#process?.ended ?? Promise.resolve();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Tokens of the registration, for a test that speaks to the homeserver in the gateway's place. */
  async tokens(): Promise<{ readonly asToken: string; readonly hsToken: string }> {
    const registration = parse(await readFile(this.registrationFile, 'utf8')) as Record<string, string>;
    return { asToken: registration.as_token ?? '', hsToken: registration.hs_token ?? '' };
  }

  /** Starts it and settles when it answers. */
  async start(): Promise<void> {
    const args = [path.join(ROOT, 'src', 'main.ts'), 'run', '--config', this.configFile];
    const onLine = this.#onLine;
    const running = await Process.start(NODE, args, {
      name: 'gateway',
      cwd: this.folder,
      ...(onLine ? { onLine } : {}),
    });
    this.#process = running;
    // Any status is an answer: before the homeserver is up, health may well say so.
    await this.#unlessItEnds('the gateway to answer', (status) => status > 0);
  }

  /** Settles when every part of it is up; rejects with its log when it ends instead. */
  async healthy(): Promise<void> {
    await this.#unlessItEnds('the gateway to be healthy', (status) => status === 200);
  }

  async #unlessItEnds(what: string, isGood: (status: number) => boolean): Promise<void> {
    const ended = this.ended.then(() => {
      throw new Error(`the gateway ended while it started:\n${this.log.slice(-4_000)}`);
    });
    ended.catch(() => {});
    const answers = until(what, async () => isGood((await fetch(`${this.url}/health`)).status));
    answers.catch(() => {});
    await Promise.race([answers, ended]);
  }

  /** Ends it as `systemctl stop` does; its data stays. */
  async halt(): Promise<void> {
    await this.#end((running) => running.stop(15_000));
  }

  /** Holds it still, as a machine that swaps does; it notices nothing. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it without a chance to clean up. */
  async kill(): Promise<void> {
    await this.#end(async (running) => {
      running.kill('SIGKILL');
      await running.ended;
    });
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    await this.halt();
    await removeFolder(this.folder);
  }

  async #end(how: (running: Process) => Promise<void>): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    await how(running);
    this.#logged += running.output;
    this.#process = undefined;
  }

  async #command(...args: string[]): Promise<void> {
    const script = path.join(ROOT, 'src', 'main.ts');
    const command = await Process.start(NODE, [script, ...args, '--config', this.configFile], {
      name: `trunkline ${args.join(' ')}`,
      cwd: this.folder,
    });
    const { code } = await command.ended;
    if (code !== 0) throw new Error(`trunkline ${args.join(' ')} ended with ${code}:\n${command.output}`);
  }
}

/** Addresses that a browser on this machine has host candidates for: it leaves loopback out unless there is nothing else. */
function browserAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outside = all.filter((address) => address.family === 'IPv4' && !address.internal);
  return outside.length > 0 ? outside.map((address) => address.address) : ['127.0.0.1'];
}

/** `over` laid over `base`: objects are joined, everything else is replaced. */
function merge(base: ConfigOverride, over: ConfigOverride): ConfigOverride {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isObject(below) && isObject(value) ? merge(below, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is ConfigOverride {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
