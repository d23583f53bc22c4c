/** What a user did since some moment, for limits: on the way of each call, so by an index and in few rows. */
import { type Kysely, sql } from 'kysely';
import type { BookedActivity } from '../../account/records/ports.ts';
import { micros } from '../../money.ts';
import type { Schema } from '../schema.ts';
import { recordsOf } from './select.ts';

type Db = Kysely<Schema>;

export async function bookedActivity(db: Db, user: string, since: number): Promise<BookedActivity> {
  const [sums, numbers, countries, open] = await Promise.all([
    counted(db, user, since)
      .where('is_open', '=', 0)
      .select((e) => [
        e.fn.countAll().as('calls'),
        e.fn.sum('talk_ms').as('talk_ms'),
        e.fn.sum('list_price').as('spent'),
      ])
      .executeTakeFirst(),
    counted(db, user, since).where('number', 'is not', null).select('number').distinct().execute(),
    counted(db, user, since).where('country', 'is not', null).select('country').distinct().execute(),
    recordsOf(db, counted(db, user, since).where('is_open', '=', sql.lit(1)).selectAll()),
  ]);
  return {
    closed: {
      calls: Number(sums?.calls ?? 0),
      talkMs: Number(sums?.talk_ms ?? 0),
      spent: micros(Number(sums?.spent ?? 0)),
    },
    numbers: numbers.flatMap(({ number }) => number ?? []),
    countries: countries.flatMap(({ country }) => country ?? []),
    open,
  };
}

export async function firstCallAt(db: Db, user: string): Promise<number | undefined> {
  const row = await counted(db, user, 0).select('opened_at').orderBy('opened_at').limit(1).executeTakeFirst();
  return row && Number(row.opened_at);
}

export async function hasCalledCountry(db: Db, user: string, country: string): Promise<boolean> {
  const row = await counted(db, user, 0).where('country', '=', country).select('call_ref').limit(1).executeTakeFirst();
  return row !== undefined;
}

function counted(db: Db, user: string, since: number) {
  return db
    .selectFrom('call_records')
    .where('user_id', '=', user)
    .where('opened_at', '>=', Math.ceil(since))
    .where('counts', '=', 1);
}
