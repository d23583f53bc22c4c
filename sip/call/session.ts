/** What happens inside an answered call: offers both ways, DTMF by INFO, and the requests that need an answer. */
import type { Logger } from 'pino';
import { type Party, type SipFailure, type SipLegEvent, SipRequestError } from '../leg.ts';
import { header, headerList, lenient, type SipMessage, sessionDescription, sessionExpires } from '../message/index.ts';
import { ALLOW } from '../trunk/index.ts';
import type { Clock } from './clock.ts';
import type { DialogClient } from './dialog-client.ts';
import { infoDtmf, parseInfoDtmf } from './dtmf.ts';
import { NO_CALL } from './failure.ts';
import { glareDelayMs, MAX_OFFER_ATTEMPTS } from './glare.ts';
import { OfferTurn } from './offer-turn.ts';
import { type EarlyOffer, PeerOffers } from './peer-offers.ts';
import { type ReferFacts, ReferTaker } from './refer-in.ts';
import { ReferSender } from './refer-out.ts';
import { SessionRefresher } from './session-refresher.ts';
import { type RunningTimer, reofferTimerHeaders, timerFromResponse } from './session-timer.ts';
import type { IncomingRequest } from './stack.ts';

/** Option tags that may be required of us inside a call. */
const KNOWN_EXTENSIONS = ['timer', '100rel', 'norefersub'];

export interface SessionParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The Contact that our INVITE or our response to theirs had: the same in every target refresh of the dialog. */
  readonly contact: () => string | undefined;
  /** Whether our INVITE made the call. */
  readonly ours: boolean;
  readonly minSeS: number;
  readonly emit: (event: SipLegEvent) => void;
  /** The peer does not know the dialog any more (481), or cannot be reached in it (408). */
  readonly onLost: (status: number) => void;
  /** From 0 (inclusive) to 1. */
  readonly random: () => number;
  /** The trunk has credentials: refreshes may be challenged, so they are ours to send. */
  readonly refreshes: boolean;
  /** The server's session timer starts anew with an UPDATE too, not with an INVITE alone. */
  readonly updateKeepsTimer: boolean;
  /** The description that we gave last. */
  readonly localSdp: string;
  /** Who the far side says that it is, when a message says it. */
  readonly identify: (message: SipMessage) => Party | undefined;
  readonly refers: ReferFacts;
}

/** What the answered INVITE has agreed on. */
export interface Established {
  readonly takesUpdate: boolean;
  readonly timer: RunningTimer | undefined;
  /** Our description, when it is another one than the session began with. */
  readonly localSdp?: string;
}

export class Session {
  readonly #parts: SessionParts;
  readonly #turn: OfferTurn;
  readonly #peerOffers: PeerOffers;
  readonly #refresher: SessionRefresher | undefined;
  readonly #referTaker: ReferTaker;
  readonly #referSender: ReferSender;
  #client: DialogClient | undefined;
  #timer: RunningTimer | undefined;
  #localSdp: string;
  #takesUpdate = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#localSdp = parts.localSdp;
    this.#turn = new OfferTurn(parts.clock);
    this.#peerOffers = new PeerOffers({
      ...parts,
      turn: this.#turn,
      onAccepted: (localSdp, timer) => {
        this.#localSdp = localSdp ?? this.#localSdp;
        this.#setTimer(timer);
      },
    });
    this.#refresher = parts.refreshes
      ? new SessionRefresher({ clock: parts.clock, logger: parts.logger, refresh: () => this.#refresh() })
      : undefined;
    this.#referTaker = new ReferTaker({ ...parts, facts: parts.refers });
    this.#referSender = new ReferSender(parts);
  }

  /** The call is answered: from now on offers can be made. */
  establish(client: DialogClient, { takesUpdate, timer, localSdp }: Established): void {
    this.#client = client;
    this.#takesUpdate = takesUpdate;
    this.#localSdp = localSdp ?? this.#localSdp;
    this.#setTimer(timer);
  }

  /** The call is over. Ends all waiting: ours is rejected, the peer's is refused. */
  close(byFarSide: boolean): void {
    if (this.#turn.closed) return;
    this.#refresher?.stop();
    this.#turn.close();
    this.#peerOffers.close();
    this.#referTaker.close();
    this.#referSender.close(byFarSide);
  }

  /** Settles when a BYE may go; undefined: at once. */
  mayEnd(): Promise<void> | undefined {
    return this.#referTaker.told();
  }

  /** Sends a digit (application/dtmf-relay). */
  sendDtmf(digit: string, durationMs: number): void {
    const client = this.#client;
    if (client === undefined || this.#turn.closed) return;
    client.request(infoDtmf(digit, durationMs)).catch((error: unknown) => {
      const status = error instanceof SipRequestError ? error.failure.status : undefined;
      this.#parts.logger.debug({ status }, 'a digit by INFO was not accepted');
      if (status === 481) this.#parts.onLost(status);
    });
  }

  /** Asks the far side to call somebody else. @param referTo value of Refer-To */
  refer(referTo: string, referredBy: string | undefined): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#turn.closed) return Promise.reject(new SipRequestError(NO_CALL));
    return this.#referSender.refer(client, referTo, referredBy);
  }

  /**
   * Offers the peer a description.
   * @returns its answer
   * @throws SipRequestError when it refuses, or the call ends
   */
  async reoffer(sdp: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      await this.#turn.ours();
      const client = this.#client;
      if (client === undefined || this.#turn.closed) throw new SipRequestError(NO_CALL);
      try {
        return await this.#offer(client, sdp);
      } catch (error) {
        if (!(error instanceof SipRequestError) || this.#turn.closed) throw error;
        const { failure } = error;
        if (failure.status === 481 || failure.status === 408) this.#parts.onLost(failure.status);
        // RFC 3261 §14.1. A server that would not send it is refreshing the session by an INVITE of its own.
        const glare = failure.status === 491 || (failure.status === 503 && failure.origin === 'local');
        if (!glare || attempt >= MAX_OFFER_ATTEMPTS) throw error;
      } finally {
        this.#turn.made();
      }
      const waitMs = glareDelayMs(this.#parts.ours, this.#parts.random());
      this.#parts.logger.debug({ attempt, waitMs }, 'our offer met another one and is made again');
      await this.#turn.pause(waitMs);
    }
  }

  /**
   * A request of the peer inside the dialog; BYE is not its business.
   * @param early the call is not answered: what that means for an offer
   */
  handle(request: IncomingRequest, early: EarlyOffer | undefined): void {
    const { message } = request;
    if (message.method === 'ACK') {
      this.#peerOffers.acknowledged(message);
      return;
    }
    const unknown = (lenient(() => headerList(message, 'require')) ?? []).filter(
      (tag) => !KNOWN_EXTENSIONS.includes(tag.toLowerCase()),
    );
    if (unknown.length > 0) {
      request.respond(420, { headers: { Unsupported: unknown.join(', ') } });
      return;
    }
    switch (message.method) {
      case 'INVITE':
      case 'UPDATE':
        this.#identify(message);
        this.#peerOffers.take(request, message.method, early);
        break;
      case 'INFO':
        this.#info(request);
        break;
      case 'OPTIONS':
        request.respond(200, { headers: { Allow: ALLOW, Accept: 'application/sdp', Supported: 'timer, replaces' } });
        break;
      case 'REFER':
        if (this.#client === undefined) request.respond(403);
        else this.#referTaker.take(request, this.#client);
        break;
      case 'NOTIFY':
        this.#referSender.notified(request);
        break;
      case 'PRACK':
        // There is no reliable 1xx of ours that it could acknowledge (RFC 3262 §3).
        request.respond(481);
        break;
      default:
        request.respond(405, { headers: { Allow: ALLOW } });
    }
  }

  async #offer(client: DialogClient, sdp: string): Promise<string> {
    const { contact, minSeS } = this.#parts;
    const answer = await client.request({
      method: 'INVITE',
      headers: {
        ...contactHeader(contact()),
        Allow: ALLOW,
        ...reofferTimerHeaders(this.#timer, minSeS),
        'Content-Type': 'application/sdp',
      },
      body: sdp,
    });
    this.#setTimer(timerFromResponse(sessionExpires(answer)));
    const description = lenient(() => sessionDescription(answer));
    if (description === undefined) throw new SipRequestError(answerless);
    this.#localSdp = sdp;
    return description;
  }

  /** RFC 4028 §7.4: by UPDATE without a description, or by a re-INVITE with the one that is in force. */
  async #refresh(): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#turn.closed) return;
    if (!this.#takesUpdate || !this.#parts.updateKeepsTimer) {
      await this.reoffer(this.#localSdp);
      return;
    }
    const { contact, minSeS, onLost } = this.#parts;
    try {
      const answer = await client.request({
        method: 'UPDATE',
        headers: {
          ...contactHeader(contact()),
          Allow: ALLOW,
          ...reofferTimerHeaders(this.#timer, minSeS),
        },
      });
      this.#setTimer(timerFromResponse(sessionExpires(answer)));
    } catch (error) {
      if (!(error instanceof SipRequestError) || this.#turn.closed) throw error;
      const { status } = error.failure;
      if (status === 481 || status === 408) onLost(status);
      // It said that it takes UPDATE, and does not.
      if (status === 405 || status === 501) {
        this.#takesUpdate = false;
        await this.#refresh();
      }
    }
  }

  /** Tells the listener when the far side has become somebody else (RFC 3325, RFC 5876 §4.4). */
  #identify(message: SipMessage): void {
    const party = this.#parts.identify(message);
    if (party !== undefined) this.#parts.emit({ type: 'identity', party });
  }

  #setTimer(timer: RunningTimer | undefined): void {
    this.#timer = timer;
    this.#refresher?.arm(timer);
  }

  #info(request: IncomingRequest): void {
    const { message } = request;
    const contentType = header(message, 'content-type');
    const dtmf = parseInfoDtmf(contentType, message.body.toString('utf8'));
    if (dtmf !== undefined) {
      request.respond(200);
      this.#parts.emit({ type: 'dtmf', ...dtmf });
    } else if (message.body.length === 0 || /^application\/dtmf/i.test(contentType ?? '')) {
      // RFC 6086 §4.2.2: nothing in it that we do not understand; a flash is understood and means nothing here.
      request.respond(200);
    } else {
      request.respond(415, { headers: { Accept: 'application/dtmf-relay, application/dtmf' } });
    }
  }
}

function contactHeader(contact: string | undefined): Record<string, string> {
  return contact === undefined ? {} : { Contact: contact };
}

const answerless: SipFailure = {
  status: 488,
  phrase: 'Answer without a session description',
  sawProvisional: false,
  origin: 'remote',
};
