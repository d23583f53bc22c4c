/** Texts over SIP MESSAGE, both ways: what the rest of the gateway sees of them. */
import type { InboundText, OutboundText, SipTexts, TextLimits, TextOutcome, TextReceipt, TextReply } from '../text.ts';
import { InboundTexts, type InboundTextsParts } from './inbound.ts';
import { limitsOf } from './limits.ts';
import { type OutboundParts, OutboundTexts } from './outbound.ts';

export interface TextsParts extends InboundTextsParts, OutboundParts {}

export class Texts implements SipTexts {
  readonly #parts: TextsParts;
  readonly #inbound: InboundTexts;
  readonly #outbound: OutboundTexts;

  constructor(parts: TextsParts) {
    this.#parts = parts;
    this.#outbound = new OutboundTexts(parts);
    this.#inbound = new InboundTexts(parts);
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

  onReceipt(_take: (receipt: TextReceipt) => Promise<void>): void {}

  notify(): Promise<void> {
    return Promise.resolve();
  }

  /** Sends no more; what comes in is still taken, if somebody takes it. */
  close(): void {
    this.#outbound.close();
  }
}
