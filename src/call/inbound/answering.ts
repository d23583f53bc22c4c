/** The telephone that calls, until it is answered: told that it rings, answered or refused. */
import type { InboundLeg, Refusal } from '../../../sip/index.ts';
import type { TelephoneCause } from '../reasons.ts';
import type { TelephoneLeg } from '../telephone-leg.ts';
import type { InboundEvent } from './events.ts';
import { asRefusal } from './outcome.ts';

interface Parts {
  readonly leg: InboundLeg;
  /** Holds the leg; the telephone may be another one once it is answered. */
  readonly telephone: TelephoneLeg;
  readonly emit: (event: InboundEvent) => void;
}

export class Answering {
  readonly #parts: Parts;
  /** 200 is out: from now on the telephone is hung up and not refused. */
  #isAnswered = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  alert(): void {
    this.#parts.leg.ring();
  }

  refuse(refusal: Refusal): void {
    this.#parts.leg.reject(refusal);
  }

  hangup(cause: TelephoneCause): void {
    if (this.#isAnswered) this.#parts.telephone.hangup(cause);
    else this.refuse(asRefusal(cause));
  }

  /** 200. Settles when it is acknowledged, with the answer to an offer of ours; rejects when it never is. */
  answerNow(ours: string): Promise<string | undefined> {
    this.#isAnswered = true;
    return this.#parts.leg.answer(ours);
  }

  async answer(ours: string): Promise<void> {
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
}
