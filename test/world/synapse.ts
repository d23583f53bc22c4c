/** A real Synapse for tests and for the demo: started with its registration, stopped without a trace. */
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from './ports.ts';
import { Process } from './process.ts';
import { homeserverYaml, logYaml } from './synapse-config.ts';
import { removeFolder, temporaryFolder } from './temporary.ts';
import { until } from './wait.ts';

export interface SynapseOptions {
  readonly serverName: string;
  /** Application service registrations, written before the start: Synapse reads them once. */
  readonly registrationFiles: readonly string[];
  /** Where it listens; by default any free port. An application service must know it before the homeserver starts. */
  readonly port?: number;
  /** Laid over its configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A user of the homeserver with a session. */
export interface MatrixSession {
  readonly userId: string;
  readonly password: string;
  readonly accessToken: string;
  readonly deviceId: string;
}

/** Python of the virtual environment that the set-up made, or the one that TEST_SYNAPSE_PYTHON names. */
export function synapsePython(): string {
  const python =
    process.env.TEST_SYNAPSE_PYTHON ?? path.resolve(import.meta.dirname, '../../.trunkline/venv/bin/python');
  if (!existsSync(python)) throw new Error(`no Synapse at ${python}: "npm test" and "npm run demo" install it`);
  return python;
}

/** A running Synapse. */
export class Synapse {
  /** Client-server API, no slash at the end. */
  readonly url: string;
  readonly serverName: string;
  readonly #folder: string;
  readonly #sharedSecret: string;
  #process: Process;

  private constructor(url: string, serverName: string, folder: string, sharedSecret: string, process: Process) {
    this.url = url;
    this.serverName = serverName;
    this.#folder = folder;
    this.#sharedSecret = sharedSecret;
    this.#process = process;
  }

  /** Starts it and settles when it answers. Its data lies in a temporary folder. */
  static async start(options: SynapseOptions): Promise<Synapse> {
    const folder = await temporaryFolder('synapse');
    const sharedSecret = randomBytes(24).toString('hex');
    try {
      // The key's file format: algorithm, key id, unpadded base64 of 32 bytes.
      const key = randomBytes(32).toString('base64').replaceAll('=', '');
      await writeFile(path.join(folder, 'signing.key'), `ed25519 a_test ${key}\n`);
      await writeFile(path.join(folder, 'log.yaml'), logYaml());
      const port = options.port ?? (await freePort());
      await writeFile(path.join(folder, 'homeserver.yaml'), homeserverYaml({ ...options, port, folder, sharedSecret }));
      const url = `http://127.0.0.1:${port}`;
      return new Synapse(url, options.serverName, folder, sharedSecret, await launch(folder, url));
    } catch (error) {
      await removeFolder(folder);
      throw error;
    }
  }

  /** What it has logged, for a failed test. */
  get log(): string {
    return this.#process.output;
  }

  /** Settles when the process that runs now has ended. */
  get ended(): Promise<unknown> {
    return this.#process.ended;
  }

  /** Stops the process, keeping its data. */
  async halt(): Promise<void> {
    await this.#process.stop();
  }

  /** Starts it again on the same data and port. */
  async resume(): Promise<void> {
    this.#process = await launch(this.#folder, this.url);
  }

  /** Stops it and removes its data. */
  async stop(): Promise<void> {
    await this.#process.stop();
    await removeFolder(this.#folder);
  }

  /** Registers a user by the shared secret (Synapse's admin API) and gives a session of it. */
  async register(username: string, password: string, { admin = false } = {}): Promise<MatrixSession> {
    const { nonce } = (await this.request('GET', '/_synapse/admin/v1/register')) as { nonce: string };
    const mac = createHmac('sha1', this.#sharedSecret)
      .update([nonce, username, password, admin ? 'admin' : 'notadmin'].join('\0'))
      .digest('hex');
    const body = { nonce, username, password, admin, mac };
    return session(await this.request('POST', '/_synapse/admin/v1/register', { body }), password);
  }

  /** Logs a user in once more: another device. */
  async login(username: string, password: string): Promise<MatrixSession> {
    const body = { type: 'm.login.password', identifier: { type: 'm.id.user', user: username }, password };
    return session(await this.request('POST', '/_matrix/client/v3/login', { body }), password);
  }

  /** A request of the client-server API; throws with the homeserver's error unless it is a 2xx. */
  async request(
    method: string,
    resource: string,
    { body, token }: { readonly body?: unknown; readonly token?: string } = {},
  ): Promise<unknown> {
    const response = await fetch(this.url + resource, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${resource}: ${response.status} ${text.slice(0, 300)}`);
    return JSON.parse(text);
  }
}

function session(reply: unknown, password: string): MatrixSession {
  const { user_id, access_token, device_id } = reply as { user_id: string; access_token: string; device_id: string };
  return { userId: user_id, password, accessToken: access_token, deviceId: device_id };
}

async function launch(folder: string, url: string): Promise<Process> {
  const args = ['-m', 'synapse.app.homeserver', '--config-path', path.join(folder, 'homeserver.yaml')];
  // Its PYTHON* variables are the machine's own business, not the virtual environment's.
  const env = { PYTHONPATH: undefined, PYTHONHOME: undefined };
  const running = await Process.start(synapsePython(), args, { name: 'Synapse', cwd: folder, env });
  const failed = running.ended.then(() => {
    throw new Error(`Synapse ended while it started:\n${running.output.slice(-4_000)}`);
  });
  failed.catch(() => {});
  const healthy = until('Synapse to be healthy', async () => (await fetch(`${url}/health`)).ok, { timeoutMs: 90_000 });
  try {
    await Promise.race([healthy, failed]);
  } catch (error) {
    healthy.catch(() => {});
    await running.stop();
    throw error;
  }
  return running;
}
