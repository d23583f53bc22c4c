/** The Matrix calls of one call in: runs the effects that are about one of them. */
import type { CallId, MatrixUserId, RingRoom, RoomId } from '../../matrix/index.ts';
import type { MayNotify } from '../ports.ts';
import type { CallRecord } from '../record.ts';
import type { InboundEffect } from './effects.ts';
import { type RingParts, RingRun } from './ring-run.ts';

export interface RingsParts extends Omit<RingParts, 'onRoom'> {
  readonly mayNotify: MayNotify;
  /** What is said of a call that went on to this number. */
  readonly forwarded: (to: string) => string;
  /** What is said of a call that its caller gave up: asked at that moment. */
  readonly givenUp: () => string;
  /** The sentence that says who took the call. */
  readonly answeredBy: (user: MatrixUserId) => string;
  /** From now on events of this room and call ID are for this ring. */
  readonly onRing: (roomId: RoomId, callId: CallId, ring: number) => void;
  /** From now on they are for nobody. */
  readonly onRingOver: (roomId: RoomId, callId: CallId) => void;
}

type OfRing = 'seekRoom' | 'inviteClient' | 'endRing' | 'dropRing' | 'tellMissed' | 'tellForwarded' | 'tellAnsweredBy';
export type RingEffect = Extract<InboundEffect, { type: OfRing }>;

const ofRing: Readonly<Record<OfRing, true>> = {
  seekRoom: true,
  inviteClient: true,
  endRing: true,
  dropRing: true,
  tellMissed: true,
  tellForwarded: true,
  tellAnsweredBy: true,
};

export const isRingEffect = (effect: InboundEffect): effect is RingEffect => Object.hasOwn(ofRing, effect.type);

export class Rings {
  readonly #parts: RingsParts;
  readonly #rings = new Map<number, RingRun>();

  constructor(parts: RingsParts) {
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
        return this.#tell(effect.ring, 'missed', effect.givenUp ? this.#parts.givenUp() : this.#parts.missed);
      case 'tellForwarded':
        return this.#tell(effect.ring, 'missed', this.#parts.forwarded(effect.to), 'forwarded');
      case 'tellAnsweredBy':
        return this.#tell(effect.ring, 'elsewhere', this.#parts.answeredBy(effect.user));
      default:
        return effect satisfies never;
    }
  }

  /** In every room in which it rang. */
  say(name: string, text: string): void {
    for (const run of this.#rings.values()) run.leg?.notice(name, text);
  }

  /** Settles when all is said everywhere, and no entry of the call is left in the journal. */
  async close(record: CallRecord): Promise<void> {
    // The record goes with one of the entries: the call is one.
    await Promise.all([...this.#rings.values()].map((ring, at) => ring.close(at === 0 ? record : undefined)));
  }

  #seek({ ring, target }: Extract<RingEffect, { type: 'seekRoom' }>): Promise<void> {
    const { onRing } = this.#parts;
    const run = new RingRun(ring, target, {
      ...this.#parts,
      onRoom: ({ id, callId }, { roomId }) => onRing(roomId, callId, id),
    });
    this.#rings.set(ring, run);
    return run.seek();
  }

  #end(ring: number, reason: Parameters<RingRun['end']>[0]): void {
    const run = this.#rings.get(ring);
    if (!run) return;
    run.end(reason);
    if (run.room) this.#parts.onRingOver(run.room.roomId, run.callId);
  }

  #tell(ring: number, kind: 'missed' | 'elsewhere', text: string, name: string = kind): void {
    const run = this.#rings.get(ring);
    run?.leg?.notice(name, text, () => this.#parts.mayNotify(run.user, kind));
  }
}
