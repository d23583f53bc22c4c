/** The Matrix calls of one call in: runs the effects that are about one of them. */
import type { InboundCall } from '../../../sip/index.ts';
import type { CallRooms, RingRoom } from '../../matrix/index.ts';
import type { CallParts } from '../call-parts.ts';
import { ownPartyOf } from '../call-ref.ts';
import type { CallRecord } from '../record.ts';
import type { Sentence } from '../sentences.ts';
import type { Timers } from '../timers.ts';
import { callingParty } from './caller.ts';
import type { InboundEffect } from './effects.ts';
import type { InboundEvent, RingTimerName } from './events.ts';
import type { InboundHooks } from './inbound-parts.ts';
import { RingRun } from './ring-run.ts';
import type { InboundWords } from './words.ts';

interface Parts {
  readonly call: InboundCall;
  readonly house: Pick<CallParts, 'signalling' | 'journal' | 'clock' | 'mayNotify'>;
  readonly rooms: CallRooms;
  readonly words: InboundWords;
  readonly timers: Timers<RingTimerName>;
  readonly hooks: Pick<InboundHooks, 'takenBy' | 'onRing' | 'onRingOver'>;
  readonly emit: (event: InboundEvent) => void;
  readonly onTrouble: (error: unknown, what: string) => void;
}

type OfRing =
  | 'seekRoom'
  | 'inviteClient'
  | 'endRing'
  | 'dropRing'
  | 'tellMissed'
  | 'tellForwarded'
  | 'tellAnsweredBy'
  | 'setRingTimer'
  | 'clearRingTimer';
export type RingEffect = Extract<InboundEffect, { type: OfRing }>;

const ofRing: Readonly<Record<OfRing, true>> = {
  seekRoom: true,
  inviteClient: true,
  endRing: true,
  dropRing: true,
  tellMissed: true,
  tellForwarded: true,
  tellAnsweredBy: true,
  setRingTimer: true,
  clearRingTimer: true,
};

export const isRingEffect = (effect: InboundEffect): effect is RingEffect => Object.hasOwn(ofRing, effect.type);

export class Rings {
  readonly #parts: Parts;
  readonly #rings = new Map<number, RingRun>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get(ring: number): RingRun | undefined {
    return this.#rings.get(ring);
  }

  /** Where this one rings; undefined when it does not yet. */
  roomOf(ring: number): RingRoom | undefined {
    const run = this.#rings.get(ring);
    return run?.isInvited ? run.room : undefined;
  }

  /** Starts an effect; what comes back is a promise where it goes on. */
  run(effect: RingEffect): unknown {
    const { words, timers } = this.#parts;
    switch (effect.type) {
      case 'seekRoom':
        return this.#seek(effect);
      case 'inviteClient':
        return this.#rings.get(effect.ring)?.invite(effect.sdp, effect.lifetimeMs);
      case 'endRing':
        return this.#end(effect.ring, effect.reason);
      case 'dropRing':
        return this.#end(effect.ring, undefined);
      case 'tellMissed':
        return this.#tell(effect.ring, 'missed', effect.givenUp ? words.givenUp : words.missed);
      case 'tellForwarded':
        return this.#tell(effect.ring, 'missed', words.forwarded(effect.to), 'forwarded');
      case 'tellAnsweredBy':
        return this.#tell(effect.ring, 'elsewhere', words.answeredBy(effect.user));
      case 'setRingTimer':
        return timers.set(effect.timer, effect.afterMs);
      case 'clearRingTimer':
        return timers.clear(effect.timer);
      default:
        return effect satisfies never;
    }
  }

  /** In every room in which it rang. */
  say(sentence: Sentence): void {
    const text = this.#parts.words.text(sentence);
    for (const run of this.#rings.values()) run.leg?.notice(sentence.key, text);
  }

  /** Settles when all is said everywhere, and no entry of the call is left in the journal. */
  async close(record: CallRecord): Promise<void> {
    // The record goes with one of the entries: the call is one.
    await Promise.all([...this.#rings.values()].map((ring, at) => ring.close(at === 0 ? record : undefined)));
  }

  #seek({ ring, target }: Extract<RingEffect, { type: 'seekRoom' }>): Promise<void> {
    const { call, house, rooms, words, hooks, emit, onTrouble } = this.#parts;
    const { signalling, journal, clock } = house;
    const run = new RingRun(ring, target, {
      callRef: call.callRef,
      ownParty: ownPartyOf(call.callRef),
      caller: callingParty(call),
      missed: words.missed,
      rooms,
      signalling,
      journal,
      now: () => clock.now(),
      takenBy: hooks.takenBy,
      onRoom: ({ id, callId }, { roomId }) => hooks.onRing(roomId, callId, id),
      emit,
      onTrouble,
    });
    this.#rings.set(ring, run);
    return run.seek();
  }

  #end(ring: number, reason: Parameters<RingRun['end']>[0]): void {
    const run = this.#rings.get(ring);
    if (!run) return;
    run.end(reason);
    if (run.room) this.#parts.hooks.onRingOver(run.room.roomId, run.callId);
  }

  #tell(ring: number, kind: 'missed' | 'elsewhere', text: string, name: string = kind): void {
    const { mayNotify = () => true } = this.#parts.house;
    const run = this.#rings.get(ring);
    run?.leg?.notice(name, text, () => mayNotify(run.user, kind));
  }
}
