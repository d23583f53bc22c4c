/** What a receiver reports about a stream (RFC 3550 §6.4, appendices A.1, A.3 and A.8). */

import { SAMPLES_PER_MS } from './packet.ts';

const MAX_DROPOUT = 3000;

export interface ReceptionReport {
  readonly ssrc: number;
  readonly fractionLost: number;
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  readonly jitter: number;
}

export class ReceiveStats {
  ssrc = 0;
  /** Over all sources of the call. */
  packets = 0;
  #lostBefore = 0;
  #received = 0;
  #base = 0;
  #highest = -1;
  #transit = 0;
  #jitter = 0;
  #expectedAtReport = 0;
  #receivedAtReport = 0;

  receive(ssrc: number, sequence: number, timestamp: number, nowMs: number): void {
    this.packets++;
    const step = ((sequence - this.#highest) << 16) >> 16;
    if (ssrc !== this.ssrc || this.#highest < 0 || step > MAX_DROPOUT || step < -MAX_DROPOUT) {
      this.#restart(ssrc, sequence);
    } else if (step > 0) {
      this.#highest += step;
    }
    this.#received++;
    const transit = (Math.round(nowMs * SAMPLES_PER_MS) - timestamp) | 0;
    if (this.#received > 1) {
      const difference = Math.abs((transit - this.#transit) | 0);
      // A silence or a set clock is no jitter.
      if (difference < 1000 * SAMPLES_PER_MS) this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  get lost(): number {
    return Math.max(0, this.#lostBefore + this.#lostNow());
  }

  get jitterMs(): number {
    return this.#jitter / SAMPLES_PER_MS;
  }

  /** The report since the last one; undefined while nothing was received. */
  report(): ReceptionReport | undefined {
    if (this.#highest < 0) return undefined;
    const expected = this.#highest - this.#base + 1;
    const expectedNow = expected - this.#expectedAtReport;
    const lostNow = expectedNow - (this.#received - this.#receivedAtReport);
    this.#expectedAtReport = expected;
    this.#receivedAtReport = this.#received;
    return {
      ssrc: this.ssrc,
      fractionLost: expectedNow > 0 && lostNow > 0 ? Math.min(255, Math.floor((lostNow * 256) / expectedNow)) : 0,
      cumulativeLost: Math.min(0x7fffff, Math.max(0, this.#lostNow())),
      highestSequence: this.#highest >>> 0,
      jitter: Math.round(this.#jitter),
    };
  }

  #lostNow(): number {
    return this.#highest < 0 ? 0 : Math.max(0, this.#highest - this.#base + 1 - this.#received);
  }

  #restart(ssrc: number, sequence: number): void {
    this.#lostBefore += this.#lostNow();
    this.ssrc = ssrc;
    this.#base = sequence;
    this.#highest = sequence;
    this.#received = 0;
    this.#expectedAtReport = 0;
    this.#receivedAtReport = 0;
  }
}
