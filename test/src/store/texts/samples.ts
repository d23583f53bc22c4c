/** Rows for the tests of the text books, and a store whose statements can be looked at. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { EventId, MatrixUserId, RoomId } from '../../../../src/matrix/index.ts';
import type { Arrival, Besides, Delivery, Fragment } from '../../../../src/message/index.ts';
import { migrate } from '../../../../src/store/migrate.ts';
import type { Schema } from '../../../../src/store/schema.ts';
import { sqliteDialect } from '../../../../src/store/sqlite.ts';
import { Batch } from '../../../../src/store/texts/batch.ts';

export const NOTHING: Besides = { lanes: new Set(), transports: new Set() };

export const event = (id: string) => `$${id}` as EventId;
export const room = (id: string) => `!${id}:hs` as RoomId;
export const user = (id: string) => `@${id}:hs` as MatrixUserId;

export function delivery(ref: string, with_: Partial<Delivery> = {}): Delivery {
  return {
    textRef: ref,
    eventId: event(ref),
    roomId: room('r'),
    ghost: user('ghost'),
    user: user('ada'),
    lane: 'lane',
    target: '+441632960001',
    routes: [{ transport: 'trunk' }],
    text: `text of ${ref}`,
    reference: 7,
    createdAt: 1_000,
    expiresAt: 90_000,
    round: 0,
    ...with_,
  };
}

export function arrival(ref: string, with_: Partial<Arrival> = {}): Arrival {
  return {
    textRef: ref,
    transport: 'trunk',
    key: `key of ${ref}`,
    called: '+441632960900',
    sender: '+441632960001',
    withheld: false,
    text: `text of ${ref}`,
    receivedAt: 1_000,
    wantsDisplayed: false,
    targets: [{ kind: 'user', user: user('ada') }],
    ...with_,
  };
}

export function fragment(ref: string, index: number, total: number, with_: Partial<Fragment> = {}): Fragment {
  const { targets: _, ...whole } = arrival(ref);
  return { ...whole, part: { index, total, reference: 9 }, group: 'group', ...with_ };
}

/** A database in a file, and the plans of the statements that ran on it. */
export class WatchedDatabase {
  readonly db: Kysely<Schema>;
  readonly batch: Batch;
  readonly #folder: string;
  readonly #file: string;
  readonly #statements = new Map<string, readonly unknown[]>();

  private constructor(folder: string) {
    this.#folder = folder;
    this.#file = path.join(folder, 'store.sqlite');
    this.db = new Kysely<Schema>({
      dialect: sqliteDialect({ path: this.#file }),
      log: ({ query }) => {
        this.#statements.set(query.sql, query.parameters);
      },
    });
    this.batch = new Batch(this.db, async () => {});
  }

  static async open(): Promise<WatchedDatabase> {
    const opened = new WatchedDatabase(mkdtempSync(path.join(tmpdir(), 'trunkline-texts-')));
    await migrate(opened.db);
    opened.#statements.clear();
    return opened;
  }

  /**
   * Each statement that reads a whole table or sorts what it read, and how SQLite would do so.
   * @param few in statements that find a handful of rows: sorting these is nothing
   */
  costlyPlans(few: readonly string[] = []): readonly string[] {
    const raw = new DatabaseSync(this.#file);
    const costly: string[] = [];
    for (const [sql, parameters] of this.#statements) {
      if (!/^(select|update|delete|insert)/i.test(sql)) continue;
      const sortsFew = few.some((words) => sql.includes(words));
      const steps = raw.prepare(`explain query plan ${sql}`).all(...(parameters as string[]));
      for (const { detail } of steps) {
        const scans = /^SCAN (?!.*USING (COVERING )?INDEX)/.test(String(detail));
        const sorts = String(detail).startsWith('USE TEMP B-TREE');
        if (scans || (sorts && !sortsFew)) costly.push(`${detail}: ${sql}`);
      }
    }
    raw.close();
    return costly;
  }

  async close(): Promise<void> {
    await this.db.destroy();
    rmSync(this.#folder, { recursive: true });
  }
}
