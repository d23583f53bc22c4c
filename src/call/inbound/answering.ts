/** The telephone that calls, and its media: prepared, told that it rings, answered or refused, joined to the client that answers. */
import type { InboundLeg } from '../../../sip/index.ts';
import { mediaFailure } from '../media-leg.ts';
import type { CallProgress } from '../ports.ts';
import type { TelephoneCause } from '../reasons.ts';
import type { TelephoneSide } from '../telephone-side.ts';
import type { InboundEffect } from './effects.ts';
import type { InboundEvent } from './events.ts';
import { asRefusal } from './outcome.ts';

interface Parts {
  readonly leg: InboundLeg;
  /** Holds the leg; the telephone may be another one once it is answered. */
  readonly side: TelephoneSide;
  /** The call's in the books. */
  readonly page: { progressed(progress: CallProgress): void };
  readonly emit: (event: InboundEvent) => void;
}

type OfAnswering =
  | 'prepareInbound'
  | 'alertSip'
  | 'answerSip'
  | 'refuseSip'
  | 'hangupSip'
  | 'acceptClient'
  | 'closeMedia'
  | 'refuseSipReoffer'
  | 'refuseReferral'
  | 'refuseReplacement';
export type AnsweringEffect = Extract<InboundEffect, { type: OfAnswering }>;

const ofAnswering: Readonly<Record<OfAnswering, true>> = {
  prepareInbound: true,
  alertSip: true,
  answerSip: true,
  refuseSip: true,
  hangupSip: true,
  acceptClient: true,
  closeMedia: true,
  refuseSipReoffer: true,
  refuseReferral: true,
  refuseReplacement: true,
};

export const isAnsweringEffect = (effect: InboundEffect): effect is AnsweringEffect =>
  Object.hasOwn(ofAnswering, effect.type);

export class Answering {
  readonly #parts: Parts;
  /** 200 is out: from now on the telephone is hung up and not refused. */
  #isAnswered = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Starts an effect; what comes back is a promise where it goes on. */
  run(effect: AnsweringEffect): unknown {
    const { leg, side } = this.#parts;
    switch (effect.type) {
      case 'prepareInbound':
        return this.#prepare(effect);
      case 'alertSip':
        this.#progressed('ringing', 'ringingAt');
        return leg.ring();
      case 'answerSip':
        return this.#answer(effect.sdp);
      case 'refuseSip':
        return leg.reject(effect.refusal);
      case 'hangupSip':
        return this.#hangup(effect.cause);
      case 'acceptClient':
        return this.#acceptClient(effect);
      case 'closeMedia':
        return side.media.close();
      case 'refuseSipReoffer':
        return side.telephone.refuse(effect.id, effect.status);
      case 'refuseReferral':
        return side.telephone.refuseReferral(effect.id, effect.status);
      case 'refuseReplacement':
        return side.telephone.refuseReplacement(effect.id);
      default:
        return effect satisfies never;
    }
  }

  /** 200. Settles when it is acknowledged, with the answer to an offer of ours; rejects when it never is. */
  answerNow(ours: string): Promise<string | undefined> {
    this.#progressed('answered', 'answeredAt');
    this.#isAnswered = true;
    return this.#parts.leg.answer(ours);
  }

  async #answer(ours: string): Promise<void> {
    const { emit } = this.#parts;
    try {
      const sdp = await this.answerNow(ours);
      emit({ type: 'sip-acknowledged', ...(sdp === undefined ? {} : { sdp }) });
    } catch (error) {
      // The leg tells so itself; should it not, nobody would ever end this call.
      const phrase = error instanceof Error ? error.message : String(error);
      emit({ type: 'sip-failed', failure: { status: 408, phrase, sawProvisional: true, origin: 'timeout' } });
    }
  }

  #hangup(cause: TelephoneCause): void {
    const { leg, side } = this.#parts;
    if (this.#isAnswered) side.telephone.hangup(cause);
    else leg.reject(asRefusal(cause));
  }

  async #prepare({ sdp, rtp }: Extract<InboundEffect, { type: 'prepareInbound' }>): Promise<void> {
    const { side, emit } = this.#parts;
    try {
      const media = await side.media.openInbound(sdp, rtp);
      if (media) emit({ type: 'media-ready', ...media });
    } catch (error) {
      emit(mediaFailure('prepare', error));
    }
  }

  async #acceptClient({ sdp, candidates, rtp }: Extract<InboundEffect, { type: 'acceptClient' }>): Promise<void> {
    const { side, emit } = this.#parts;
    const accepted = await side.media.acceptClient(sdp, candidates, rtp);
    if (accepted) emit({ type: 'client-accepted', ...accepted });
  }

  /** Each once: a 180 that is sent again says nothing new. */
  #progressed(type: 'ringing' | 'answered', moment: 'ringingAt' | 'answeredAt'): void {
    const { side, page } = this.#parts;
    if (side.timeline.at(moment) === undefined) page.progressed({ type, attempt: 0, at: side.timeline.mark(moment) });
  }
}
