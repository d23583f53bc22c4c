/** Offers of the far side inside a dialog: re-INVITE and UPDATE, with a description or asking for ours (RFC 3261 §14.2, RFC 3311). */
import type { Logger } from 'pino';
import type { SipLegEvent } from '../leg.ts';
import {
  header,
  headerHasToken,
  lenient,
  type SipRequest,
  sessionDescription,
  sessionExpires,
} from '../message/index.ts';
import { ALLOW } from '../trunk/index.ts';
import type { Clock } from './clock.ts';
import type { OfferTurn } from './offer-turn.ts';
import { answerTimer, type RunningTimer, timerFromRequest } from './session-timer.ts';
import type { IncomingRequest } from './stack.ts';

/** An offer that nobody answers is refused, before its retransmissions end (RFC 3261 §17.2.1). */
const ANSWER_MS = 20_000;
/** RFC 3261 §13.3.1.4: a 2xx is repeated for 64·T1 until its ACK comes. */
const ACK_MS = 33_000;

export interface PeerOffersParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly turn: OfferTurn;
  /** Our Contact, for the 2xx: it refreshes the target. */
  readonly contact: () => string | undefined;
  readonly minSeS: number;
  readonly emit: (event: SipLegEvent) => void;
  /** A 2xx went out: our description, when there was one in it, and the session timer from now on. */
  readonly onAccepted: (localSdp: string | undefined, timer: RunningTimer | undefined) => void;
  readonly random: () => number;
}

/**
 * The call is not answered: an offer must wait until the one of the INVITE is answered (`described`), and is refused so until
 * then (RFC 3311 §5.2: 491 by the caller, whose own offer is open; 500 by the called side, which has not answered it).
 */
export interface EarlyOffer {
  readonly described: boolean;
  readonly refusal: 491 | 500;
}

export class PeerOffers {
  readonly #parts: PeerOffersParts;
  #awaitedAck: { readonly cseq: number; settle(sdp: string | undefined): void } | undefined;
  #open: { refuse(): void } | undefined;

  constructor(parts: PeerOffersParts) {
    this.#parts = parts;
  }

  /**
   * Takes a re-INVITE or UPDATE.
   * @param early the call is not answered: what that means for an offer
   */
  take(request: IncomingRequest, method: 'INVITE' | 'UPDATE', early: EarlyOffer | undefined): void {
    const { message } = request;
    const { contact, minSeS, onAccepted, random, turn } = this.#parts;
    const sdp = lenient(() => sessionDescription(message));
    if (sdp === undefined && message.body.length > 0) {
      request.respond(415, { headers: { Accept: 'application/sdp' } });
      return;
    }
    const timer = answerTimer(
      { sessionExpires: sessionExpires(message), supportsTimer: headerHasToken(message, 'supported', 'timer') },
      minSeS,
    );
    if (timer.verdict === 'too-small') {
      request.respond(422, { headers: timer.headers });
      return;
    }
    const refuse = (status: 491 | 500): void => {
      if (status === 491) request.respond(status);
      else request.respond(status, { headers: { 'Retry-After': String(Math.floor(random() * 11)) } });
    };
    if (early !== undefined && !early.described && sdp !== undefined) {
      refuse(early.refusal);
      return;
    }
    const verdict = turn.receive(method, sdp === undefined);
    if (verdict.verdict === 'refuse') {
      refuse(verdict.status);
      return;
    }
    const ourContact = contact();
    const headers = { ...(ourContact === undefined ? {} : { Contact: ourContact }), Allow: ALLOW, ...timer.headers };
    if (method === 'UPDATE' && sdp === undefined) {
      onAccepted(undefined, timerFromRequest(timer.headers));
      request.respond(200, { headers });
      return;
    }
    this.#ask(request, method, sdp, headers);
  }

  /** An ACK: the 2xx to their re-INVITE has arrived, with the answer to our late offer if there was one. */
  acknowledged(message: SipRequest): void {
    if (this.#awaitedAck?.cseq === cseqNumber(message)) {
      this.#awaitedAck.settle(lenient(() => sessionDescription(message)));
    }
  }

  /** The call is over: what is open is refused, what waits goes on. */
  close(): void {
    this.#open?.refuse();
    this.#awaitedAck?.settle(undefined);
  }

  /** Asks the listener what to answer. */
  #ask(
    request: IncomingRequest,
    method: 'INVITE' | 'UPDATE',
    sdp: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): void {
    const { clock, emit, logger, onAccepted, turn } = this.#parts;
    let decided = false;
    const decide = (): boolean => {
      if (decided) return false;
      decided = true;
      stop();
      if (this.#open === open) this.#open = undefined;
      return true;
    };
    const reject = (status: 488 | 491 | 500): void => {
      if (!decide()) return;
      request.respond(status);
      turn.answered();
    };
    const open = { refuse: () => reject(500) };
    this.#open = open;
    const stop = clock.after(ANSWER_MS, () => {
      logger.warn({ method }, 'an offer of the far side was not answered by the gateway and is refused');
      reject(500);
    });
    // The server has answered the re-INVITE with 487 by itself.
    request.onCancel(() => {
      if (decide()) turn.answered();
    });
    emit({
      type: 'reoffer',
      ...(sdp === undefined ? {} : { sdp }),
      accept: async (localSdp) => {
        if (!decide()) return undefined;
        onAccepted(localSdp, timerFromRequest(headers));
        const answer = method === 'INVITE' ? this.#awaitAck(request.message) : undefined;
        request.respond(200, { headers: { ...headers, 'Content-Type': 'application/sdp' }, body: localSdp });
        if (answer === undefined) turn.answered();
        return sdp === undefined ? answer : undefined;
      },
      reject,
    });
  }

  #awaitAck(invite: SipRequest): Promise<string | undefined> {
    return new Promise((resolve) => {
      const stop = this.#parts.clock.after(ACK_MS, () => waiting.settle(undefined));
      const waiting = {
        cseq: cseqNumber(invite),
        settle: (sdp: string | undefined) => {
          stop();
          if (this.#awaitedAck === waiting) this.#awaitedAck = undefined;
          // With the ACK itself, not after it: their next offer may be right behind (RFC 3261 §14.1).
          this.#parts.turn.answered();
          resolve(sdp);
        },
      };
      this.#awaitedAck = waiting;
    });
  }
}

function cseqNumber(message: SipRequest): number {
  return Number.parseInt(header(message, 'cseq') ?? '', 10);
}
