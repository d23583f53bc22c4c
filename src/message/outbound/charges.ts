/** Charges for texts on their way out, where any are made. */
import { Lru } from '../../lru.ts';
import type { Delivery, TextCharging } from '../ports.ts';
import { countSegments } from '../segments/index.ts';
import type { Sentence } from '../sentences.ts';

export type Held =
  | { readonly kind: 'held'; readonly fresh: readonly string[] }
  | { readonly kind: 'refused'; readonly sentence: Sentence };

/** For these it is known that something is held, or that nothing is charged: they are not looked up again. */
const MOST_KNOWN = 10_000;

export class Charges {
  readonly #charging: TextCharging | undefined;
  readonly #known = new Lru<string, true>(MOST_KNOWN);

  /** @param charging absent: nothing is charged */
  constructor(charging: TextCharging | undefined) {
    this.#charging = charging;
  }

  /** Holds what these cost, for all of them or none. Rejects when the ledger cannot be written. */
  async hold(deliveries: readonly Delivery[]): Promise<Held> {
    const unknown = deliveries.filter(({ textRef }) => this.#known.get(textRef) === undefined);
    if (this.#charging === undefined || unknown.length === 0) return { kind: 'held', fresh: [] };
    const hold = await this.#charging.hold(
      unknown.map(({ textRef, user, target, routes, text }) => {
        return { textRef, user, target, routes, segments: countSegments(text).segments };
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
    const segments = Math.max(1, countSegments(text).segments);
    await this.#charging?.accepted(delivery, { index, transport, segments });
  }

  async ended(textRef: string, refund: boolean): Promise<void> {
    this.#known.delete(textRef);
    await this.#charging?.ended(textRef, refund);
  }
}
