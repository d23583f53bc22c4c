/** Waits until what was committed is on the disk, off the main thread and together for all who wait. */
import { open } from 'node:fs/promises';
import { StoreError } from './errors.ts';

/** A file that can be made durable: of a `FileHandle`, what is needed here. */
export interface SyncedFile {
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Durability of commits that SQLite itself does not wait for. One wait at a time; whoever comes meanwhile shares the next one,
 * which begins after their commit.
 */
export class Durability {
  readonly #openLog: () => Promise<SyncedFile>;
  #log: Promise<SyncedFile> | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failure: StoreError | undefined;

  /** @param openLog opens the write-ahead log; called once, at the first wait */
  constructor(openLog: () => Promise<SyncedFile>) {
    this.#openLog = openLog;
  }

  /**
   * Settles when everything that was committed before the call survives a power cut.
   * Rejects with StoreError `not-durable` from the first failure on: after one, the system may have dropped what it could not
   * write, and a later success would say nothing about it.
   */
  reached(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#running?.catch(() => {});
    const log = await this.#log?.catch(() => undefined);
    this.#log = undefined;
    await log?.close();
  }

  #start(): Promise<void> {
    const running = this.#sync();
    this.#running = running;
    const done = () => {
      this.#running = undefined;
    };
    running.then(done, done);
    return running;
  }

  async #sync(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#log ??= this.#openLog();
      await (await this.#log).datasync();
    } catch (cause) {
      this.#failure = new StoreError(
        'not-durable',
        'The disk of the database could not be written. Nothing more is taken over until the disk is well and Trunkline is started again.',
        { cause },
      );
      throw this.#failure;
    }
  }
}

/** Of the database at `path`, whose journal mode is WAL: its log is synced, whichever connection wrote to it. */
export function walDurability(path: string): Durability {
  return new Durability(() => open(`${path}-wal`, 'r+'));
}
