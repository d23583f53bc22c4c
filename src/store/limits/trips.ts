/** Who ran into which limit, what was lifted, and what was set for one user alone. */
import type { Kysely, Selectable } from 'kysely';
import { LIMIT_NAMES, type LimitName, type Trip, type TripBook, type UserLimits } from '../../account/limits/index.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import type { Schema } from '../schema.ts';
import { bumpVersion, Versions } from '../versions.ts';
import type { LimitTripsTable } from './tables.ts';

/** The area of `versions`. */
const AREA = 'limits';

export class Trips implements TripBook {
  readonly #db: Kysely<Schema>;
  readonly #versions: Versions;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
    this.#versions = new Versions(db);
  }

  trip(of: Parameters<TripBook['trip']>[0]): Promise<Trip> {
    const at = Math.floor(of.at);
    const until = Math.floor(of.until);
    return this.#db.transaction().execute(async (db) => {
      const open = await db
        .selectFrom('limit_trips')
        .selectAll()
        .where('user_id', '=', of.user)
        .where('limit_name', '=', of.limit)
        .where('until_at', '>', at)
        .where('lifted_at', 'is', null)
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (open !== undefined) {
        const change = { last_at: at, times: open.times + 1, until_at: Math.max(until, open.until_at) };
        await db.updateTable('limit_trips').set(change).where('id', '=', open.id).execute();
        return tripFrom({ ...open, ...change });
      }
      const { last } = await db
        .selectFrom('limit_trips')
        .select((e) => e.fn.max('id').as('last'))
        .executeTakeFirstOrThrow();
      const row = {
        id: Number(last ?? 0) + 1,
        user_id: of.user,
        limit_name: of.limit,
        allowed: of.allowed,
        actual: of.actual,
        call_ref: of.callRef ?? null,
        at,
        last_at: at,
        times: 1,
        until_at: until,
        lifted_at: null,
        lifted_by: null,
      };
      await db.insertInto('limit_trips').values(row).execute();
      return tripFrom(row);
    });
  }

  async open(now: number, user?: string): Promise<readonly Trip[]> {
    const rows = await this.#db
      .selectFrom('limit_trips')
      .selectAll()
      .where('until_at', '>', Math.floor(now))
      .where('lifted_at', 'is', null)
      .$if(user !== undefined, (query) => query.where('user_id', '=', user ?? ''))
      .orderBy('id', 'desc')
      .execute();
    return rows.map(tripFrom);
  }

  async list(atMost: number, user?: string): Promise<readonly Trip[]> {
    const rows = await this.#db
      .selectFrom('limit_trips')
      .selectAll()
      .$if(user !== undefined, (query) => query.where('user_id', '=', user ?? ''))
      .orderBy('id', 'desc')
      .limit(atMost)
      .execute();
    return rows.map(tripFrom);
  }

  lift(user: string, limit: LimitName | undefined, by: string, now: number): Promise<readonly Trip[]> {
    const at = Math.floor(now);
    const mark = { lifted_at: at, lifted_by: by };
    return this.#db.transaction().execute(async (db) => {
      for (const name of limit === undefined ? LIMIT_NAMES : [limit]) {
        await db
          .insertInto('limit_lifts')
          .values({ user_id: user, limit_name: name, ...mark })
          .onConflict((c) => c.columns(['user_id', 'limit_name']).doUpdateSet(mark))
          .execute();
      }
      const rows = await db
        .updateTable('limit_trips')
        .set(mark)
        .where('user_id', '=', user)
        .where('until_at', '>', at)
        .where('lifted_at', 'is', null)
        .$if(limit !== undefined, (query) => query.where('limit_name', '=', limit as LimitName))
        .returningAll()
        .execute();
      await bumpVersion(db, AREA);
      return rows.map(tripFrom).sort((a, b) => b.id - a.id);
    });
  }

  async liftedAt(user: string): Promise<Readonly<Partial<Record<LimitName, number>>>> {
    const rows = await this.#db
      .selectFrom('limit_lifts')
      .select(['limit_name', 'lifted_at'])
      .where('user_id', '=', user)
      .execute();
    return Object.fromEntries(rows.map((row) => [row.limit_name, row.lifted_at]));
  }

  async settings(): Promise<ReadonlyMap<string, UserLimits>> {
    const rows = await this.#db.selectFrom('user_limits').select(['user_id', 'limits']).execute();
    return new Map(rows.map((row) => [row.user_id, JSON.parse(row.limits) as UserLimits]));
  }

  set(user: string, limits: UserLimits | undefined, by: string, now: number): Promise<void> {
    return this.#db.transaction().execute(async (db) => {
      if (limits === undefined) await db.deleteFrom('user_limits').where('user_id', '=', user).execute();
      else {
        const values = { limits: JSON.stringify(limits), set_at: Math.floor(now), set_by: by };
        await db
          .insertInto('user_limits')
          .values({ user_id: user, ...values })
          .onConflict((c) => c.column('user_id').doUpdateSet(values))
          .execute();
      }
      await bumpVersion(db, AREA);
    });
  }

  version(): Promise<number> {
    return this.#versions.current(AREA);
  }

  async alert(user: string, what: string, now: number): Promise<boolean> {
    const { numInsertedOrUpdatedRows = 0n } = await this.#db
      .insertInto('fraud_alerts')
      .values({ user_id: user, what, at: Math.floor(now) })
      .onConflict((c) => c.columns(['user_id', 'what']).doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows > 0n;
  }

  /** Forgets trips and alerts of before, but not where users called: what is lifted or set stays. */
  async prune(before: number): Promise<void> {
    await this.#db.deleteFrom('limit_trips').where('last_at', '<', before).where('until_at', '<', before).execute();
    await this.#db.deleteFrom('fraud_alerts').where('at', '<', before).where('what', 'like', 'night-burst:%').execute();
  }
}

function tripFrom(row: Selectable<LimitTripsTable>): Trip {
  return {
    id: row.id,
    user: row.user_id as MatrixUserId,
    limit: row.limit_name,
    allowed: row.allowed,
    actual: row.actual,
    at: row.at,
    lastAt: row.last_at,
    times: row.times,
    until: row.until_at,
    ...(row.call_ref === null ? {} : { callRef: row.call_ref }),
    ...(row.lifted_at === null ? {} : { liftedAt: row.lifted_at }),
    ...(row.lifted_by === null ? {} : { liftedBy: row.lifted_by }),
  };
}
