/** What a call in is made of and told, beside what every call is. */
import type { CallId, CallRooms, RingRoom, RoomId } from '../../matrix/index.ts';
import type { CallTransfers } from '../call-effects.ts';
import type { DecideInbound, MayNotify } from '../ports.ts';
import type { Onward, OnwardCall } from '../transfer/onward.ts';
import type { TransferableCall } from '../transfer/transferable.ts';
import type { InboundRecord } from './record.ts';
import type { TakenBy } from './ring-run.ts';

export interface InboundParts {
  readonly decide: DecideInbound;
  readonly rooms: CallRooms;
  /** Default: everybody wants every notice. */
  readonly mayNotify?: MayNotify;
}

export interface InboundHooks {
  /** All live calls of the gateway beside this one. */
  readonly live: () => number;
  /** Whose call there is in the room already. */
  readonly takenBy: (room: RingRoom) => TakenBy | undefined;
  /** From now on events of this room and call ID are for this ring. */
  readonly onRing: (roomId: RoomId, callId: CallId, ring: number) => void;
  /** From now on they are for nobody. */
  readonly onRingOver: (roomId: RoomId, callId: CallId) => void;
  readonly transfers: (call: TransferableCall) => CallTransfers;
  /** Calls another number for a call that nobody took; what comes of it, it dispatches. */
  readonly forward: (call: OnwardCall, onward: Onward) => { cancel(): void };
  readonly onEnded: () => void;
  readonly onRecord: (record: InboundRecord) => void;
}
