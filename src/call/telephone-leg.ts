/** The telephone's side of one call: places it, and carries offers and answers between it and the media. */

import type { Direction } from '../../media/index.ts';
import type { SipCallId, SipCalls, SipLeg, SipLegEvent } from '../../sip/index.ts';
import type { CallEvent, Route } from './machine.ts';
import { type MediaLeg, mediaFailure } from './media-leg.ts';
import type { TelephoneCause } from './reasons.ts';

type Referral = Extract<SipLegEvent, { type: 'refer' }>;
type Reoffer = Extract<SipLegEvent, { type: 'reoffer' }>;

interface Parts {
  readonly sip: SipCalls;
  readonly media: MediaLeg;
  readonly callRef: string;
  readonly emit: (event: CallEvent) => void;
}

export class TelephoneLeg {
  readonly #parts: Parts;
  readonly #reoffers = new Map<number, Reoffer>();
  readonly #referrals = new Map<number, Referral>();
  #leg: SipLeg | undefined;
  #lastId = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get sipCallId(): SipCallId | undefined {
    return this.#leg?.sipCallId;
  }

  place(route: Route, sdp: string): void {
    const { sip, callRef, emit } = this.#parts;
    const { trunk, target, ringTimeoutMs } = route;
    const { account, callerId, callerName, responseTimeoutMs, extraHeaders } = route;
    this.#leg = undefined;
    try {
      const leg: SipLeg = sip.placeCall(
        {
          callRef,
          trunk,
          target,
          sdp,
          ringTimeoutMs,
          ...(account === undefined ? {} : { account }),
          ...(responseTimeoutMs === undefined ? {} : { responseTimeoutMs }),
          ...(extraHeaders === undefined ? {} : { extraHeaders }),
          ...(callerId === undefined ? {} : { callerId }),
          ...(callerName === undefined ? {} : { callerName }),
        },
        (event) => {
          // What an earlier attempt still has to say is of no interest any more.
          if (this.#leg === leg) emit(this.#asCallEvent(event));
        },
      );
      this.#leg = leg;
    } catch (error) {
      const phrase = error instanceof Error ? error.message : String(error);
      emit({ type: 'sip-failed', failure: { status: 500, phrase, sawProvisional: false, origin: 'local' } });
    }
  }

  hangup({ q850, text }: TelephoneCause): void {
    this.#leg?.hangup({ q850, text });
  }

  refuse(id: number, status: 488 | 491 | 500): void {
    this.#take(id)?.reject(status);
  }

  refuseReferral(id: number, status: 403 | 405 | 603): void {
    const referral = this.#referrals.get(id);
    this.#referrals.delete(id);
    referral?.reject(status);
  }

  /** Refuses what is still open: an offer must not stay without an answer. */
  refuseAll(): void {
    for (const id of [...this.#reoffers.keys()]) this.refuse(id, 500);
    for (const id of [...this.#referrals.keys()]) this.refuseReferral(id, 603);
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
    try {
      const offer = await media.runOrThrow((session) => session.createRtpReoffer(direction));
      if (offer === undefined || !this.#leg) return;
      const answer = await this.#leg.reoffer(offer);
      const agreed = await media.runOrThrow((session) => session.acceptRtpReanswer(answer));
      if (agreed) emit({ type: 'sip-reoffer-answered', direction: agreed.direction });
    } catch (error) {
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
        return { type: 'sip-dtmf' };
      case 'identity':
        return { type: 'sip-identity', party: event.party };
      case 'refer': {
        this.#lastId += 1;
        this.#referrals.set(this.#lastId, event);
        return { type: 'sip-refer', id: this.#lastId, target: event.to.target };
      }
      default:
        return event satisfies never;
    }
  }
}
