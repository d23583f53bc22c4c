/** What happens to an open call, row by row. Of a closed one nothing changes. */
import { sql, type Transaction } from 'kysely';
import type { RecordChange } from '../../account/records/ports.ts';
import type { Schema } from '../schema.ts';
import { legRow, wholeMs } from './rows.ts';

export async function noteProgress(db: Transaction<Schema>, callRef: string, change: RecordChange): Promise<void> {
  const at = wholeMs(change.at);
  // The row is locked by this from the start: a close that goes on at once comes before or after, not in between.
  const row = await db
    .updateTable('call_records')
    .set((e) => ({ seen_at: e.case().when('seen_at', '<', at).then(at).else(e.ref('seen_at')).end() }))
    .where('call_ref', '=', callRef)
    .where('is_open', '=', 1)
    .returning(['opened_at'])
    .executeTakeFirst();
  if (row === undefined) return;
  switch (change.type) {
    case 'placed':
      return placed(db, callRef, change, at);
    case 'ringing':
      await setOnce(db, callRef, 'ringing_at', at);
      return setLegOnce(db, callRef, change.leg, 'ringing_at', at);
    case 'answered':
      await setOnce(db, callRef, 'answered_at', at);
      return setLegOnce(db, callRef, change.leg, 'answered_at', at);
    case 'taken':
      await db
        .updateTable('call_records')
        .set({ user_id: change.user, room_id: change.roomId, call_id: change.callId })
        .where('call_ref', '=', callRef)
        .execute();
      await db
        .insertInto('call_people')
        .values({ person: change.user, opened_at: row.opened_at, call_ref: callRef })
        .onConflict((c) => c.columns(['person', 'opened_at', 'call_ref']).doNothing())
        .execute();
      return;
    default:
      return change satisfies never;
  }
}

async function placed(
  db: Transaction<Schema>,
  callRef: string,
  { leg, begun, sipCallId }: Extract<RecordChange, { leg: number }>,
  at: number,
): Promise<void> {
  await setOnce(db, callRef, 'invite_sent_at', at);
  // One after the other: what was tried before is over.
  await db
    .updateTable('call_legs')
    .set({ ended_at: at })
    .where('call_ref', '=', callRef)
    .where('leg', '<', leg)
    .where('ended_at', 'is', null)
    .execute();
  if (begun !== undefined) {
    await db
      .insertInto('call_legs')
      .values(legRow(callRef, { ...begun, ...(sipCallId === undefined ? {} : { sipCallId }) }))
      .onConflict((c) => c.columns(['call_ref', 'leg']).doNothing())
      .execute();
    await db
      .updateTable('call_records')
      .set({ trunk: begun.trunk, account: begun.account ?? null })
      .where('call_ref', '=', callRef)
      .execute();
  }
  if (sipCallId === undefined) return;
  await db.updateTable('call_records').set({ sip_call_id: sipCallId }).where('call_ref', '=', callRef).execute();
}

async function setOnce(
  db: Transaction<Schema>,
  callRef: string,
  column: 'invite_sent_at' | 'ringing_at' | 'answered_at',
  at: number,
): Promise<void> {
  await db
    .updateTable('call_records')
    .set({ [column]: at })
    .where('call_ref', '=', callRef)
    .where(sql.ref(column), 'is', null)
    .execute();
}

async function setLegOnce(
  db: Transaction<Schema>,
  callRef: string,
  leg: number,
  column: 'ringing_at' | 'answered_at',
  at: number,
): Promise<void> {
  await db
    .updateTable('call_legs')
    .set({ [column]: at })
    .where('call_ref', '=', callRef)
    .where('leg', '=', leg)
    .where(sql.ref(column), 'is', null)
    .execute();
}
