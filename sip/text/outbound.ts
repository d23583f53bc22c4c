/** Texts that go out: one MESSAGE each, at the pace of its trunk. */
import type { Logger } from 'pino';
import type { Clock } from '../call/clock.ts';
import { sanitise } from '../call/failure.ts';
import { OutsideClient, type OutsideRequest } from '../call/outside-client.ts';
import { pinTo } from '../call/pin.ts';
import { redactNumbers } from '../call/redact.ts';
import type { SipStack } from '../call/stack.ts';
import { DigestSession } from '../digest/index.ts';
import type { SipFailure } from '../leg.ts';
import type { OutboundText, TextOutcome } from '../text.ts';
import { TargetError, type TrunkSettings } from '../trunk/index.ts';
import type { LiveTrunk } from '../trunks/index.ts';
import { TextCodecError } from './codec/index.ts';
import { contentOf, type WrittenText } from './content.ts';
import { Hops } from './hops.ts';
import { idsOf, type TextIds } from './ids.ts';
import { buildMessage, type MessagePlan, type TextContent } from './message.ts';
import { outcomeOf } from './outcome.ts';
import { Recent } from './recent.ts';
import { Turns } from './turns.ts';

/** What a text needs of its trunk. */
export type TextTrunk = Pick<LiveTrunk, 'settings' | 'as' | 'learned' | 'callAnswered' | 'callFailed'>;

export interface OutboundParts {
  readonly stack: SipStack;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly trunk: (name: string) => TextTrunk | undefined;
  /** ms since 1970. */
  readonly epochMs: () => number;
}

/** What a MESSAGE of ours is for: a text, a receipt, a report. */
export interface Errand {
  readonly live: TextTrunk;
  readonly account: string | undefined;
  readonly target: string;
  readonly sender: string | undefined;
  readonly ids: Pick<TextIds, 'callId' | 'fromTag' | 'cseq'>;
  readonly content: TextContent;
  /** By which receipts name it. */
  readonly messageId?: string;
  readonly logger: Logger;
}

/** Texts of which something is remembered between two tries, or until the network has answered. */
const MOST_REMEMBERED = 5_000;

export class OutboundTexts {
  readonly #parts: OutboundParts;
  readonly #turns: Turns;
  readonly #hops: Hops;
  /** By Call-ID: CSeq of the next try after one that was refused. */
  readonly #nextCSeq = new Recent<string, number>(MOST_REMEMBERED);
  /** By Call-ID: what receipts call a text that may be answered under it. */
  readonly #sent = new Recent<string, string>(MOST_REMEMBERED);
  /** Nonces earned by texts, by trunk and account. */
  readonly #digests = new Map<string, DigestSession>();
  #closed = false;

  constructor(parts: OutboundParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.clock);
    this.#hops = new Hops(parts.clock);
  }

  /** Takes no more; those that wait for their turn are not sent. */
  close(): void {
    this.#closed = true;
    this.#turns.close();
  }

  /** By which receipts name a text that went out lately under this Call-ID. */
  messageIdOf(callId: string): string | undefined {
    return this.#sent.get(callId);
  }

  async send(text: OutboundText): Promise<TextOutcome> {
    const { trunk: name, account, sender, part } = text;
    const ids = idsOf(text.key, name);
    const logger = this.#parts.logger.child({ trunk: name, textRef: text.textRef, sipCallId: ids.callId });
    const live = this.#parts.trunk(name);
    if (live === undefined) return refused(500, `There is no trunk of the name ${sanitise(name)}`);
    const settings = live.as(account);
    if (settings === undefined)
      return refused(500, `The trunk has no account ${redactNumbers(sanitise(account ?? ''))}`);
    if (!settings.texts.enabled) return refused(405, 'The trunk takes no texts');
    const written = this.#write(text, settings, ids);
    if ('kind' in written) return written;
    const { content, messageId, target = text.target } = written;
    logger.info(
      { target: redactNumbers(text.target), ...(part === undefined ? {} : { part: part.index, parts: part.total }) },
      'sending a text',
    );
    const named = messageId === undefined ? {} : { messageId };
    if (messageId !== undefined) this.#sent.set(ids.callId, messageId);
    const outcome = await this.deliver({ live, account, target, sender, ids, content, logger, ...named });
    if (outcome.kind === 'accepted') logger.info({ status: outcome.status }, 'the text was accepted');
    else {
      const { status, phrase, origin } = outcome.failure;
      logger.info({ status, phrase, origin, mayHaveArrived: outcome.mayHaveArrived }, 'the text was not accepted');
    }
    return outcome;
  }

  #write(text: OutboundText, trunk: TrunkSettings, ids: TextIds): WrittenText | TextOutcome {
    try {
      return contentOf(text, { trunk, ids, now: this.#parts.epochMs() });
    } catch (error) {
      if (error instanceof TargetError) return refused(484, 'The number cannot be written to');
      if (error instanceof TextCodecError) return refused(488, 'The text or its recipient does not fit into an SMS');
      throw error;
    }
  }

  /** Sends a MESSAGE when it is its turn; never rejects. */
  async deliver(errand: Errand): Promise<TextOutcome> {
    const { live, account, ids, target, sender, content } = errand;
    const trunk = live.as(account) ?? live.settings;
    if (this.#closed) return refused(503, 'The gateway is stopping');
    await this.#turns.next(trunk);
    if (this.#closed) return refused(503, 'The gateway is stopping');
    const { serviceRoute } = live.learned(account);
    let plan: MessagePlan;
    try {
      plan = buildMessage(trunk, { target, ids, content, serviceRoute, ...(sender === undefined ? {} : { sender }) });
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      return refused(484, 'The number cannot be written to');
    }
    const outcome = await this.#tryHops(errand, trunk, plan);
    this.#note(live, outcome);
    return outcome;
  }

  /**
   * A host that certainly does not have the text is followed by the next. After silence the next one is for the next try: whether
   * there may be one is not ours to say.
   */
  async #tryHops(errand: Errand, trunk: TrunkSettings, plan: MessagePlan): Promise<TextOutcome> {
    const { backups, proxy, ...request } = plan;
    const hops = [proxy, ...backups];
    const first = this.#hops.first(trunk.name, hops.length);
    for (let tried = 1; ; tried++) {
      const index = (first + tried - 1) % hops.length;
      const hop = hops[index];
      const outcome = await this.#request(errand, trunk, { ...request, ...(hop === undefined ? {} : { proxy: hop }) });
      if (outcome.kind === 'accepted' || !isOfHost(outcome.failure)) return outcome;
      this.#hops.failed(trunk.name, index, hops.length);
      if (outcome.mayHaveArrived || tried === hops.length) return outcome;
    }
  }

  #request(errand: Errand, trunk: TrunkSettings, plan: OutsideRequest): Promise<TextOutcome> {
    const { stack, clock } = this.#parts;
    const { ids, logger, messageId } = errand;
    const first = this.#nextCSeq.get(ids.callId) ?? ids.cseq;
    let last = first - 1;
    const isStream = trunk.transport !== 'udp' || /;transport=tcp/i.test(plan.proxy ?? plan.uri);
    const client = new OutsideClient({
      stack,
      digest: this.#digestOf(errand, trunk),
      clock,
      logger,
      // With credentials that an earlier text earned it has the number that the answer to a challenge would have.
      nextCSeq: (isAuthorized) => {
        last = Math.max(last + 1, isAuthorized ? first + 1 : first);
        return last;
      },
      pin: (source, hop) => pinTo(trunk, source, hop),
    });
    return new Promise((resolve) => {
      client.send(plan, (outcome) => {
        const result = outcomeOf(outcome, { isStream, ...(messageId === undefined ? {} : { messageId }) });
        // A try that was refused is over: under its number the next one would be taken for a repeat of it (RFC 3261 §8.2.2.2).
        // One without an answer is repeated as it was, so that the far side can tell.
        if (result.kind === 'failed') this.#nextCSeq.set(ids.callId, result.mayHaveArrived ? first : last + 1);
        else this.#nextCSeq.delete(ids.callId);
        resolve(result);
      });
    });
  }

  #digestOf({ account }: Errand, { name, credentials }: TrunkSettings): DigestSession | undefined {
    if (credentials === undefined) return undefined;
    const key = JSON.stringify([name, account ?? null]);
    const known = this.#digests.get(key);
    if (known !== undefined) return known;
    const { username, password, authUsername } = credentials;
    const made = new DigestSession({ username: authUsername ?? username, password });
    this.#digests.set(key, made);
    return made;
  }

  /** The trunk hears what its texts say about it. */
  #note(live: TextTrunk, outcome: TextOutcome): void {
    // A refusal is about the text: a trunk that takes no more of them for now may take calls.
    if (outcome.kind === 'accepted' || outcome.failure.origin === 'remote') live.callAnswered();
    else if (this.#parts.stack.connected) live.callFailed(outcome.failure);
  }
}

/** Whether the host is at fault, so that another one of the trunk may do better (RFC 3263 §4.3). */
function isOfHost({ origin, status }: SipFailure): boolean {
  return origin === 'timeout' || origin === 'transport' || (origin === 'remote' && status === 503);
}

/** Nothing was sent. */
function refused(status: number, phrase: string): TextOutcome {
  return {
    kind: 'failed',
    failure: { status, phrase, sawProvisional: false, origin: 'local' },
    mayHaveArrived: false,
  };
}
