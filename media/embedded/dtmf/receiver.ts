/** Turns the packets of telephone events, redundant, lost and late ones included, into one press and one release each. */

import { SAMPLES_PER_MS } from '../rtp/packet.ts';
import { digitOfEvent } from './events.ts';

/** A source sends an update at least every 50 ms (RFC 4733 §2.5.1.2); after this the end packets must have been lost. */
const LOST_END_MS = 200;

export interface DtmfListener {
  press(event: number): void;
  /** The key has been down for so long by now, by the source's clock. */
  progress(durationMs: number): void;
  release(event: number, durationMs: number): void;
}

export class DtmfReceiver {
  readonly #listener: DtmfListener;
  #event = -1;
  #timestamp = 0;
  #ssrc = -1;
  #durationMs = 0;
  #isPressed = false;
  #lastMs = 0;

  constructor(listener: DtmfListener) {
    this.#listener = listener;
  }

  get isPressed(): boolean {
    return this.#isPressed;
  }

  /** Takes the payload of a telephone-event packet (RFC 4733 §2.3). */
  receive(packet: Uint8Array, start: number, end: number, ssrc: number, timestamp: number, nowMs: number): void {
    if (end - start < 4) return;
    const event = packet[start] as number;
    const isEnd = ((packet[start + 1] as number) & 0x80) !== 0;
    const durationMs = (((packet[start + 2] as number) << 8) | (packet[start + 3] as number)) / SAMPLES_PER_MS;
    if (digitOfEvent(event) === undefined) return;
    const isSame = ssrc === this.#ssrc && timestamp === this.#timestamp && event === this.#event;
    if (!isSame) {
      const isOlder = ssrc === this.#ssrc && this.#event >= 0 && ((timestamp - this.#timestamp) | 0) < 0;
      if (isOlder) return;
      this.#release();
      this.#event = event;
      this.#ssrc = ssrc;
      this.#timestamp = timestamp;
      this.#durationMs = 0;
      this.#isPressed = true;
      this.#listener.press(event);
    }
    if (!this.#isPressed) return;
    this.#lastMs = nowMs;
    this.#durationMs = Math.max(this.#durationMs, durationMs);
    if (isEnd) this.#release();
    else this.#listener.progress(this.#durationMs);
  }

  /** To be called now and then: ends an event whose end packets never came. */
  tick(nowMs: number): void {
    if (this.#isPressed && nowMs - this.#lastMs > LOST_END_MS) this.#release();
  }

  #release(): void {
    if (!this.#isPressed) return;
    this.#isPressed = false;
    this.#listener.release(this.#event, this.#durationMs);
  }
}
