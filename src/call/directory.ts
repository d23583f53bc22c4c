/** The live calls: by room and `call_id`, by room, by SIP Call-ID. */
import type { SipCallId } from '../../sip/index.ts';
import type { CallId, MatrixUserId, RoomId } from '../matrix/index.ts';
import type { Call } from './call.ts';
import type { LiveCounts } from './ports.ts';

/** A call's key: `call_id` alone is chosen by the client and could be repeated in another room. */
export const callKey = (roomId: RoomId, callId: CallId): string => `${roomId} ${callId}`;

export class CallDirectory {
  readonly #calls = new Map<string, Call>();

  add(call: Call): void {
    this.#calls.set(callKey(call.identity.roomId, call.identity.callId), call);
  }

  remove(call: Call): void {
    const key = callKey(call.identity.roomId, call.identity.callId);
    if (this.#calls.get(key) === call) this.#calls.delete(key);
  }

  find(roomId: RoomId, callId: CallId): Call | undefined {
    return this.#calls.get(callKey(roomId, callId));
  }

  inRoom(roomId: RoomId): readonly Call[] {
    return [...this.#calls.values()].filter((call) => call.identity.roomId === roomId);
  }

  /** For an administrator who has a SIP trace in hand; searches, as a call's Call-ID changes with each attempt. */
  bySipCallId(sipCallId: SipCallId): Call | undefined {
    return [...this.#calls.values()].find((call) => call.sipCallId === sipCallId);
  }

  /** The calls that came before this one and are still live. */
  countsBeside(own: Call, caller: MatrixUserId, roomId: RoomId): LiveCounts {
    let total = 0;
    let ofCaller = 0;
    let inRoom = 0;
    for (const call of this.#calls.values()) {
      if (call === own) break; // In order of arrival: later calls do not count against an earlier one.
      total += 1;
      if (call.identity.caller === caller) ofCaller += 1;
      if (call.identity.roomId === roomId) inRoom += 1;
    }
    return { total, ofCaller, inRoom };
  }

  get size(): number {
    return this.#calls.size;
  }

  [Symbol.iterator](): IterableIterator<Call> {
    return this.#calls.values();
  }
}
