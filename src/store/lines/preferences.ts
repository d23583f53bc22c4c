/** What users and control rooms want of calls to them. */
import type { Kysely, Transaction } from 'kysely';
import {
  type DoNotDisturb,
  type Forward,
  NO_PREFERENCES,
  PREFERENCES_AREA,
  type PreferenceBook,
  type PreferenceOwner,
  type Preferences,
  type ScreeningRule,
} from '../../account/index.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import type { Schema } from '../schema.ts';
import { bumpVersion } from '../versions.ts';

export interface PreferencesTable {
  owner: string;
  dnd: number;
  dnd_until: number | null;
  forward_when: string | null;
  forward_to: string | null;
  forward_by: string | null;
}

export interface ScreeningRulesTable {
  owner: string;
  caller: string;
  verdict: string;
}

const NOTHING_SET = { dnd: 0, dnd_until: null, forward_when: null, forward_to: null, forward_by: null };

export class StoredPreferences implements PreferenceBook {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async all(): Promise<ReadonlyMap<PreferenceOwner, Preferences>> {
    const rows = await this.#db.selectFrom('preferences').selectAll().execute();
    const rules = await this.#db.selectFrom('screening_rules').selectAll().orderBy('caller').execute();
    const all = new Map(rows.map((row) => [row.owner as PreferenceOwner, preferencesFrom(row)]));
    for (const { owner, caller, verdict } of rules) {
      const known = all.get(owner as PreferenceOwner) ?? NO_PREFERENCES;
      all.set(owner as PreferenceOwner, { ...known, screening: [...known.screening, ruleFrom(caller, verdict)] });
    }
    return all;
  }

  async get(owner: PreferenceOwner): Promise<Preferences> {
    const row = await this.#db.selectFrom('preferences').selectAll().where('owner', '=', owner).executeTakeFirst();
    const rules = await this.#db
      .selectFrom('screening_rules')
      .selectAll()
      .where('owner', '=', owner)
      .orderBy('caller')
      .execute();
    return {
      ...(row === undefined ? NO_PREFERENCES : preferencesFrom(row)),
      screening: rules.map(({ caller, verdict }) => ruleFrom(caller, verdict)),
    };
  }

  setDnd(owner: PreferenceOwner, dnd: DoNotDisturb | undefined): Promise<void> {
    const until = dnd?.until === undefined ? null : Math.floor(dnd.until);
    return this.#set(owner, { dnd: dnd === undefined ? 0 : 1, dnd_until: until });
  }

  setForward(owner: PreferenceOwner, forward: Forward | undefined): Promise<void> {
    return this.#set(owner, {
      forward_when: forward?.when ?? null,
      forward_to: forward?.to ?? null,
      forward_by: forward?.by ?? null,
    });
  }

  screen(owner: PreferenceOwner, caller: string, verdict: ScreeningRule['verdict'] | undefined): Promise<boolean> {
    return this.#db.transaction().execute(async (db) => {
      const before = await db
        .selectFrom('screening_rules')
        .select('verdict')
        .where('owner', '=', owner)
        .where('caller', '=', caller)
        .executeTakeFirst();
      if (before?.verdict === verdict) return false;
      if (verdict === undefined) {
        await db.deleteFrom('screening_rules').where('owner', '=', owner).where('caller', '=', caller).execute();
      } else {
        await db
          .insertInto('screening_rules')
          .values({ owner, caller, verdict })
          .onConflict((c) => c.columns(['owner', 'caller']).doUpdateSet({ verdict }))
          .execute();
      }
      await bumpVersion(db, PREFERENCES_AREA);
      return true;
    });
  }

  #set(owner: PreferenceOwner, change: Partial<Omit<PreferencesTable, 'owner'>>): Promise<void> {
    return this.#db.transaction().execute(async (db: Transaction<Schema>) => {
      await db
        .insertInto('preferences')
        .values({ owner, ...NOTHING_SET, ...change })
        .onConflict((c) => c.column('owner').doUpdateSet(change))
        .execute();
      await bumpVersion(db, PREFERENCES_AREA);
    });
  }
}

function preferencesFrom(row: PreferencesTable): Preferences {
  const { dnd, dnd_until: until, forward_when: when, forward_to: to, forward_by: by } = row;
  const isForwarded = (when === 'always' || when === 'unanswered') && to !== null && by !== null;
  return {
    ...(dnd === 0 ? {} : { dnd: until === null ? {} : { until: Number(until) } }),
    ...(isForwarded ? { forward: { when, to, by: by as MatrixUserId } } : {}),
    screening: [],
  };
}

function ruleFrom(caller: string, verdict: string): ScreeningRule {
  return { caller, verdict: verdict === 'allow' ? 'allow' : 'block' };
}
