/** Texts over SIP MESSAGE, both ways: what the rest of the gateway sees of them. */
import type { Logger } from 'pino';
import type { InboundText, OutboundText, SipTexts, TextLimits, TextOutcome, TextReceipt, TextReply } from '../text.ts';
import { smsBody } from './content.ts';
import { idsOf } from './ids.ts';
import { type Acknowledgement, InboundTexts, type InboundTextsParts } from './inbound.ts';
import { limitsOf } from './limits.ts';
import { memoIn } from './memo.ts';
import { type Errand, type OutboundParts, OutboundTexts } from './outbound.ts';
import { receiptContent } from './receipt.ts';

export type TextsParts = Omit<InboundTextsParts, 'acknowledge' | 'messageIdOf'> & OutboundParts;

export class Texts implements SipTexts {
  readonly #parts: TextsParts;
  readonly #inbound: InboundTexts;
  readonly #outbound: OutboundTexts;

  constructor(parts: TextsParts) {
    this.#parts = parts;
    this.#outbound = new OutboundTexts(parts);
    this.#inbound = new InboundTexts({
      ...parts,
      acknowledge: (acknowledgement, logger) => void this.#acknowledge(acknowledgement, logger),
      messageIdOf: (callId) => this.#outbound.messageIdOf(callId),
    });
    parts.stack.onRequest('MESSAGE', (request) => this.#inbound.message(request));
  }

  send(text: OutboundText): Promise<TextOutcome> {
    return this.#outbound.send(text);
  }

  /** @throws RangeError when there is no such trunk */
  limits(trunk: string): TextLimits {
    const live = this.#parts.trunk(trunk);
    if (live === undefined) throw new RangeError(`there is no trunk of the name ${trunk}`);
    return limitsOf(live.settings);
  }

  onText(take: (text: InboundText) => Promise<TextReply>): void {
    this.#inbound.onText(take);
  }

  onReceipt(take: (receipt: TextReceipt) => Promise<void>): void {
    this.#inbound.onReceipt(take);
  }

  async notify({ trunk, key }: Pick<InboundText, 'trunk' | 'key'>, state: 'delivered' | 'displayed'): Promise<void> {
    const memo = memoIn(key);
    if (memo === undefined || !memo.wants[state]) return;
    const ids = idsOf(`imdn ${state} ${memo.messageId} ${memo.from}`, trunk);
    const logger = this.#parts.logger.child({ trunk, sipCallId: ids.callId });
    const { account, target } = memo;
    const sender = memo.sender === '' ? undefined : memo.sender;
    const content = receiptContent(memo, state, ids.messageId, this.#parts.epochMs());
    await this.#run(trunk, { account, target, sender, ids, content, logger }, `tells that a text was ${state}`);
  }

  async #acknowledge({ trunk, account, target, ...of }: Acknowledgement, logger: Logger): Promise<void> {
    const { headers, ...body } = smsBody(of.body);
    // RFC 3261 §20.21: by it the network knows which of its SMS is meant.
    const content = { ...body, headers: { ...headers, 'In-Reply-To': of.callId } };
    const ids = idsOf(`rp-ack ${of.key}`, trunk);
    const sender = of.sender === '' ? undefined : of.sender;
    await this.#run(trunk, { account, target, sender, ids, content, logger }, 'acknowledges an SMS');
  }

  /** Never rejects. */
  async #run(trunk: string, errand: Omit<Errand, 'live'>, what: string): Promise<void> {
    const live = this.#parts.trunk(trunk);
    if (live === undefined || (errand.account !== undefined && live.as(errand.account) === undefined)) return;
    const outcome = await this.#outbound.deliver({ ...errand, live });
    const status = outcome.kind === 'accepted' ? outcome.status : outcome.failure.status;
    errand.logger.debug({ status }, `a MESSAGE of ours ${what}`);
  }

  /** Sends no more; what comes in is still taken, if somebody takes it. */
  close(): void {
    this.#outbound.close();
  }
}
