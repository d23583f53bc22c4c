/** MESSAGEs that come in: whose they are, what they say, and their answer once that is on the disk (RFC 3428 §7). */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../call/clock.ts';
import { redactNumbers } from '../call/redact.ts';
import type { IncomingRequest } from '../call/stack.ts';
import {
  calledIn,
  callerOf,
  type DigestGate,
  type DropLog,
  type InboundDirectory,
  type Verdict,
  whose,
} from '../inbound/index.ts';
import { header, headerList, lenient, maxForwards, parseNameAddr, type SipRequest } from '../message/index.ts';
import type { InboundText, TextReply } from '../text.ts';
import { ALLOW } from '../trunk/index.ts';
import { keyOf } from './inbound-key.ts';
import { ACCEPT, type ReadText, readBody } from './read.ts';

/**
 * How long the answer waits for the taker: the sender gives up after 32 s (RFC 3261 §17.1.2.2), and has to hear of it before.
 */
const TAKE_MS = 15_000;
/** Longer than a sender waits for a response. */
const NOBODY_LISTENS_MS = 35_000;

type TrunkVerdict = Extract<Verdict, { kind: 'trunk' }>;

export interface InboundTextsParts {
  readonly clock: Clock;
  readonly directory: InboundDirectory;
  readonly gate: DigestGate;
  readonly drops: DropLog;
  readonly logger: Logger;
}

export class InboundTexts {
  readonly #parts: InboundTextsParts;
  #take: ((text: InboundText) => Promise<TextReply>) | undefined;

  constructor(parts: InboundTextsParts) {
    this.#parts = parts;
  }

  onText(take: (text: InboundText) => Promise<TextReply>): void {
    this.#take = take;
  }

  /** Takes a MESSAGE without a To-tag. */
  message(request: IncomingRequest): void {
    const { clock, directory, gate, drops } = this.#parts;
    const { message, source } = request;
    const verdict = whose(message, source.address, directory, gate.proven(message, directory.trunks));
    switch (verdict.kind) {
      case 'nobody':
        drops.dropped(source.address, message.method);
        // A server that was not asked before holds the request until it is answered; by then nobody listens.
        clock.after(NOBODY_LISTENS_MS, () => request.respond(403));
        break;
      case 'challenge':
        request.respond(401, { headers: { 'WWW-Authenticate': gate.challenge(verdict.trunk) } });
        break;
      case 'trunk':
        this.#of(verdict, request);
        break;
      default:
        verdict satisfies never;
    }
  }

  #of(verdict: TrunkVerdict, request: IncomingRequest): void {
    const { trunk } = verdict;
    const { message } = request;
    const textRef = `text-${randomBytes(6).toString('hex')}`;
    const logger = this.#parts.logger.child({
      trunk: trunk.name,
      textRef,
      sipCallId: header(message, 'call-id'),
    });
    const fault = trunk.texts.enabled ? faultOf(message) : { status: 405, headers: { Allow: ALLOW } };
    if (fault !== undefined) {
      logger.info({ status: fault.status, from: request.source.address }, 'a text that came in is refused');
      request.respond(fault.status, { headers: fault.headers });
      return;
    }
    const read = readBody(message);
    switch (read.kind) {
      case 'nothing':
        request.respond(200);
        break;
      case 'unsupported':
        logger.info({ status: 415, type: typeOf(message), why: read.why }, 'a text that came in is refused');
        request.respond(415, { headers: { Accept: ACCEPT, 'Accept-Encoding': 'identity' } });
        break;
      case 'text':
        this.#text(read, verdict, request, textRef, logger);
        break;
      default:
        read satisfies never;
    }
  }

  #text(read: ReadText, verdict: TrunkVerdict, request: IncomingRequest, textRef: string, logger: Logger): void {
    const { trunk, account } = verdict;
    const { message } = request;
    const { texts, inbound } = trunk;
    const settings = texts.didFrom === undefined ? inbound : { ...inbound, didFrom: texts.didFrom };
    const sender = callerOf(message, inbound);
    const called = calledIn(message, settings, verdict) ?? '';
    logger.info(
      {
        called: redactNumbers(called),
        sender: redactNumbers(sender.number ?? ''),
        withheld: sender.withheld,
        characters: read.text.length,
        ...(account === undefined ? {} : { account }),
      },
      'a text comes in',
    );
    const text: InboundText = {
      textRef,
      trunk: trunk.name,
      ...(account === undefined ? {} : { account }),
      key: keyOf(message, trunk.name),
      sender,
      called,
      text: read.text,
      ...(read.part === undefined ? {} : { part: read.part }),
      ...(read.sentAt === undefined ? {} : { sentAt: read.sentAt }),
      wants: { delivered: false, displayed: false },
    };
    void this.#taken(text, logger).then((reply) => {
      if (reply.kind === 'taken') request.respond(200);
      else {
        const { status, retryAfterS } = reply;
        logger.info({ status }, 'a text that came in is refused');
        request.respond(status, {
          headers: retryAfterS === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterS)) },
        });
      }
    });
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
      const failed = (error: unknown): void => {
        stop();
        logger.error({ err: error }, 'a text that came in could not be stored');
        resolve(unavailable);
      };
      try {
        take(text).then((reply) => {
          stop();
          resolve(reply);
        }, failed);
      } catch (error) {
        failed(error);
      }
    });
  }
}

/** What is wrong with a MESSAGE, in the order of RFC 3261 §8.2. */
function faultOf(
  message: SipRequest,
): { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined {
  const required = lenient(() => headerList(message, 'require')) ?? [];
  if (required.length > 0) return { status: 420, headers: { Unsupported: required.join(', ') } };
  // The gateway sends on in the sender's place: for it that was the last hop (RFC 3261 §16.3).
  if (maxForwards(message) === 0) return { status: 483, headers: {} };
  if (lenient(() => parseNameAddr(header(message, 'from') ?? '')) === undefined) return { status: 400, headers: {} };
  return undefined;
}

function typeOf(message: SipRequest): string {
  return (header(message, 'content-type') ?? '').slice(0, 100);
}
