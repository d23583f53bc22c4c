/** What happens inside an answered call: offers both ways, DTMF by INFO, and the requests that need an answer. */
import type { Logger } from 'pino';
import { type SipFailure, type SipLegEvent, SipRequestError } from '../leg.ts';
import {
  header,
  headerHasToken,
  headerList,
  lenient,
  type SipRequest,
  type SipResponse,
  sessionDescription,
  sessionExpires,
} from '../message/index.ts';
import { ALLOW } from '../trunk/index.ts';
import type { Clock } from './clock.ts';
import type { DialogClient } from './dialog-client.ts';
import { parseInfoDtmf } from './dtmf.ts';
import { glareDelayMs, MAX_OFFER_ATTEMPTS } from './glare.ts';
import { type OfferInput, type OfferState, type OfferVerdict, stepOffer } from './offer-machine.ts';
import {
  answerTimer,
  type RunningTimer,
  reofferTimerHeaders,
  timerFromRequest,
  timerFromResponse,
} from './session-timer.ts';
import type { IncomingRequest } from './stack.ts';

/** An offer of the peer that nobody answers is refused, before its retransmissions end (RFC 3261 §17.2.1). */
const REOFFER_ANSWER_MS = 20_000;
/** RFC 3261 §13.3.1.4: a 2xx is repeated for 64·T1 until its ACK comes. */
const ACK_WAIT_MS = 33_000;
const KNOWN_EXTENSIONS = ['timer', '100rel'];

interface SessionParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The Contact that our INVITE had: the same in every target refresh of the dialog. */
  readonly contact: string | undefined;
  readonly minSeS: number;
  readonly emit: (event: SipLegEvent) => void;
  /** The peer does not know the dialog any more (481), or cannot be reached in it (408). */
  readonly onLost: (status: number) => void;
  /** From 0 (inclusive) to 1. */
  readonly random: () => number;
}

export class Session {
  readonly #parts: SessionParts;
  #client: DialogClient | undefined;
  #offer: OfferState = { name: 'stable' };
  #waiting: (() => void)[] = [];
  readonly #sleepers = new Set<() => void>();
  #timer: RunningTimer | undefined;
  #awaitedAck: { readonly cseq: string; settle(sdp: string | undefined): void } | undefined;
  #open: { refuse(): void } | undefined;
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** The call is answered: from now on offers can be made. @param answer the 2xx to the INVITE */
  establish(client: DialogClient, answer: SipResponse): void {
    this.#client = client;
    this.#timer = timerFromResponse(sessionExpires(answer));
  }

  /** Ends all waiting: ours is rejected, the peer's is refused. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#open?.refuse();
    this.#awaitedAck?.settle(undefined);
    for (const wake of this.#sleepers) wake();
    this.#wake();
  }

  /**
   * Offers the peer a description.
   * @returns its answer
   * @throws SipRequestError when it refuses, or the call ends
   */
  async reoffer(sdp: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      await this.#turn();
      const client = this.#client;
      if (client === undefined || this.#closed) throw new SipRequestError(callOver);
      try {
        const answer = await client.request({
          method: 'INVITE',
          headers: {
            ...this.#contact(),
            Allow: ALLOW,
            ...reofferTimerHeaders(this.#timer, this.#parts.minSeS),
            'Content-Type': 'application/sdp',
          },
          body: sdp,
        });
        this.#timer = timerFromResponse(sessionExpires(answer));
        const description = lenient(() => sessionDescription(answer));
        if (description === undefined) throw new SipRequestError(answerless);
        return description;
      } catch (error) {
        if (!(error instanceof SipRequestError) || this.#closed) throw error;
        const { failure } = error;
        if (failure.status === 481 || failure.status === 408) this.#parts.onLost(failure.status);
        // RFC 3261 §14.1. A server that would not send it is refreshing the session by an INVITE of its own.
        const glare = failure.status === 491 || (failure.status === 503 && failure.origin === 'local');
        if (!glare || attempt >= MAX_OFFER_ATTEMPTS) throw error;
      } finally {
        this.#step({ type: 'made' });
        this.#wake();
      }
      await this.#pause(glareDelayMs(true, this.#parts.random()));
    }
  }

  /** A request of the peer inside the dialog; BYE is not its business. */
  handle(request: IncomingRequest, early: { readonly described: boolean } | undefined): void {
    const { message } = request;
    if (message.method === 'ACK') {
      this.#ack(message);
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
        this.#offered(request, message.method, early);
        break;
      case 'INFO':
        this.#info(request);
        break;
      case 'OPTIONS':
        request.respond(200, { headers: { Allow: ALLOW, Accept: 'application/sdp', Supported: 'timer' } });
        break;
      case 'PRACK':
        // We send no reliable 1xx: there is nothing that it could acknowledge (RFC 3262 §3).
        request.respond(481);
        break;
      default:
        request.respond(405, { headers: { Allow: ALLOW } });
    }
  }

  #offered(
    request: IncomingRequest,
    method: 'INVITE' | 'UPDATE',
    early: { readonly described: boolean } | undefined,
  ): void {
    const { message } = request;
    const sdp = lenient(() => sessionDescription(message));
    if (sdp === undefined && message.body.length > 0) {
      request.respond(415, { headers: { Accept: 'application/sdp' } });
      return;
    }
    const timer = answerTimer(
      { sessionExpires: sessionExpires(message), supportsTimer: headerHasToken(message, 'supported', 'timer') },
      this.#parts.minSeS,
    );
    if (timer.verdict === 'too-small') {
      request.respond(422, { headers: timer.headers });
      return;
    }
    const offerless = sdp === undefined;
    // RFC 3311 §5.2: before the callee has described anything, our INVITE's offer is still open.
    if (early !== undefined && !early.described && !offerless) {
      request.respond(491);
      return;
    }
    const step = this.#step({ type: 'receive', method, offerless });
    if (step.verdict === 'refuse') {
      const retryAfter = { 'Retry-After': String(Math.floor(this.#parts.random() * 11)) };
      request.respond(step.status, step.status === 500 ? { headers: retryAfter } : {});
      return;
    }
    const headers = { ...this.#contact(), Allow: ALLOW, ...timer.headers };
    if (method === 'UPDATE' && offerless) {
      this.#timer = timerFromRequest(timer.headers);
      request.respond(200, { headers });
      return;
    }
    this.#emitReoffer(request, method, sdp, headers);
  }

  #emitReoffer(
    request: IncomingRequest,
    method: 'INVITE' | 'UPDATE',
    sdp: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): void {
    const { clock, emit, logger } = this.#parts;
    let decided = false;
    const decide = (): boolean => {
      if (decided) return false;
      decided = true;
      stop();
      if (this.#open === open) this.#open = undefined;
      return true;
    };
    const done = (): void => {
      this.#step({ type: 'answered' });
      this.#wake();
    };
    const reject = (status: 488 | 491 | 500): void => {
      if (!decide()) return;
      request.respond(status);
      done();
    };
    const open = { refuse: () => reject(500) };
    this.#open = open;
    const stop = clock.after(REOFFER_ANSWER_MS, () => {
      logger.warn({ method }, 'an offer of the far side was not answered by the gateway and is refused');
      reject(500);
    });
    // The server has answered the re-INVITE with 487 by itself.
    request.onCancel(() => {
      if (decide()) done();
    });
    emit({
      type: 'reoffer',
      ...(sdp === undefined ? {} : { sdp }),
      accept: async (localSdp) => {
        if (!decide()) return undefined;
        this.#timer = timerFromRequest(headers);
        const answer = method === 'INVITE' ? this.#awaitAck(header(request.message, 'cseq') ?? '', done) : undefined;
        request.respond(200, { headers: { ...headers, 'Content-Type': 'application/sdp' }, body: localSdp });
        if (answer === undefined) {
          done();
          return undefined;
        }
        return sdp === undefined ? answer : undefined;
      },
      reject,
    });
  }

  /** @param done called with the ACK itself, not after it: their next offer may be right behind (RFC 3261 §14.1). */
  #awaitAck(cseq: string, done: () => void): Promise<string | undefined> {
    return new Promise((resolve) => {
      const stop = this.#parts.clock.after(ACK_WAIT_MS, () => waiting.settle(undefined));
      const waiting = {
        cseq,
        settle: (sdp: string | undefined) => {
          stop();
          if (this.#awaitedAck === waiting) this.#awaitedAck = undefined;
          done();
          resolve(sdp);
        },
      };
      this.#awaitedAck = waiting;
    });
  }

  #ack(message: SipRequest): void {
    const number = (text: string | undefined): number => Number.parseInt(text ?? '', 10);
    if (number(this.#awaitedAck?.cseq) !== number(header(message, 'cseq'))) return;
    this.#awaitedAck?.settle(lenient(() => sessionDescription(message)));
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

  #contact(): Record<string, string> {
    return this.#parts.contact === undefined ? {} : { Contact: this.#parts.contact };
  }

  #step(input: OfferInput): OfferVerdict {
    const { state, result } = stepOffer(this.#offer, input);
    this.#offer = state;
    return result;
  }

  /** Settles when it is our turn to offer, or the call is over. */
  async #turn(): Promise<void> {
    while (!this.#closed && this.#step({ type: 'make' }).verdict === 'wait') {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  /** Settles after `ms`, or when the call is over. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        stop();
        this.#sleepers.delete(wake);
        resolve();
      };
      const stop = this.#parts.clock.after(ms, wake);
      this.#sleepers.add(wake);
    });
  }
}

const callOver: SipFailure = {
  status: 481,
  phrase: 'The call is over or was not answered',
  sawProvisional: false,
  origin: 'local',
};
const answerless: SipFailure = {
  status: 488,
  phrase: 'Answer without a session description',
  sawProvisional: false,
  origin: 'remote',
};
