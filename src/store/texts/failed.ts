/** Texts that failed and were not sent again since. */
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';

/** Of each {event, telephone} the latest round is meant; `d` is its row. */
export function stillFailed(db: Kysely<Schema>) {
  return db
    .selectFrom('deliveries as d')
    .where('d.state', '=', sql.lit('failed'))
    .where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom('deliveries as again')
            .select('again.text_ref')
            .whereRef('again.event_id', '=', 'd.event_id')
            .whereRef('again.target', '=', 'd.target')
            .whereRef('again.round', '>', 'd.round'),
        ),
      ),
    );
}
