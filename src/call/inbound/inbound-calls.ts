/** The live calls in: which of them an event in a room is for, and what calls out must know of them. */
import type { InboundCall } from '../../../sip/index.ts';
import type { CallId, IncomingCallEvent, RingRoom, RoomId } from '../../matrix/index.ts';
import type { CallTransfers } from '../call-effects.ts';
import type { CallParts } from '../call-parts.ts';
import { ownPartyOf } from '../call-ref.ts';
import { callKey } from '../directory.ts';
import type { Onward, OnwardCall } from '../transfer/onward.ts';
import type { TransferableCall } from '../transfer/transferable.ts';
import { InboundCallRun } from './inbound-call.ts';
import type { InboundParts } from './inbound-parts.ts';
import type { InboundRecord } from './record.ts';
import type { TakenBy } from './ring-run.ts';

/** Seconds: the next process is up by then. */
const retryAfterS = 30;

export interface InboundCallsHooks {
  /** All live calls that are not of this directory. */
  readonly others: () => number;
  /** Whether a call of theirs is in the room. */
  readonly isTaken: (roomId: RoomId) => boolean;
  readonly transfers: (call: TransferableCall) => CallTransfers;
  readonly forward: (call: OnwardCall, onward: Onward) => { cancel(): void };
  /** Puts the call in the place of the one it names (INVITE with Replaces). */
  readonly replace: (call: InboundCall) => void;
  /** A call is being dealt with: its record will follow. */
  readonly onOpened: () => void;
  /** This Matrix call is over: late events of it concern nobody. */
  readonly onOver: (roomId: RoomId, callId: CallId) => void;
  readonly onRecord: (record: InboundRecord) => void;
}

interface RingEntry {
  readonly run: InboundCallRun;
  readonly ring: number;
  readonly roomId: RoomId;
  readonly callId: CallId;
}

export class InboundCalls {
  readonly #parts: CallParts;
  readonly #inbound: InboundParts;
  readonly #hooks: InboundCallsHooks;
  readonly #runs = new Set<InboundCallRun>();
  readonly #rings = new Map<string, RingEntry>();
  /** Calls that are over and still have something to send. */
  readonly #leaving = new Set<InboundCallRun>();
  #isClosing = false;

  constructor(parts: CallParts, inbound: InboundParts, hooks: InboundCallsHooks) {
    this.#parts = parts;
    this.#inbound = inbound;
    this.#hooks = hooks;
  }

  /** Takes a call from the telephone. Never throws. */
  take(call: InboundCall): void {
    if (this.#isClosing) {
      call.listen(() => undefined);
      call.leg.reject({ status: 503, q850: 41, text: 'Temporary failure', retryAfterS });
      return;
    }
    if (call.replaces) {
      this.#hooks.replace(call);
      return;
    }
    const run: InboundCallRun = new InboundCallRun(call, this.#parts, this.#inbound, {
      live: () => this.#runs.size - 1 + this.#hooks.others(),
      takenBy: (room) => this.#takenBy(room, run),
      onRing: (roomId, callId, ring) => {
        this.#rings.set(callKey(roomId, callId), { run, ring, roomId, callId });
      },
      onRingOver: (roomId, callId) => {
        if (this.#rings.delete(callKey(roomId, callId))) this.#hooks.onOver(roomId, callId);
      },
      transfers: this.#hooks.transfers,
      forward: this.#hooks.forward,
      onEnded: () => this.#leave(run),
      onRecord: this.#hooks.onRecord,
    });
    this.#runs.add(run);
    this.#hooks.onOpened();
    run.begin(ownPartyOf(call.callRef));
  }

  /** @returns whether the event is of a call in */
  handle(event: IncomingCallEvent): boolean {
    const entry = this.#rings.get(callKey(event.roomId, event.callId));
    entry?.run.hear(event, entry.ring);
    return entry !== undefined;
  }

  isLive(roomId: RoomId, callId: CallId): boolean {
    return this.#rings.has(callKey(roomId, callId));
  }

  roomClosed(roomId: RoomId): void {
    for (const { run, ring } of this.#inRoom(roomId)) run.left(ring);
  }

  /** Somebody calls out in this room: what only rings there gives way. */
  makeWay(roomId: RoomId): void {
    for (const { run, ring } of this.#inRoom(roomId)) {
      if (run.roomId !== roomId) run.dispatch({ type: 'ring-yields', ring });
    }
  }

  /** How many talk in this room. */
  talkingIn(roomId: RoomId): number {
    return [...this.#runs].filter((run) => run.roomId === roomId).length;
  }

  get size(): number {
    return this.#runs.size;
  }

  [Symbol.iterator](): IterableIterator<InboundCallRun> {
    return this.#runs.values();
  }

  /** Takes no more calls and ends those there are; settles when they are over and said so. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const run of [...this.#runs]) run.dispatch({ type: 'shutdown' });
    await Promise.all([...this.#runs, ...this.#leaving].map((run) => run.done));
  }

  #inRoom(roomId: RoomId): readonly RingEntry[] {
    return [...this.#rings.values()].filter((entry) => entry.roomId === roomId);
  }

  /** One call in a room: clients would not show a second one (and could not tell which is which). */
  #takenBy({ roomId }: RingRoom, asking: InboundCallRun): TakenBy | undefined {
    const here = this.#inRoom(roomId);
    if (here.some(({ run }) => run !== asking) || this.#hooks.isTaken(roomId)) return 'another-call';
    return here.length > 0 ? 'this-call' : undefined;
  }

  #leave(run: InboundCallRun): void {
    this.#runs.delete(run);
    for (const [key, entry] of this.#rings) {
      if (entry.run !== run) continue;
      this.#rings.delete(key);
      this.#hooks.onOver(entry.roomId, entry.callId);
    }
    this.#leaving.add(run);
    void run.done.then(() => this.#leaving.delete(run));
  }
}
