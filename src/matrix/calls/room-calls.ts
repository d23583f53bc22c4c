/**
 * Which rooms have a call, as far as the gateway's own events and those of clients tell. A client lets a second call in the
 * same room pass without a sound, so a phone room that has one takes no other.
 */
import type { CallAddress, IncomingCallEvent, OutgoingCallEvent } from '../call-events.ts';
import type { Clock } from '../clock.ts';
import type { CallId, MatrixUserId, RoomId } from '../ids.ts';

/** Longer than any call; what was never ended is forgotten then. */
const FORGOTTEN_AFTER_MS = 12 * 3_600_000;
/** Between the moment a room is promised to a call and its invite: media and SIP have to be prepared. */
const PROMISED_FOR_MS = 15_000;

export interface EndedCall {
  readonly roomId: RoomId;
  readonly ghost: MatrixUserId;
  readonly how: 'answered' | 'missed' | 'declined';
}

interface LiveCall {
  readonly ghost: MatrixUserId | undefined;
  readonly since: number;
  answered: boolean;
}

export class RoomCalls {
  readonly #clock: Clock;
  readonly #onEnded: (call: EndedCall) => void;
  readonly #rooms = new Map<RoomId, Map<CallId, LiveCall>>();
  readonly #promised = new Map<RoomId, number>();

  /** @param onEnded told of calls that the gateway began */
  constructor(clock: Clock, onEnded: (call: EndedCall) => void) {
    this.#clock = clock;
    this.#onEnded = onEnded;
  }

  /** A call will begin here in a moment. */
  promise(roomId: RoomId): void {
    this.#promised.set(roomId, this.#clock.now() + PROMISED_FOR_MS);
  }

  isBusy(roomId: RoomId): boolean {
    const now = this.#clock.now();
    if ((this.#promised.get(roomId) ?? 0) > now) return true;
    this.#promised.delete(roomId);
    return this.ghostsCalling(roomId).length > 0;
  }

  /** Ghosts that are in a call in this room; undefined stands for a call that a client began. */
  ghostsCalling(roomId: RoomId): readonly (MatrixUserId | undefined)[] {
    const calls = this.#rooms.get(roomId);
    if (calls === undefined) return [];
    const oldest = this.#clock.now() - FORGOTTEN_AFTER_MS;
    for (const [callId, { since }] of calls) if (since < oldest) calls.delete(callId);
    if (calls.size === 0) this.#rooms.delete(roomId);
    return [...calls.values()].map(({ ghost }) => ghost);
  }

  /** The gateway sends an event. */
  sent({ roomId, callId, ghost }: CallAddress, event: OutgoingCallEvent): void {
    if (event.type === 'invite') this.#begin(roomId, callId, ghost);
    const call = this.#rooms.get(roomId)?.get(callId);
    if (call === undefined) return;
    if (event.type === 'select_answer') call.answered = true;
    if (event.type === 'hangup' || event.type === 'reject')
      this.#end(roomId, callId, call.answered ? 'answered' : 'missed');
  }

  /** A client sent an event. */
  received({ type, roomId, callId }: IncomingCallEvent): void {
    if (type === 'invite') this.#begin(roomId, callId, undefined);
    const call = this.#rooms.get(roomId)?.get(callId);
    if (call === undefined) return;
    if (type === 'reject' || type === 'hangup') this.#end(roomId, callId, call.answered ? 'answered' : 'declined');
  }

  /** A ghost has left: its calls there are over. */
  left(roomId: RoomId): void {
    this.#rooms.delete(roomId);
    this.#promised.delete(roomId);
  }

  #begin(roomId: RoomId, callId: CallId, ghost: MatrixUserId | undefined): void {
    this.#promised.delete(roomId);
    const calls = this.#rooms.get(roomId) ?? new Map<CallId, LiveCall>();
    if (!calls.has(callId)) calls.set(callId, { ghost, since: this.#clock.now(), answered: false });
    this.#rooms.set(roomId, calls);
  }

  #end(roomId: RoomId, callId: CallId, how: EndedCall['how']): void {
    const ghost = this.#rooms.get(roomId)?.get(callId)?.ghost;
    this.#rooms.get(roomId)?.delete(callId);
    if (this.#rooms.get(roomId)?.size === 0) this.#rooms.delete(roomId);
    if (ghost !== undefined) this.#onEnded({ roomId, ghost, how });
  }
}
