/**
 * The telephone's side of one call, whoever called: carries offers and answers between it and the media, and what it says
 * to the machine. The telephone may become another one (a transfer).
 */
import type { Direction } from '../../media/index.ts';
import type { InboundCall, SipCallId, SipCalls, SipLegEvent } from '../../sip/index.ts';
import type { CallEvent, Route } from './machine.ts';
import { type MediaLeg, mediaFailure } from './media-leg.ts';
import { outboundRequest } from './outbound-request.ts';
import type { TelephoneCause } from './reasons.ts';
import { asHouseEvent } from './running.ts';
import { SipLine } from './sip-line.ts';

type Reoffer = Extract<SipLegEvent, { type: 'reoffer' }>;
export type Referral = Extract<SipLegEvent, { type: 'refer' }>;

interface Parts {
  readonly sip: Pick<SipCalls, 'placeCall'>;
  readonly media: MediaLeg;
  readonly callRef: string;
  readonly emit: (event: CallEvent) => void;
}

export class TelephoneLeg {
  readonly #parts: Parts;
  readonly #reoffers = new Map<number, Reoffer>();
  readonly #referrals = new Map<number, Referral>();
  readonly #replacements = new Map<number, InboundCall>();
  #line: SipLine | undefined;
  #lastId = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get sipCallId(): SipCallId | undefined {
    return this.#line?.leg.sipCallId;
  }

  get line(): SipLine | undefined {
    return this.#line;
  }

  /** Calls by this route; what earlier attempts still say is not heard. */
  place(route: Route, sdp: string, mayRedirectTo?: (user: string) => boolean): void {
    const { sip, callRef, emit } = this.#parts;
    this.#line?.mute();
    this.#line = undefined;
    try {
      const request = outboundRequest(route, { callRef, sdp, ...(mayRedirectTo ? { mayRedirectTo } : {}) });
      this.take(new SipLine((listener) => sip.placeCall(request, listener)));
    } catch (error) {
      const phrase = error instanceof Error ? error.message : String(error);
      emit({ type: 'sip-failed', failure: { status: 500, phrase, sawProvisional: false, origin: 'local' } });
    }
  }

  /** This is the call's telephone from now on. The one before, if any, is not heard any more, and is given back. */
  take(line: SipLine): SipLine | undefined {
    const before = this.release();
    this.#line = line;
    const { emit } = this.#parts;
    line.hear(
      (event) => emit(this.#asCallEvent(event)),
      (event) => emit(asHouseEvent(event)),
    );
    return before;
  }

  /** Gives the telephone away; nothing of it is heard here any more. What is still asked of us is refused. */
  release(): SipLine | undefined {
    const line = this.#line;
    this.refuseAll();
    line?.mute();
    this.#line = undefined;
    return line;
  }

  hangup({ q850, text }: TelephoneCause): void {
    this.#line?.hangup({ q850, text });
  }

  sendDtmfInfo(digit: string, durationMs: number): void {
    this.#line?.leg.sendDtmfInfo(digit, durationMs);
  }

  refuse(id: number, status: 488 | 491 | 500): void {
    this.#take(id)?.reject(status);
  }

  /** Another telephone wants to take the place of this one (INVITE with Replaces). */
  offerReplacement(call: InboundCall): void {
    this.#lastId += 1;
    this.#replacements.set(this.#lastId, call);
    this.#parts.emit({ type: 'sip-replacement', id: this.#lastId });
  }

  takeReplacement(id: number): InboundCall | undefined {
    const call = this.#replacements.get(id);
    this.#replacements.delete(id);
    return call;
  }

  takeReferral(id: number): Referral | undefined {
    const referral = this.#referrals.get(id);
    this.#referrals.delete(id);
    return referral;
  }

  refuseReferral(id: number, status: 403 | 405 | 603): void {
    this.takeReferral(id)?.reject(status);
  }

  /** RFC 3891 §3: a dialog that is not in a state to be replaced. */
  refuseReplacement(id: number): void {
    this.takeReplacement(id)?.leg.reject({ status: 481 });
  }

  /** Refuses what is still open: nothing that is asked may stay without an answer. */
  refuseAll(): void {
    for (const id of [...this.#reoffers.keys()]) this.refuse(id, 500);
    for (const id of [...this.#referrals.keys()]) this.refuseReferral(id, 603);
    for (const id of [...this.#replacements.keys()]) this.refuseReplacement(id);
  }

  /** Answers the telephone's offer, or makes the one it asks for (RFC 3261 §14.2). */
  async answer(id: number, sdp: string | undefined, direction: Direction): Promise<void> {
    const { media } = this.#parts;
    if (sdp !== undefined) {
      const answer = await media.run('sip-reoffer', (session) => session.acceptRtpOffer(sdp), id);
      if (answer) await this.#accept(id, answer.sdp, () => answer.direction);
      return;
    }
    const offer = await media.run('sip-reoffer', (session) => session.createRtpReoffer(direction), id);
    if (offer === undefined) return;
    await this.#accept(id, offer, async (reanswer) => {
      // An ACK without an answer leaves things as they were.
      if (reanswer === undefined) return direction;
      return (await media.run('sip-reoffer', (session) => session.acceptRtpReanswer(reanswer)))?.direction;
    });
  }

  async #accept(
    id: number,
    localSdp: string,
    direction: (reanswer: string | undefined) => Direction | undefined | Promise<Direction | undefined>,
  ): Promise<void> {
    const { emit } = this.#parts;
    try {
      const agreed = await direction(await this.#take(id)?.accept(localSdp));
      if (agreed) emit({ type: 'sip-renegotiated', direction: agreed });
    } catch (error) {
      emit(mediaFailure('sip-reoffer', error));
    }
  }

  /** Offers the telephone a direction. */
  async reoffer(direction: Direction): Promise<void> {
    const { media, emit } = this.#parts;
    const line = this.#line;
    try {
      const offer = await media.runOrThrow((session) => session.createRtpReoffer(direction));
      if (offer === undefined || !line || line !== this.#line) return;
      const answer = await line.leg.reoffer(offer);
      if (line !== this.#line) return;
      const agreed = await media.runOrThrow((session) => session.acceptRtpReanswer(answer));
      if (agreed) emit({ type: 'sip-reoffer-answered', direction: agreed.direction });
    } catch (error) {
      if (line !== this.#line) return;
      emit({ type: 'sip-reoffer-failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  #take(id: number): Reoffer | undefined {
    const reoffer = this.#reoffers.get(id);
    this.#reoffers.delete(id);
    return reoffer;
  }

  #asCallEvent(event: SipLegEvent): CallEvent {
    switch (event.type) {
      case 'provisional':
        return { ...event, type: 'sip-provisional' };
      case 'answered':
        return { ...event, type: 'sip-answered' };
      case 'failed':
        return { type: 'sip-failed', failure: event.failure };
      case 'ended':
        return { type: 'sip-ended', end: event.end };
      case 'reoffer': {
        this.#lastId += 1;
        this.#reoffers.set(this.#lastId, event);
        return { type: 'sip-reoffer', id: this.#lastId, ...(event.sdp === undefined ? {} : { sdp: event.sdp }) };
      }
      case 'dtmf':
        return { type: 'sip-dtmf', digit: event.digit, durationMs: event.durationMs };
      case 'identity':
        return { type: 'sip-identity', party: event.party };
      case 'refer': {
        this.#lastId += 1;
        this.#referrals.set(this.#lastId, event);
        return { type: 'sip-refer', id: this.#lastId };
      }
      default:
        return event satisfies never;
    }
  }
}
