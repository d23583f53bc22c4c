/** Parts of texts that the network has, and what receipts said of them. */
import type { Kysely } from 'kysely';
import type { AcceptedPart } from '../../message/index.ts';
import type { Schema } from '../schema.ts';

export interface DeliveryPartsTable {
  text_ref: string;
  part: number;
  transport: string;
  /** By which receipts name it. */
  message_id: string | null;
  /** How strong the strongest receipt was; 0: none came. */
  receipt: number;
  accepted_at: number;
}

type ReceiptState = 'delivered' | 'displayed' | 'failed';

/** What a stronger one said stands: a text that was read had arrived, whatever another receipt says. */
const STRENGTH: Readonly<Record<ReceiptState, number>> = { failed: 1, delivered: 2, displayed: 3 };

/** Of one that was accepted twice, because its first answer was lost, the newer ID counts. */
export async function noteAccepted(
  db: Kysely<Schema>,
  textRef: string,
  part: AcceptedPart,
  now: number,
): Promise<void> {
  const row = {
    transport: part.transport,
    message_id: part.messageId ?? null,
    receipt: 0,
    accepted_at: Math.floor(now),
  };
  await db
    .insertInto('delivery_parts')
    .values({ text_ref: textRef, part: part.index, ...row })
    .onConflict((c) => c.columns(['text_ref', 'part']).doUpdateSet(row))
    .execute();
}

/** @returns whose part it is; providers use IDs again after a while: the one that was accepted last */
export async function textOfPart(
  db: Kysely<Schema>,
  transport: string,
  messageId: string,
): Promise<{ readonly textRef: string; readonly part: number } | undefined> {
  const row = await db
    .selectFrom('delivery_parts')
    .select(['text_ref', 'part'])
    .where('transport', '=', transport)
    .where('message_id', '=', messageId)
    .orderBy('accepted_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { textRef: row.text_ref, part: row.part };
}

/** @returns how many accepted parts of the text have not got as far as `state` */
export async function noteReceipt(
  db: Kysely<Schema>,
  textRef: string,
  part: number,
  state: ReceiptState,
): Promise<number> {
  const strength = STRENGTH[state];
  await db
    .updateTable('delivery_parts')
    .set({ receipt: strength })
    .where('text_ref', '=', textRef)
    .where('part', '=', part)
    .where('receipt', '<', strength)
    .execute();
  const row = await db
    .selectFrom('delivery_parts')
    .select((e) => e.fn.countAll().as('n'))
    .where('text_ref', '=', textRef)
    .where('receipt', '<', strength)
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}
