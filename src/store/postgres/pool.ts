/**
 * Connections to PostgreSQL that outlive a restart of the server: who comes meanwhile waits a little, and what certainly was not
 * done yet is done on a new connection.
 */
import type { PostgresClientConstructor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import { connectionLost, isConflict, isUnreachable, unreachable, wasNotSent, withoutRows } from './errors.ts';
import { fromStored, toStored } from './text.ts';

/** How many connections one gateway uses. Servers allow 100 unless they are told otherwise. */
const MOST_CONNECTIONS = 10;
/** Longer than a server needs to restart, shorter than a homeserver waits for an answer. */
export const PATIENCE_MS = 20_000;
const CONNECT_TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
const MOST_CONFLICTS = 5;

export interface PoolOptions {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: string;
  /** The database in words, without a secret. */
  readonly name: string;
  /** How long one waits for a server that cannot be reached; 20 s unless given. */
  readonly patienceMs?: number;
}

const { INT8, NUMERIC, TEXT, VARCHAR } = pg.types.builtins;

/** Counts, times and millionths are below 2^53: numbers in JavaScript, as SQLite gives them. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text' | 'binary') => {
    if (oid === INT8 || oid === NUMERIC) return Number;
    if (oid === TEXT || oid === VARCHAR) return fromStored;
    return pg.types.getTypeParser(oid, format as 'text');
  }) as typeof pg.types.getTypeParser,
};

/** Each connection: a commit waits for the disk, and a process that hangs loses the lock that all others wait for. */
const SESSION = `select set_config('idle_in_transaction_session_timeout', '60s', false),
  case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', false) end`;

export class SteadyPool implements PostgresPool {
  readonly #pool: pg.Pool;
  readonly #options: PoolOptions;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({
      connectionString: options.url,
      application_name: 'trunkline',
      max: MOST_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      types,
      onConnect: async (client) => {
        await client.query(SESSION);
      },
    });
    // An idle connection broke: the pool has dropped it, and whoever asks next gets another. Unheard, it would end the process.
    this.#pool.on('error', () => {});
  }

  get options(): object {
    return this.#pool.options;
  }

  get Client(): PostgresClientConstructor {
    return pg.Client as unknown as PostgresClientConstructor;
  }

  async connect(): Promise<PostgresPoolClient> {
    return new SteadyClient(await this.take(), this);
  }

  /** @throws StoreError `unreachable` when its patience is over; what the server says when it refuses */
  async take(): Promise<pg.PoolClient> {
    const { name, patienceMs = PATIENCE_MS } = this.#options;
    const until = performance.now() + patienceMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await this.#pool.connect();
      } catch (error) {
        if (!isUnreachable(error)) throw withoutRows(error);
        if (performance.now() + pauseMs > until) throw unreachable(name, error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** The error that the caller gets. */
  told(error: unknown): unknown {
    return isUnreachable(error) ? connectionLost(this.#options.name, error) : withoutRows(error);
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

/** One connection while somebody has it. */
class SteadyClient implements PostgresPoolClient {
  #client: pg.PoolClient;
  readonly #pool: SteadyPool;
  #inTransaction = false;
  #isBroken = false;

  constructor(client: pg.PoolClient, pool: SteadyPool) {
    this.#client = client;
    this.#pool = pool;
    // Without a listener an error between two queries would end the process; the next query fails and tells.
    client.on('error', this.#noteBroken);
  }

  readonly #noteBroken = (): void => {
    this.#isBroken = true;
  };

  get processID(): number {
    return (this.#client as unknown as { readonly processID: number }).processID;
  }

  // Of the two forms only the first is used: there are no cursors.
  query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query(text: never): never;
  async query(text: string, parameters: readonly unknown[] = []): Promise<unknown> {
    const values = parameters.map(toStored);
    for (let conflicts = 0; ; ) {
      try {
        const result = await this.#client.query(text, values);
        if (/^(commit|rollback$)/i.test(text)) this.#inTransaction = false;
        else if (BEGINS.test(text)) this.#inTransaction = true;
        return result;
      } catch (error) {
        if (isUnreachable(error)) {
          this.#isBroken = true;
          // A transaction has lost what it had done, and of a change nobody knows whether it was done.
          if (this.#inTransaction || !(BEGINS.test(text) || READS.test(text) || wasNotSent(error))) {
            throw this.#pool.told(error);
          }
          await this.#renew();
        } else if (BEGINS.test(text)) {
          // Half begun: nobody else may get it.
          this.#isBroken = true;
          throw this.#pool.told(error);
        } else if (this.#inTransaction || !isConflict(error) || ++conflicts > MOST_CONFLICTS) {
          throw this.#pool.told(error);
        }
      }
    }
  }

  /** @throws StoreError `unreachable`: by then it has been tried for long enough */
  async #renew(): Promise<void> {
    this.release();
    this.#client = await this.#pool.take();
    this.#isBroken = false;
    this.#client.on('error', this.#noteBroken);
  }

  release(destroy = false): void {
    this.#client.off('error', this.#noteBroken);
    this.#client.release(destroy || this.#isBroken);
  }
}

const BEGINS = /^(begin|start transaction)\b/i;
const READS = /^select\b/i;
