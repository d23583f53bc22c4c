/** The Matrix call that was answered: who talks, in which room, and what is done for them from now on. */
import type { CallId, MatrixUserId, RingRoom, RoomId } from '../../matrix/index.ts';
import { CommonEffects, type InCallParts } from '../call-effects.ts';

interface Parts extends InCallParts {
  readonly by: MatrixUserId;
  readonly room: RingRoom;
  readonly callId: CallId;
}

export class TakenCall {
  readonly by: MatrixUserId;
  readonly ghost: MatrixUserId;
  readonly roomId: RoomId;
  readonly callId: CallId;
  readonly effects: CommonEffects;

  constructor(parts: Parts) {
    const { by, room, callId } = parts;
    this.by = by;
    this.ghost = room.ghost;
    this.roomId = room.roomId;
    this.callId = callId;
    this.effects = new CommonEffects(parts);
  }
}
