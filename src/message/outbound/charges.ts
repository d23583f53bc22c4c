/** Charges for texts on their way out, where any are made. */
import { Lru } from '../../lru.ts';
import type { Delivery, TextCharging } from '../ports.ts';
import { countSegments } from '../segments/index.ts';
import type { Sentence } from '../sentences.ts';
import type { Ways } from './ways.ts';

export type Held =
  | { readonly kind: 'held'; readonly fresh: readonly string[] }
  | { readonly kind: 'refused'; readonly sentence: Sentence };

/** For these it is known that something is held, or that nothing is charged: they are not looked up again. */
const MOST_KNOWN = 10_000;

export class Charges {
  readonly #charging: TextCharging | undefined;
  readonly #ways: Ways;
  readonly #known = new Lru<string, true>(MOST_KNOWN);

  /** @param charging absent: nothing is charged */
  constructor(charging: TextCharging | undefined, ways: Ways) {
    this.#charging = charging;
    this.#ways = ways;
  }

  /** Holds what these cost, for all of them or none. Rejects when the ledger cannot be written. */
  async hold(deliveries: readonly Delivery[]): Promise<Held> {
    const unknown = deliveries.filter(({ textRef }) => this.#known.get(textRef) === undefined);
    if (this.#charging === undefined || unknown.length === 0) return { kind: 'held', fresh: [] };
    const hold = await this.#charging.hold(
      unknown.map(({ textRef, user, target, routes, text }) => {
        const ways = routes.map(({ transport }) => ({ transport, segments: this.#segments(transport, text) }));
        return { textRef, user, target, routes: ways };
      }),
    );
    if (hold.kind === 'refused') {
      const { price, left } = hold;
      return { kind: 'refused', sentence: { key: 'credit-too-low', params: { price, left } } };
    }
    for (const { textRef } of unknown) this.#known.set(textRef, true);
    return hold;
  }

  /** What was held for texts that were known already, and are over, goes back. */
  async release({ fresh }: Extract<Held, { kind: 'held' }>, added: readonly Delivery[]): Promise<void> {
    const taken = new Set(added.map(({ textRef }) => textRef));
    for (const textRef of fresh) if (!taken.has(textRef)) await this.ended(textRef, false);
  }

  /** @param part its text, as the transport has it */
  async accepted(
    delivery: Delivery,
    part: { readonly index: number; readonly transport: string; readonly text: string },
  ): Promise<void> {
    const { index, transport, text } = part;
    await this.#charging?.accepted(delivery, { index, transport, segments: segmentsOf(text) });
  }

  async ended(textRef: string, refund: boolean): Promise<void> {
    this.#known.delete(textRef);
    await this.#charging?.ended(textRef, refund);
  }

  #segments(transport: string, text: string): number {
    const cut = this.#ways.get(transport)?.transport.cut(text);
    const parts = cut?.kind === 'parts' ? cut.parts : [text];
    return parts.reduce((total, part) => total + segmentsOf(part), 0);
  }
}

/** A text with nothing in it is one, too. */
function segmentsOf(text: string): number {
  return Math.max(1, countSegments(text).segments);
}
