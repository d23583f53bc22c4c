/** A real PostgreSQL server for tests, in a temporary folder, reached by a socket in it. */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { until } from './wait.ts';

const USER = 'trunkline';
/** The server refuses to run as root: then it runs as the user that Debian's package makes. */
const DEBIAN_USER = 'postgres';

/** Where `initdb` and `postgres` are: Debian keeps them off the PATH, a folder for each release. Undefined when there are none. */
export function postgresPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const releases = existsSync(debian) ? readdirSync(debian) : [];
  const folders = [
    ...releases.sort((a, b) => Number(b) - Number(a)).map((release) => path.join(debian, release, 'bin')),
    ...(process.env.PATH ?? '').split(path.delimiter),
  ];
  return folders.find((folder) => folder !== '' && existsSync(path.join(folder, 'initdb')));
}

function id(flag: '-u' | '-g'): number {
  const { stdout, status } = spawnSync('id', [flag, DEBIAN_USER], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`PostgreSQL does not run as root, and there is no user ${DEBIAN_USER}`);
  return Number(stdout);
}

function asWhom(): { readonly uid?: number; readonly gid?: number } {
  return process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
}

export interface PostgresServerOptions {
  /** Its folder; a new one when absent. Must be readable by the user `postgres` when this is root. */
  readonly folder?: string;
  /** Waits for the disk at each commit: for measurements. Tests are quicker without. */
  readonly durable?: boolean;
  /** Listens on this port of 127.0.0.1 too. */
  readonly port?: number;
  /** The process with which it ends at the latest, even if that is killed; this one when absent. */
  readonly owner?: number;
}

/** It runs until `remove`, or until its owner is gone. */
export class PostgresServer {
  readonly folder: string;
  readonly #options: PostgresServerOptions;

  private constructor(folder: string, options: PostgresServerOptions) {
    this.folder = folder;
    this.#options = options;
  }

  /** Makes an empty server and settles when it answers. */
  static async start(options: PostgresServerOptions = {}): Promise<PostgresServer> {
    const server = new PostgresServer(options.folder ?? postgresFolder(), options);
    server.#initialize();
    server.#endWith(options.owner ?? process.pid);
    await server.run();
    return server;
  }

  /** One that runs in this folder. */
  static at(folder: string): PostgresServer {
    return new PostgresServer(folder, {});
  }

  /** `postgres://…` of a database on it. */
  url(database: string): string {
    const { port } = this.#options;
    const host = port === undefined ? encodeURIComponent(this.folder) : `127.0.0.1:${port}`;
    return `postgres://${USER}@${host}/${database}`;
  }

  /** Makes the database. */
  async create(database: string, template = 'template0'): Promise<string> {
    await this.query(`create database "${database}" template "${template}"`);
    return this.url(database);
  }

  /** Runs it in the database that every server has. */
  async query(sql: string, database = 'postgres'): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return (await client.query(sql)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }

  #program(name: string): string {
    const folder = postgresPrograms();
    if (folder === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
    return path.join(folder, name);
  }

  #initialize(): void {
    // Sorted as people sort: whatever is compared by bytes in spite of it is right on any server.
    const locale = ['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en'];
    const basics = ['-D', this.#data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync'];
    for (const args of [
      [...basics, ...locale],
      [...basics, '--locale=C.UTF-8'],
    ]) {
      const { status, stderr } = spawnSync(this.#program('initdb'), args, {
        ...asWhom(),
        cwd: this.folder,
        encoding: 'utf8',
      });
      if (status === 0) return;
      rmSync(this.#data, { recursive: true, force: true });
      // Before release 15, or built without ICU.
      if (!/locale-provider|icu/i.test(stderr)) throw new Error(`initdb failed: ${stderr}`);
    }
    throw new Error('initdb failed');
  }

  get #data(): string {
    return path.join(this.folder, 'data');
  }

  /** Starts it (again) on what is in its folder, and settles when it answers. */
  async run(): Promise<void> {
    const { durable = false, port } = this.#options;
    const settings = {
      unix_socket_directories: this.folder,
      listen_addresses: port === undefined ? '' : '127.0.0.1',
      ...(port === undefined ? {} : { port }),
      max_connections: 300,
      ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', autovacuum: 'off' }),
    };
    const log = openSync(path.join(this.folder, 'log'), 'a');
    const child = spawn(
      this.#program('postgres'),
      ['-D', this.#data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...asWhom(), cwd: this.folder, detached: true, stdio: ['ignore', log, log] },
    );
    child.unref();
    await until('PostgreSQL to answer', async () => (await this.query('select 1')).length > 0);
  }

  #endWith(owner: number): void {
    const script = `while kill -0 "$1" && [ -d "$2" ]; do sleep 2; done
      kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"
      sleep 1; rm -rf "$2"`;
    const watch = spawn('sh', ['-c', script, 'sh', String(owner), this.folder], { detached: true, stdio: 'ignore' });
    watch.unref();
  }

  /** `fast`: lets nobody finish. `crash`: as if its machine had lost its power; its folder stays either way. */
  async stop(how: 'fast' | 'crash' = 'fast'): Promise<void> {
    const pid = Number(readFileSync(path.join(this.#data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
    process.kill(pid, how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await until('PostgreSQL to end', () => !existsSync(path.join(this.#data, 'postmaster.pid')));
  }

  /** Stops it and takes away its folder. */
  async remove(): Promise<void> {
    await this.stop('crash').catch(() => {});
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A new one, that the server may write. */
export function postgresFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'trunkline-postgres-'));
  const { uid, gid } = asWhom();
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  return folder;
}
