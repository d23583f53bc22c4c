/** What `call` asks of Matrix. */

import { Lru } from '../../lru.ts';
import type { CallAddress, CallSignalling, OutgoingCallEvent } from '../call-events.ts';
import { composeCallEvent } from '../calls/compose.ts';
import { isRefusal } from '../client/errors.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { bodyText } from '../sanitise.ts';
import type { EventSender } from './sender.ts';
import type { TurnServers } from './turn.ts';

const REMEMBERED = 1_000;

/** @param onSend told of each call event before it is sent */
export function createSignalling(
  sender: EventSender,
  turn: TurnServers,
  onSend: (address: CallAddress, event: OutgoingCallEvent) => void = () => {},
): CallSignalling {
  /** Calls whose invite is on its way. */
  const inviting = new Map<string, Promise<unknown>>();
  /** Calls whose invite never got there: nobody knows them, so nobody is told more of them. */
  const unknown = new Lru<string, true>(REMEMBERED);
  return {
    async send(address, event, key, signal) {
      const composed = composeCallEvent(address, event);
      if (composed === undefined) return;
      const { roomId, ghost: as, callId } = address;
      const lane = `call:${roomId}:${callId}`;
      onSend(address, event);
      await inviting.get(lane);
      if (unknown.get(lane)) return;
      const sent = sender.send({ ...composed, key: `call:${key}`, lane, roomId, as, ...(signal ? { signal } : {}) });
      if (event.type !== 'invite') return sent;
      const settled = sent
        .catch((error: unknown) => {
          // A try that got no answer may have arrived: then somebody's telephone rings and must be told when it is over.
          if (isRefusal(error)) unknown.set(lane, true);
        })
        .finally(() => inviting.delete(lane));
      inviting.set(lane, settled);
      return sent;
    },

    async notice(roomId: RoomId, ghost: MatrixUserId, text: string, key: string) {
      await sender.send({
        type: 'm.room.message',
        content: { msgtype: 'm.notice', body: bodyText(text) },
        key: `notice:${key}`,
        // Of its own: a sentence must not wait for a call's events nor hold them up.
        lane: `notices:${roomId}`,
        roomId,
        as: ghost,
      });
    },

    turnServer: () => turn.get(),
  };
}
