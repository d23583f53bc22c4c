/** What `call` asks of Matrix. */
import type { CallAddress, CallSignalling, OutgoingCallEvent } from '../call-events.ts';
import { composeCallEvent } from '../calls/compose.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { bodyText } from '../sanitise.ts';
import type { EventSender } from './sender.ts';
import type { TurnServers } from './turn.ts';

export function createSignalling(sender: EventSender, turn: TurnServers): CallSignalling {
  return {
    async send(address: CallAddress, event: OutgoingCallEvent, key: string) {
      const composed = composeCallEvent(address, event);
      if (composed === undefined) return;
      await sender.send({
        ...composed,
        key: `call:${key}`,
        lane: `call:${address.roomId}:${address.callId}`,
        roomId: address.roomId,
        as: address.ghost,
      });
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
