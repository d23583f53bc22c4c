/** Sends telephone events (RFC 4733 §2.5.1): one packet every 20 ms, three end packets, digits one after another. */

import { FRAME_MS, FRAME_SAMPLES, SAMPLES_PER_MS } from '../rtp/packet.ts';
import { clampDigitMs, MAX_DIGIT_MS } from './events.ts';

const END_PACKETS = 3;
/** Silence between two digits; with the end packets 80 ms. */
const GAP_FRAMES = 2;
/** Nobody types so far ahead; a source that does is flooding. */
const MAX_QUEUE = 64;

export interface DtmfPacket {
  readonly event: number;
  readonly durationSamples: number;
  readonly isEnd: boolean;
  /** The first packet of the event: marker bit, and the timestamp that all others of the event share. */
  readonly isFirst: boolean;
}

interface QueuedDigit {
  readonly event: number;
  /** Undefined while the key is still held down. */
  totalSamples: number | undefined;
  /** How long the key is known to have been down. */
  heldSamples: number;
}

export class DtmfSender {
  readonly #send: (packet: DtmfPacket) => void;
  readonly #queue: QueuedDigit[] = [];
  #elapsedSamples = 0;
  #endsSent = 0;
  #gap = 0;

  constructor(send: (packet: DtmfPacket) => void) {
    this.#send = send;
  }

  /** While an event is sent, audio stays silent (RFC 4733 §2.5.1.3 leaves it to the sender; doubled tones confuse menus). */
  get isBusy(): boolean {
    return this.#queue.length > 0;
  }

  /** A key went down on the other side. */
  press(event: number): void {
    if (this.#queue.length < MAX_QUEUE)
      this.#queue.push({ event, totalSamples: undefined, heldSamples: FRAME_SAMPLES });
  }

  /** The key is still down, after so long by the source's clock. */
  progress(durationMs: number): void {
    const held = this.#queue.at(-1);
    if (held) held.heldSamples = Math.max(held.heldSamples, durationMs * SAMPLES_PER_MS);
  }

  /** The key went up again after so long. */
  release(durationMs: number): void {
    const held = this.#queue.at(-1);
    if (held && held.totalSamples === undefined) held.totalSamples = toSamples(durationMs);
  }

  /** A whole digit of our own. */
  play(event: number, durationMs: number): void {
    if (this.#queue.length < MAX_QUEUE)
      this.#queue.push({ event, totalSamples: toSamples(durationMs), heldSamples: 0 });
  }

  /** To be called every 20 ms while busy. */
  frame(): void {
    const digit = this.#queue[0];
    if (!digit) return;
    if (this.#gap > 0) {
      this.#gap--;
      if (this.#gap === 0) this.#queue.shift();
      return;
    }
    const isFirst = this.#elapsedSamples === 0;
    // Packets on their way to us may be late: the digit must not grow with their delay.
    if (digit.totalSamples === undefined && !isFirst && this.#elapsedSamples > digit.heldSamples) return;
    if (this.#endsSent === 0) this.#elapsedSamples += FRAME_SAMPLES;
    const limit = digit.totalSamples ?? MAX_DIGIT_MS * SAMPLES_PER_MS;
    const isEnd = this.#elapsedSamples >= limit && !isFirst;
    const durationSamples = isEnd ? Math.max(limit, this.#elapsedSamples - FRAME_SAMPLES) : this.#elapsedSamples;
    this.#send({ event: digit.event, durationSamples, isEnd, isFirst });
    if (isEnd && ++this.#endsSent === END_PACKETS) {
      // A key that is still down beyond the limit ends here; its release finds nothing to end.
      digit.totalSamples ??= 0;
      this.#elapsedSamples = 0;
      this.#endsSent = 0;
      this.#gap = GAP_FRAMES;
    }
  }
}

function toSamples(durationMs: number): number {
  return Math.round(clampDigitMs(durationMs) / FRAME_MS) * FRAME_SAMPLES;
}
