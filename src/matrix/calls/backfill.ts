/**
 * A client sends `m.call.invite` as soon as it has invited the ghost, and the homeserver pushes events only while the
 * ghost is joined: what was sent in between is found by reading the room's newest events after the join.
 */
import type { JsonObject } from '../json.ts';
import { parseCallEvent } from './parse.ts';

/** How many of the newest events are read: an invite, its candidates, and what a chat has around them. */
export const BACKFILL_LIMIT = 40;

/**
 * The events of calls that are still ringing, oldest first: each live invite with what followed it from the same sender.
 * Left out: calls whose invite is too old, and calls that were hung up again.
 * @param newestFirst as `GET /messages?dir=b` gives them
 * @param isOwn whether a user is a ghost of this gateway
 */
export function liveCallEvents(
  newestFirst: readonly JsonObject[],
  now: number,
  isOwn: (userId: string) => boolean,
): readonly JsonObject[] {
  const oldestFirst = [...newestFirst].reverse().flatMap((raw) => {
    const parsed = parseCallEvent(raw, now);
    return parsed.ok && !isOwn(parsed.event.sender) ? [{ raw, event: parsed.event }] : [];
  });
  const live = new Set<string>();
  for (const { event } of oldestFirst) {
    if (event.type === 'invite' && event.ageMs < event.lifetimeMs) live.add(event.callId);
    if (event.type === 'hangup' || event.type === 'reject') live.delete(event.callId);
  }
  return oldestFirst.filter(({ event }) => live.has(event.callId)).map(({ raw }) => raw);
}
