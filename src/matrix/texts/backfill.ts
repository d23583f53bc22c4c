/**
 * Many clients make a chat at its first text, and send it right after the invitation: before the ghost has joined, when the
 * homeserver pushes nothing. Those texts are found by reading the room's newest events after the join.
 */
import type { MatrixUserId } from '../ids.ts';
import { type JsonObject, objectOr } from '../json.ts';

const SAID: ReadonlySet<unknown> = new Set([
  'm.room.message',
  'm.sticker',
  'm.poll.start',
  'org.matrix.msc3381.poll.start',
]);

/**
 * What was said since the ghost was invited, oldest first.
 * @param newestFirst as `GET /messages?dir=b` gives them
 * @param isOwn whether a user is a ghost of this gateway
 */
export function textsSinceInvited(
  newestFirst: readonly JsonObject[],
  ghost: MatrixUserId,
  isOwn: (userId: string) => boolean,
): readonly JsonObject[] {
  const found: JsonObject[] = [];
  for (const raw of newestFirst) {
    if (raw.type === 'm.room.member' && raw.state_key === ghost && objectOr(raw.content).membership === 'invite') break;
    if (SAID.has(raw.type) && typeof raw.sender === 'string' && !isOwn(raw.sender)) found.push(raw);
  }
  return found.reverse();
}
