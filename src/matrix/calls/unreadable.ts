/** An invite that cannot be understood is still somebody waiting: as much of it as is needed to refuse the call. Pure. */
import { createHash } from 'node:crypto';
import type { CallAddress } from '../call-events.ts';
import type { CallId, MatrixUserId, RoomId } from '../ids.ts';
import { finiteNumber, type JsonObject, objectOr, shortString } from '../json.ts';

/** Older ones have been given up by their callers. */
const MAX_AGE_MS = 60_000;

/** Where to refuse it; undefined when it does not even have a `call_id`, or nobody waits any more. */
export function refusalAddress(raw: JsonObject, roomId: RoomId, ghost: MatrixUserId): CallAddress | undefined {
  const content = objectOr(raw.content);
  const callId = shortString(content.call_id);
  const ageMs = finiteNumber(objectOr(raw.unsigned).age) ?? 0;
  if (callId === undefined || ageMs > MAX_AGE_MS) return undefined;
  const partyId = `trunkline-${createHash('sha256').update(callId).digest('hex').slice(0, 16)}`;
  const version = content.version === undefined || content.version === 0 || content.version === '0' ? '0' : '1';
  return { roomId, ghost, callId: callId as CallId, partyId, version };
}
