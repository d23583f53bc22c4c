/**
 * Read receipts that the homeserver pushes where the registration asks for them (application service API, "Pushing ephemeral
 * data"; before specification 1.13 MSC2409). Pure; whatever the types of the fields, it never throws.
 */
import type { EventId, MatrixUserId, RoomId } from '../ids.ts';
import { isObject, objectOr, shortString } from '../json.ts';

export interface ReadReceipt {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly user: MatrixUserId;
}

/** More in one transaction are left out: nobody reads so fast. */
const MOST = 1_000;

/** @param isOwn whether a user belongs to the gateway: its own receipts come back to it */
export function readReceipts(body: unknown, isOwn: (userId: string) => boolean): readonly ReadReceipt[] {
  const { ephemeral, 'de.sorunome.msc2409.ephemeral': unstable } = objectOr(body);
  const all = Array.isArray(ephemeral) ? ephemeral : unstable;
  const found: ReadReceipt[] = [];
  for (const edu of Array.isArray(all) ? (all as unknown[]) : []) {
    if (!isObject(edu) || edu.type !== 'm.receipt') continue;
    const roomId = shortString(edu.room_id);
    if (roomId === undefined || !isObject(edu.content)) continue;
    for (const [eventId, receipts] of Object.entries(edu.content)) {
      // Private receipts (`m.read.private`) are nobody's business.
      for (const user of Object.keys(objectOr(objectOr(receipts)['m.read']))) {
        if (isOwn(user) || found.length >= MOST) continue;
        found.push({ roomId: roomId as RoomId, eventId: eventId as EventId, user: user as MatrixUserId });
      }
    }
  }
  return found;
}
