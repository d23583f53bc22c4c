/** MESSAGEs that come in: whose they are, what they say, and their answer once that is on the disk (RFC 3428 §7). */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { redactNumbers } from '../call/redact.ts';
import type { IncomingRequest } from '../call/stack.ts';
import { type AdmissionParts, admitted, calledIn, type TrunkVerdict } from '../inbound/index.ts';
import { header, type SipRequest } from '../message/index.ts';
import type { InboundText, TextReceipt, TextReply } from '../text.ts';
import { ALLOW } from '../trunk/index.ts';
import { type Arrival, faultOf, senderUri, textOf } from './arrival.ts';
import { keyOf } from './inbound-key.ts';
import { ACCEPT, type ReadBody, type ReadText, readBody } from './read.ts';

/**
 * How long the answer waits for the taker: the sender gives up after 32 s (RFC 3261 §17.1.2.2), and has to hear of it before.
 */
const TAKE_MS = 15_000;

/** An SMS that came in is acknowledged by a MESSAGE of its own (3GPP TS 24.341 §5.3.2.4). */
export interface Acknowledgement {
  readonly trunk: string;
  readonly account?: string;
  /** Whom it is for: the SIP URI that the SMS came from. */
  readonly target: string;
  /** In whose name. */
  readonly sender: string;
  readonly callId: string;
  readonly key: string;
  readonly body: Buffer;
}

export interface InboundTextsParts extends AdmissionParts {
  readonly logger: Logger;
  /** ms since 1970. */
  readonly epochMs: () => number;
  readonly acknowledge: (acknowledgement: Acknowledgement, logger: Logger) => void;
  /** By which receipts name a text that went out under this Call-ID. */
  readonly messageIdOf: (callId: string) => string | undefined;
}

export class InboundTexts {
  readonly #parts: InboundTextsParts;
  #take: ((text: InboundText) => Promise<TextReply>) | undefined;
  #report: ((receipt: TextReceipt) => Promise<void>) | undefined;

  constructor(parts: InboundTextsParts) {
    this.#parts = parts;
  }

  onText(take: (text: InboundText) => Promise<TextReply>): void {
    this.#take = take;
  }

  onReceipt(take: (receipt: TextReceipt) => Promise<void>): void {
    this.#report = take;
  }

  /** Takes a MESSAGE without a To-tag. */
  message(request: IncomingRequest): void {
    const verdict = admitted(request, this.#parts);
    if (verdict !== undefined) this.#of(verdict, request);
  }

  #of(verdict: TrunkVerdict, request: IncomingRequest): void {
    const { trunk } = verdict;
    const { message } = request;
    const textRef = `text-${randomBytes(6).toString('hex')}`;
    const logger = this.#parts.logger.child({ trunk: trunk.name, textRef, sipCallId: header(message, 'call-id') });
    const fault = trunk.texts.enabled ? faultOf(message) : { status: 405, headers: { Allow: ALLOW } };
    if (fault !== undefined) {
      logger.info({ status: fault.status, from: request.source.address }, 'a text that came in is refused');
      request.respond(fault.status, { headers: fault.headers });
      return;
    }
    const now = this.#parts.epochMs();
    this.#read({ verdict, request, message, textRef, logger, now }, readBody(message, { form: trunk.texts.body, now }));
  }

  #read(arrival: Arrival, read: ReadBody): void {
    const { request, message, logger } = arrival;
    switch (read.kind) {
      case 'text':
        this.#text(arrival, read);
        break;
      case 'receipt':
        this.#receipt(arrival, read);
        break;
      case 'nothing':
        logger.debug({ why: read.why }, 'a MESSAGE holds nothing to read');
        request.respond(200);
        this.#acknowledge(arrival, read.acknowledgement);
        break;
      case 'unsupported':
        logger.info({ status: 415, type: typeOf(message), why: read.why }, 'a text that came in is refused');
        request.respond(415, { headers: { Accept: ACCEPT, 'Accept-Encoding': 'identity' } });
        break;
      case 'malformed':
        logger.info({ status: 400, type: typeOf(message), why: read.why }, 'a text that came in is refused');
        request.respond(400);
        break;
      default:
        read satisfies never;
    }
  }

  #text(arrival: Arrival, read: ReadText): void {
    const { request, logger } = arrival;
    const text = textOf(arrival, read);
    const { account, called, sender, part } = text;
    logger.info(
      {
        called: redactNumbers(called),
        sender: redactNumbers(sender.number ?? ''),
        withheld: sender.withheld,
        characters: read.text.length,
        ...(account === undefined ? {} : { account }),
        ...(part === undefined ? {} : { part: part.index, parts: part.total }),
      },
      'a text comes in',
    );
    void this.#taken(text, logger).then((reply) => {
      if (reply.kind === 'taken') {
        request.respond(200);
        this.#acknowledge(arrival, read.acknowledgement);
        return;
      }
      const { status, retryAfterS } = reply;
      logger.info({ status }, 'a text that came in is refused');
      const headers = retryAfterS === undefined ? undefined : { 'Retry-After': String(Math.ceil(retryAfterS)) };
      request.respond(status, headers === undefined ? {} : { headers });
    });
  }

  #receipt(arrival: Arrival, read: Extract<ReadBody, { kind: 'receipt' }>): void {
    const { request, logger, verdict } = arrival;
    const { name, state, detail } = read;
    const messageId = 'messageId' in name ? name.messageId : this.#parts.messageIdOf(name.callId);
    const report = this.#report;
    const done = (): void => {
      request.respond(200);
      this.#acknowledge(arrival, read.acknowledgement);
    };
    if (messageId === undefined || report === undefined) {
      logger.debug({ state }, 'a receipt for no text of ours');
      done();
      return;
    }
    logger.info({ state, ...(detail === undefined ? {} : { detail }) }, 'a receipt comes in');
    const receipt = { trunk: verdict.trunk.name, messageId, state, ...(detail === undefined ? {} : { detail }) };
    // What a taker throws is a promise that rejects.
    (async () => report(receipt))().then(done, (error: unknown) => {
      logger.error({ err: error }, 'a receipt could not be stored');
      request.respond(503, { headers: { 'Retry-After': '10' } });
    });
  }

  #acknowledge({ verdict, message, logger }: Arrival, body: Buffer | undefined): void {
    const target = senderUri(message);
    if (body === undefined || target === undefined) return;
    const { trunk, account } = verdict;
    this.#parts.acknowledge(
      {
        trunk: trunk.name,
        ...(account === undefined ? {} : { account }),
        target,
        sender: calledIn(message, trunk.inbound, verdict) ?? '',
        callId: header(message, 'call-id') ?? '',
        key: keyOf(message, trunk.name),
        body,
      },
      logger,
    );
  }

  /** Never rejects. */
  #taken(text: InboundText, logger: Logger): Promise<TextReply> {
    const take = this.#take;
    const unavailable: TextReply = { kind: 'refused', status: 503, retryAfterS: 10 };
    if (take === undefined) return Promise.resolve(unavailable);
    return new Promise((resolve) => {
      const stop = this.#parts.clock.after(TAKE_MS, () => {
        logger.error('a text that came in could not be stored in time');
        resolve(unavailable);
      });
      (async () => take(text))().then(
        (reply) => {
          stop();
          resolve(reply);
        },
        (error: unknown) => {
          stop();
          logger.error({ err: error }, 'a text that came in could not be stored');
          resolve(unavailable);
        },
      );
    });
  }
}

function typeOf(message: SipRequest): string {
  return (header(message, 'content-type') ?? '').slice(0, 100);
}
