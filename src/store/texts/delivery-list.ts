/** Texts on their way out as an administrator sees them. */
import { type Kysely, sql } from 'kysely';
import type { StoredDelivery } from '../../message/index.ts';
import type { Schema } from '../schema.ts';
import { storedDelivery } from './delivery-rows.ts';
import { stillFailed } from './failed.ts';

export interface ListedDelivery extends StoredDelivery {
  /** What its writer was told when it failed. */
  readonly words?: string;
}

export interface DeliveryList {
  /** Those in this state, the oldest first; of failed ones those that were not sent again since. */
  list(state: 'waiting' | 'failed', atMost: number): Promise<readonly ListedDelivery[]>;
  /** One by its reference. */
  find(textRef: string): Promise<ListedDelivery | undefined>;
}

export function deliveryList(db: Kysely<Schema>): DeliveryList {
  return {
    async list(state, atMost) {
      const wanted =
        state === 'failed'
          ? stillFailed(db)
          : db.selectFrom('deliveries as d').where('d.state', '=', sql.lit('waiting'));
      const rows = await wanted.selectAll('d').orderBy('d.created_at').limit(atMost).execute();
      return rows.map(listed);
    },
    async find(textRef) {
      const row = await db.selectFrom('deliveries').selectAll().where('text_ref', '=', textRef).executeTakeFirst();
      return row && listed(row);
    },
  };
}

function listed(row: Parameters<typeof storedDelivery>[0]): ListedDelivery {
  return { ...storedDelivery(row), ...(row.words === null ? {} : { words: row.words }) };
}
