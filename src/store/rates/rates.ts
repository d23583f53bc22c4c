/** Rate decks on disk. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import {
  type Deck,
  type DeckChanges,
  type DeckImport,
  planImport,
  type Rate,
  type RateBook,
  type RatedService,
  type Replaced,
} from '../../account/rating/index.ts';
import type { Currency } from '../../money.ts';
import type { Schema } from '../schema.ts';
import { bumpVersion, Versions } from '../versions.ts';
import { rateFrom, rowOf } from './rows.ts';

/** The area of `versions`. */
const AREA = 'rates';
/** Rows of one statement: both databases take so many parameters. */
const ROWS_AT_ONCE = 500;
/** Rows of one page of a deck that is read. */
const PAGE = 20_000;
/** Keys of imports are known for so long. */
const KEEP_KEYS_MS = 30 * 24 * 3_600_000;

type Db = Kysely<Schema>;

export class Rates implements RateBook {
  readonly #db: Db;
  readonly #durable: () => Promise<void>;
  readonly #versions: Versions;

  constructor(db: Db, durable: () => Promise<void>) {
    this.#db = db;
    this.#durable = durable;
    this.#versions = new Versions(db);
  }

  async decks(now: number): Promise<readonly Deck[]> {
    const rows = await this.#db.selectFrom('rate_decks').selectAll().orderBy('deck').execute();
    const counts = await this.#db
      .selectFrom('rates')
      .select((e) => [
        'deck',
        'service',
        e.case().when('valid_from', '>', Math.floor(now)).then(1).else(0).end().as('later'),
        e.fn.countAll().as('n'),
      ])
      .where((e) => e.or([e('valid_until', 'is', null), e('valid_until', '>', Math.floor(now))]))
      .groupBy(['deck', 'service', 'later'])
      .execute();
    const count = (deck: string, service: RatedService | undefined, later: number) =>
      counts
        .filter((row) => row.deck === deck && Number(row.later) === later)
        .filter((row) => service === undefined || row.service === service)
        .reduce((total, { n }) => total + Number(n), 0);
    return rows.map(({ deck, currency, imported_at, imported_by, source }) => ({
      name: deck,
      currency: currency as Currency,
      calls: count(deck, 'call', 0),
      texts: count(deck, 'text', 0),
      later: count(deck, undefined, 1),
      importedAt: imported_at,
      importedBy: imported_by,
      ...(source === null ? {} : { source }),
    }));
  }

  load(deck: string, since: number): Promise<readonly Rate[]> {
    return readDeck(this.#db, deck, since);
  }

  async import(batch: DeckImport): Promise<DeckChanges> {
    const changes = await this.#db.transaction().execute((db) => importInto(db, batch));
    await this.#durable();
    return changes;
  }

  version(): Promise<number> {
    return this.#versions.current(AREA);
  }

  async drop(deck: string): Promise<boolean> {
    return this.#db.transaction().execute(async (db) => {
      const { numDeletedRows } = await db.deleteFrom('rate_decks').where('deck', '=', deck).executeTakeFirstOrThrow();
      await db.deleteFrom('rates').where('deck', '=', deck).execute();
      if (numDeletedRows > 0n) await bumpVersion(db, AREA);
      return numDeletedRows > 0n;
    });
  }
}

async function importInto(db: Transaction<Schema>, batch: DeckImport): Promise<DeckChanges> {
  const { deck, currency, actor, source, key } = batch;
  const now = Math.floor(batch.now);
  if (key !== undefined) {
    const known = await db.selectFrom('rate_imports').select('changes').where('key', '=', key).executeTakeFirst();
    if (known !== undefined) return JSON.parse(known.changes) as DeckChanges;
  }
  const { replaced, changes } = planImport(await readDeck(db, deck, now), { ...batch, now });
  const services = new Set(replaced.map(({ service }) => service));
  for (const service of services) {
    await cutOff(
      db,
      deck,
      service,
      replaced.filter((each) => each.service === service),
    );
  }
  await insert(
    db,
    replaced.flatMap(({ rates }) => rates.map((rate) => rowOf(deck, rate))),
  );
  const facts = { currency, imported_at: now, imported_by: actor, source: source ?? null };
  await db
    .insertInto('rate_decks')
    .values({ deck, ...facts })
    .onConflict((c) => c.column('deck').doUpdateSet(facts))
    .execute();
  if (key !== undefined) {
    await db
      .deleteFrom('rate_imports')
      .where('at', '<', now - KEEP_KEYS_MS)
      .execute();
    await db
      .insertInto('rate_imports')
      .values({ key, deck, changes: JSON.stringify(changes), at: now })
      .execute();
  }
  await bumpVersion(db, AREA);
  return changes;
}

/** What was laid down for these prefixes ends where the new begins; what would only have begun then is not there at all. */
async function cutOff(
  db: Transaction<Schema>,
  deck: string,
  service: RatedService,
  replaced: readonly Replaced[],
): Promise<void> {
  const byMoment = Map.groupBy(replaced, ({ at }) => Math.floor(at));
  for (const [at, together] of byMoment) {
    for (const some of chunks(together, ROWS_AT_ONCE)) {
      const prefixes = some.map(({ prefix }) => prefix);
      await db
        .deleteFrom('rates')
        .where('deck', '=', deck)
        .where('service', '=', service)
        .where('prefix', 'in', prefixes)
        .where('valid_from', '>=', at)
        .execute();
      await db
        .updateTable('rates')
        .set({ valid_until: at })
        .where('deck', '=', deck)
        .where('service', '=', service)
        .where('prefix', 'in', prefixes)
        .where((e) => e.or([e('valid_until', 'is', null), e('valid_until', '>', at)]))
        .execute();
      await nextTurn();
    }
  }
}

async function insert(db: Transaction<Schema>, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> {
  for (const some of chunks(rows, ROWS_AT_ONCE)) {
    await db.insertInto('rates').values(some).execute();
    // SQLite answers within the turn: without this the event loop would wait for the whole deck.
    await nextTurn();
  }
}

/** Piece by piece, in the order of the key. */
async function readDeck(db: Db, deck: string, since: number): Promise<readonly Rate[]> {
  const rates: Rate[] = [];
  for (const service of ['call', 'text'] as const) {
    let after: { readonly prefix: string; readonly validFrom: number } | undefined;
    for (;;) {
      const last = after;
      const rows = await db
        .selectFrom('rates')
        .select(['service', 'prefix', 'valid_from', 'valid_until', 'name', 'connect_fee', 'price', 'first_s', 'next_s'])
        .where('deck', '=', deck)
        .where('service', '=', service)
        .where((e) => e.or([e('valid_until', 'is', null), e('valid_until', '>', Math.floor(since))]))
        .$if(last !== undefined, (query) =>
          query.where((e) =>
            e.or([
              e('prefix', '>', last?.prefix ?? ''),
              e.and([e('prefix', '=', last?.prefix ?? ''), e('valid_from', '>', last?.validFrom ?? 0)]),
            ]),
          ),
        )
        .orderBy('prefix')
        .orderBy('valid_from')
        .limit(PAGE)
        .execute();
      for (const row of rows) rates.push(rateFrom(row));
      const end = rows.at(-1);
      if (end === undefined || rows.length < PAGE) break;
      after = { prefix: end.prefix, validFrom: end.valid_from };
      await nextTurn();
    }
  }
  return rates;
}

function* chunks<T>(all: readonly T[], size: number): Iterable<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
