/** The voicemail of one account at a PBX: asked for by SUBSCRIBE (RFC 3842, RFC 6665), or told without being asked. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../call/clock.ts';
import { OutsideClient, type OutsideOutcome } from '../call/outside-client.ts';
import { pinTo } from '../call/pin.ts';
import type { IncomingRequest, SipStack } from '../call/stack.ts';
import { DigestSession } from '../digest/index.ts';
import { deltaSeconds, header, retryAfter } from '../message/index.ts';
import { type TrunkSettings, userUri, wayOf } from '../trunk/index.ts';
import { type MessageSummary, parseMessageSummary } from './message-summary.ts';

const EXPIRES_S = 3_600;
const AGAIN_MS = 300_000;
/** A PBX without voicemail may get one. */
const REFUSED_MS = 6 * 3_600_000;
/** RFC 6665 §4.1.2.1: how long a NOTIFY of an old subscription may still come. */
const LINGER_MS = 32_000;

export interface MailboxParts {
  /** As the account sees it. */
  readonly trunk: TrunkSettings;
  readonly stack: SipStack;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Way and Contact of the account's requests; undefined while it is not registered. */
  readonly learned: () => { readonly serviceRoute: readonly string[]; readonly contact: string } | undefined;
  readonly onNews: (summary: MessageSummary) => void;
}

export class Mailbox {
  readonly #parts: MailboxParts;
  #known: MessageSummary | undefined;
  #state: 'idle' | 'asking' | 'subscribed' = 'idle';
  #stop: () => void = () => undefined;
  #detach: () => void = () => undefined;
  #closed = false;

  constructor(parts: MailboxParts) {
    this.#parts = parts;
  }

  /** The account is registered: asks, if that was not done. */
  registered(): void {
    if (this.#state === 'idle' && !this.#closed) this.#subscribe();
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    this.#detach();
  }

  /** Takes a NOTIFY for this account, asked for or not. */
  notify(request: IncomingRequest): void {
    const { message } = request;
    const event = (header(message, 'event') ?? '').split(';', 1)[0]?.trim().toLowerCase();
    if (event !== 'message-summary') {
      request.respond(489, { headers: { 'Allow-Events': 'message-summary' } });
      return;
    }
    request.respond(200);
    if (/^\s*terminated\b/i.test(header(message, 'subscription-state') ?? '') && this.#state === 'subscribed') {
      this.#state = 'idle';
      this.#again(AGAIN_MS);
    }
    const summary = parseMessageSummary(message.body.toString('utf8'));
    if (summary !== undefined) this.#news(summary);
  }

  /** Every renewal brings the same again: only what has changed is news, and an empty mailbox is none at first. */
  #news(summary: MessageSummary): void {
    const before = this.#known;
    this.#known = summary;
    if (before === undefined && !summary.waiting) return;
    const isSame =
      before?.waiting === summary.waiting &&
      before.newMessages === summary.newMessages &&
      before.oldMessages === summary.oldMessages;
    if (!isSame) this.#parts.onNews(summary);
  }

  #subscribe(): void {
    const { trunk, stack, clock, logger, learned } = this.#parts;
    const way = learned();
    if (way === undefined) {
      this.#state = 'idle';
      return;
    }
    this.#state = 'asking';
    this.#stop();
    const { username = '', password = '', authUsername } = trunk.credentials ?? {};
    // A subscription of its own each time: nothing has to be kept of the dialog, and the old one runs out.
    const callId = `${randomBytes(12).toString('hex')}@trunkline`;
    const detachOld = this.#detach;
    const stopLinger = clock.after(LINGER_MS, detachOld);
    const detach = stack.attach(callId, (request) => this.#request(request), logger);
    this.#detach = () => {
      stopLinger();
      detachOld();
      detach();
    };
    let cseq = 0;
    const client = new OutsideClient({
      stack,
      digest: new DigestSession({ username: authUsername ?? username, password }),
      clock,
      logger,
      nextCSeq: () => ++cseq,
      pin: (source, hop) => pinTo(trunk, source, hop),
    });
    const uri = userUri(username, trunk);
    const { route, proxy } = wayOf(trunk, uri, way.serviceRoute);
    this.#stop = client.send(
      {
        method: 'SUBSCRIBE',
        uri,
        ...(proxy === undefined ? {} : { proxy }),
        headers: {
          ...(route === '' ? {} : { Route: route }),
          From: `<${uri}>;tag=${randomBytes(8).toString('hex')}`,
          To: `<${uri}>`,
          'Call-ID': callId,
          Contact: way.contact,
          Event: 'message-summary',
          Accept: 'application/simple-message-summary',
          Expires: String(EXPIRES_S),
          'User-Agent': trunk.userAgent,
        },
      },
      (outcome) => this.#answered(outcome),
    );
  }

  #request(request: IncomingRequest): void {
    if (request.message.method === 'NOTIFY') this.notify(request);
    else request.respond(405);
  }

  #answered(outcome: OutsideOutcome): void {
    const { logger } = this.#parts;
    if (outcome.kind === 'unanswered') {
      this.#again(AGAIN_MS);
      return;
    }
    const { message } = outcome.response;
    const { status } = message;
    if (status < 300) {
      this.#state = 'subscribed';
      const expiresS = deltaSeconds(message, 'expires') ?? EXPIRES_S;
      this.#again(Math.max(expiresS * 500, 10_000));
      return;
    }
    // RFC 6665 §4.1.2.1: 489 and the like say that there is no such thing there. It may still tell without being asked.
    const isNever = status < 500 || status === 501;
    logger.debug({ status }, 'the PBX takes no subscription to voicemail');
    this.#again(Math.max(isNever ? REFUSED_MS : AGAIN_MS, (retryAfter(message) ?? 0) * 1000));
  }

  #again(ms: number): void {
    this.#stop();
    this.#stop = this.#parts.clock.after(ms, () => this.#subscribe());
  }
}
