/** The gateway as a process of its own, as `trunkline run` starts it, its log in a file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type ConfigOverride, Gateway } from '../world/gateway.ts';
import { until } from '../world/wait.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const NODE = path.join(ROOT, 'node_modules', '.bin', 'node');
/** Not the system's temporary folder, which may lie in memory: the store must be on a disk. */
export const BENCH_FOLDER = path.join(ROOT, '.trunkline', 'bench');

export interface GatewayProcessOptions {
  readonly name: string;
  readonly serverName: string;
  readonly homeserverPort: number;
  readonly sipPeerPort: number;
  readonly config?: ConfigOverride;
  /** For Node, before the script. */
  readonly nodeArgs?: readonly string[];
}

export class GatewayProcess {
  readonly url: string;
  readonly hsToken: string;
  readonly database: string;
  readonly #gateway: Gateway;
  readonly #options: GatewayProcessOptions;
  #child: ChildProcess | undefined;

  private constructor(options: GatewayProcessOptions, gateway: Gateway, hsToken: string) {
    this.#options = options;
    this.#gateway = gateway;
    this.url = gateway.url;
    this.hsToken = hsToken;
    this.database = databaseOf(options.name);
  }

  static async prepare(options: GatewayProcessOptions): Promise<GatewayProcess> {
    mkdirSync(BENCH_FOLDER, { recursive: true });
    const database = databaseOf(options.name);
    for (const ending of ['', '-wal', '-shm']) rmSync(`${database}${ending}`, { force: true });
    const gateway = await Gateway.prepare({
      serverName: options.serverName,
      homeserverUrl: `http://127.0.0.1:${options.homeserverPort}`,
      trunk: { host: '127.0.0.1', port: options.sipPeerPort },
      config: {
        store: { path: database },
        dialer: { enabled: false },
        log: { level: 'info', format: 'json' },
        limits: { calls: 1_000 },
        ...options.config,
      },
    });
    const { hsToken } = await gateway.tokens();
    return new GatewayProcess(options, gateway, hsToken);
  }

  get pid(): number {
    return this.#running.pid ?? 0;
  }

  /** UDP and TCP port of its SIP server. */
  get sipPort(): number {
    return this.#gateway.sipPort;
  }

  get logFile(): string {
    return path.join(BENCH_FOLDER, `${this.#options.name}.log`);
  }

  /** Settles when every part of it is healthy. */
  async start(): Promise<void> {
    const log = openSync(this.logFile, 'w');
    const args = [...(this.#options.nodeArgs ?? []), path.join(ROOT, 'src', 'main.ts')];
    const child = spawn(NODE, [...args, 'run', '--config', this.#gateway.configFile], {
      cwd: BENCH_FOLDER,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    process.on('exit', () => child.kill('SIGKILL'));
    this.#child = child;
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the gateway ended:\n${readFileSync(this.logFile, 'utf8').slice(-4_000)}`);
    });
    ended.catch(() => {});
    await Promise.race([until('the gateway to be healthy', async () => (await fetch(`${this.url}/health`)).ok), ended]);
  }

  /** Figures of `/metrics` by their name. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    return new Map([...text.matchAll(/^([a-z_]+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
  }

  /** Asks a script that was preloaded into the process (`--import`) and settles with its answer. */
  async ask(question: string): Promise<unknown> {
    const answered = once(this.#running, 'message');
    this.#running.send(question);
    const [answer] = await answered;
    return answer;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await this.#gateway.stop();
  }

  get #running(): ChildProcess {
    if (this.#child === undefined) throw new Error('the gateway is not running');
    return this.#child;
  }
}

function databaseOf(name: string): string {
  return path.join(BENCH_FOLDER, `${name}.sqlite`);
}
