/** Rate decks on disk. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
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
import { StoreError } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { bumpVersion, Versions } from '../versions.ts';
import { type OutOfUse, readDeck } from './read-deck.ts';
import { rowsOf } from './rows.ts';
import type { RatesTable } from './tables.ts';

/** The area of `versions`. */
const AREA = 'rates';
/** Rows of one statement: both databases take so many parameters, and others get their turn after it. */
const ROWS_AT_ONCE = 500;
const DAY_MS = 24 * 3_600_000;
/** An import that has not ended by then was cut off: what there is of it is deleted. */
const LONGEST_IMPORT_MS = DAY_MS;
/** Rates stay so long after they have ended: for whoever asks about a bill. */
const KEEP_PAST_MS = 400 * DAY_MS;
/** Another import of the same deck may end first: then what this one changes is found out again. */
const MOST_TRIES = 3;

type Db = Kysely<Schema>;

/** Of a deck at the moment of its last import. */
interface DeckCounts {
  readonly calls: number;
  readonly texts: number;
  /** How many rates begin later, and when. */
  readonly later: readonly (readonly [moment: number, count: number])[];
}

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
    const rows = await this.#db
      .selectFrom('rate_imports')
      .selectAll()
      .where('state', '=', 'done')
      .orderBy('deck')
      .orderBy('id')
      .execute();
    const latest = new Map(rows.map((row) => [row.deck, row]));
    return [...latest.values()].map(({ deck, currency, at, actor, source, counts }) => {
      const { calls, texts, later } = JSON.parse(counts ?? '{"calls":0,"texts":0,"later":[]}') as DeckCounts;
      return {
        name: deck,
        currency: currency as Currency,
        calls,
        texts,
        later: later.filter(([moment]) => moment > now).reduce((sum, [, count]) => sum + count, 0),
        importedAt: at,
        importedBy: actor,
        ...(source === null ? {} : { source }),
      };
    });
  }

  async load(deck: string, since: number): Promise<readonly Rate[]> {
    return (await readDeck(this.#db, await this.#finished(deck), since)).rates;
  }

  async import(batch: DeckImport): Promise<DeckChanges> {
    await this.#forgetCutOff(batch.now);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const changes = await this.#tryImport(batch);
      if (changes === undefined) continue;
      await this.#durable();
      return changes;
    }
    throw new StoreError('busy', `The deck ${batch.deck} is being imported by others at the same time. Try again.`);
  }

  version(): Promise<number> {
    return this.#versions.current(AREA);
  }

  async drop(deck: string): Promise<boolean> {
    const imports = await this.#db.transaction().execute(async (db) => {
      const rows = await db.deleteFrom('rate_imports').where('deck', '=', deck).returning(['id', 'state']).execute();
      if (rows.length > 0) await bumpVersion(db, AREA);
      return rows;
    });
    for (const { id } of imports) await this.#deleteRows(id);
    return imports.some(({ state }) => state === 'done');
  }

  /** Undefined when another import of this deck ended meanwhile: nothing was done. */
  async #tryImport(batch: DeckImport): Promise<DeckChanges | undefined> {
    const known = await knownChanges(this.#db, batch.key);
    if (known !== undefined) return known;
    const now = Math.floor(batch.now);
    const before = await this.#finished(batch.deck);
    const { rates, outOfUse } = await readDeck(this.#db, before, now - KEEP_PAST_MS);
    const current = rates.filter(({ until }) => until === undefined || until > now);
    const { replaced, changes } = planImport(current, { ...batch, now });
    const id = await this.#begin(batch, now);
    try {
      await this.#write(inOrder(replaced).flatMap((each) => rowsOf(id, each)));
      const counts = countsOf(current, replaced, now);
      const done = await this.#finish(batch, id, before, { changes, counts });
      if (done !== 'done') await this.#undo(id);
      if (done === 'overtaken') return undefined;
    } catch (cause) {
      await this.#undo(id).catch(() => {});
      throw cause;
    }
    await this.#deleteOutOfUse(outOfUse);
    return (await knownChanges(this.#db, batch.key)) ?? changes;
  }

  /** Finished imports of a deck, in order. */
  async #finished(deck: string): Promise<readonly number[]> {
    return finishedIn(this.#db, deck);
  }

  #begin({ deck, currency, actor, source }: DeckImport, now: number): Promise<number> {
    return this.#db.transaction().execute(async (db) => {
      const { last } = await db
        .selectFrom('rate_imports')
        .select((e) => e.fn.max('id').as('last'))
        .executeTakeFirstOrThrow();
      const id = Number(last ?? 0) + 1;
      const facts = { currency, at: now, actor, source: source ?? null, key: null, changes: null, counts: null };
      await db
        .insertInto('rate_imports')
        .values({ id, deck, state: 'pending', ...facts })
        .execute();
      return id;
    });
  }

  async #write(rows: readonly RatesTable[]): Promise<void> {
    for (const some of chunks(rows)) {
      await this.#db.insertInto('rates').values(some).execute();
      await nextTurn();
    }
  }

  /** From here on it counts, all of it. */
  #finish(
    { deck, key }: DeckImport,
    id: number,
    before: readonly number[],
    { changes, counts }: { readonly changes: DeckChanges; readonly counts: DeckCounts },
  ): Promise<'done' | 'overtaken' | 'repeated'> {
    return this.#db.transaction().execute(async (db) => {
      if ((await knownChanges(db, key)) !== undefined) return 'repeated';
      const now = await finishedIn(db, deck);
      if (now.length !== before.length || now.at(-1) !== before.at(-1)) return 'overtaken';
      await db
        .updateTable('rate_imports')
        .set({ state: 'done', key: key ?? null, changes: JSON.stringify(changes), counts: JSON.stringify(counts) })
        .where('id', '=', id)
        .execute();
      await bumpVersion(db, AREA);
      return 'done';
    });
  }

  async #undo(id: number): Promise<void> {
    await this.#db.deleteFrom('rate_imports').where('id', '=', id).execute();
    await this.#deleteRows(id);
  }

  async #forgetCutOff(now: number): Promise<void> {
    const rows = await this.#db
      .selectFrom('rate_imports')
      .select('id')
      .where('state', '=', 'pending')
      .where('at', '<', Math.floor(now - LONGEST_IMPORT_MS))
      .execute();
    for (const { id } of rows) await this.#undo(id);
  }

  /** Bit by bit, as they were written. */
  async #deleteRows(importId: number): Promise<void> {
    for (;;) {
      const rows = await this.#db
        .selectFrom('rates')
        .select(['service', 'prefix'])
        .where('import_id', '=', importId)
        .limit(ROWS_AT_ONCE)
        .execute();
      if (rows.length === 0) return;
      await this.#deleteOutOfUse(rows.map(({ service, prefix }) => ({ importId, service, prefix })));
    }
  }

  async #deleteOutOfUse(all: readonly OutOfUse[]): Promise<void> {
    const groups = Map.groupBy(all, ({ importId, service }) => `${importId} ${service}`);
    for (const group of groups.values()) {
      for (const some of chunks(group)) await this.#deletePrefixes(some);
    }
  }

  async #deletePrefixes(some: readonly OutOfUse[]): Promise<void> {
    const [first] = some;
    if (first === undefined) return;
    await this.#db
      .deleteFrom('rates')
      .where('import_id', '=', first.importId)
      .where('service', '=', first.service)
      .where(
        'prefix',
        'in',
        some.map(({ prefix }) => prefix),
      )
      .execute();
    await nextTurn();
  }
}

async function knownChanges(db: Db, key: string | undefined): Promise<DeckChanges | undefined> {
  if (key === undefined) return undefined;
  const row = await db.selectFrom('rate_imports').select('changes').where('key', '=', key).executeTakeFirst();
  return row?.changes == null ? undefined : (JSON.parse(row.changes) as DeckChanges);
}

async function finishedIn(db: Db, deck: string): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('rate_imports')
    .select('id')
    .where('deck', '=', deck)
    .where('state', '=', 'done')
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** In the order of the key: each row comes next to the one before. */
function inOrder(replaced: readonly Replaced[]): readonly Replaced[] {
  return replaced.toSorted((a, b) => (a.prefix < b.prefix ? -1 : a.prefix > b.prefix ? 1 : 0));
}

function countsOf(current: readonly Rate[], replaced: readonly Replaced[], now: number): DeckCounts {
  const cutAt = new Map(replaced.map(({ service, prefix, at }) => [`${service} ${prefix}`, at]));
  const kept = current.filter(({ prefix, terms, from }) => {
    const cut = cutAt.get(`${terms.service} ${prefix}`);
    return cut === undefined || (cut > now && from < cut);
  });
  const prefixes = { call: new Set<string>(), text: new Set<string>() } satisfies Record<RatedService, Set<string>>;
  const later = new Map<number, number>();
  const count = ({ prefix, from, terms }: Rate): void => {
    prefixes[terms.service].add(prefix);
    if (from > now) later.set(from, (later.get(from) ?? 0) + 1);
  };
  kept.forEach(count);
  for (const { rates } of replaced) rates.forEach(count);
  return { calls: prefixes.call.size, texts: prefixes.text.size, later: [...later] };
}

function* chunks<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < all.length; at += ROWS_AT_ONCE) yield all.slice(at, at + ROWS_AT_ONCE);
}
