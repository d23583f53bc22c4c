/**
 * The stream we send to one side: one SSRC for the whole call, sequence numbers and timestamps without a seam, whatever
 * the sources are (ringback, early media, another fork, a transfer target, digits of our own).
 *
 * Within one source the numbers keep their distances, so that lost and late packets look lost and late at the far end
 * too. A change of the source, or a jump of its clock, starts a new epoch: the next number in sequence, a timestamp that
 * follows the wall clock, and the marker bit (RFC 3551 §4.1).
 */

import { FRAME_SAMPLES, SAMPLES_PER_MS } from './packet.ts';
import { SEEN_WINDOW, SeenWindow } from './seen-window.ts';

/** RFC 3550 A.1 MAX_DROPOUT: a larger step is a restart. */
const MAX_STEP = 3000;
/** A source's clock that is so far from the wall clock has been set anew. */
const MAX_CLOCK_ERROR = 2000 * SAMPLES_PER_MS;

export class OutgoingStream {
  readonly ssrc: number;
  /** The numbers for the packet that `relay` or `generate` was just called for. */
  sequence = 0;
  timestamp = 0;
  marker = false;

  #highest: number;
  #lastTimestamp: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #sourceSsrc = -1;
  #sourceHighest = 0;
  #sourceTimestamp = 0;
  #sourceMs = 0;
  #timestampOffset = 0;
  #sentInEpoch = 0;
  /** Back from `#highest`. */
  readonly #sent = new SeenWindow();

  /**
   * @param random numbers in [0, 1): the SSRC, first sequence number and timestamp are random (RFC 3550 §5.1). The
   *   sequence begins in the lower half, so that an SRTP receiver that misses the first packets guesses the roll-over
   *   counter right (RFC 3711 §3.3.1).
   */
  constructor(random: () => number = Math.random) {
    this.ssrc = Math.floor(random() * 0xffffffff) + 1;
    this.#highest = Math.floor(random() * 0x7fff);
    this.#lastTimestamp = Math.floor(random() * 0xffffffff);
  }

  /** The timestamp that belongs to a moment (for sender reports). */
  timestampAt(nowMs: number): number {
    if (this.#lastMs === Number.NEGATIVE_INFINITY) return this.#lastTimestamp;
    return (this.#lastTimestamp + Math.round((nowMs - this.#lastMs) * SAMPLES_PER_MS)) >>> 0;
  }

  /** Maps a packet of a source. Returns false when it is too late or doubled and must not be sent. */
  relay(sourceSsrc: number, sequence: number, timestamp: number, marker: boolean, nowMs: number): boolean {
    const step = this.#step(sourceSsrc, sequence, timestamp, nowMs);
    if (step === undefined) {
      this.#timestampOffset = (this.#nextTimestamp(nowMs) - timestamp) >>> 0;
      this.#sourceSsrc = sourceSsrc;
      this.#sawSource(sequence, timestamp, nowMs);
      this.#sentInEpoch = 0;
      this.#next(1);
      this.marker = true;
    } else if (step > 0) {
      this.#sawSource(sequence, timestamp, nowMs);
      this.#next(step);
      this.marker = marker;
    } else {
      const age = -step;
      if (age >= SEEN_WINDOW || age >= this.#sentInEpoch || this.#sent.has(age)) return false;
      this.#sent.mark(age);
      this.sequence = (this.#highest - age) & 0xffff;
      this.timestamp = (timestamp + this.#timestampOffset) >>> 0;
      this.marker = marker;
      return true;
    }
    this.sequence = this.#highest;
    this.timestamp = (timestamp + this.#timestampOffset) >>> 0;
    this.#lastTimestamp = this.timestamp;
    this.#lastMs = nowMs;
    return true;
  }

  /** A packet of the source is left out on purpose: the far end must not take it for lost. */
  skip(sourceSsrc: number, sequence: number, timestamp: number, nowMs: number): void {
    const step = this.#step(sourceSsrc, sequence, timestamp, nowMs);
    if (step === undefined || step <= 0) return;
    this.#sawSource(sequence, timestamp, nowMs);
    // What was lost before it stays lost.
    if (step > 1) this.#advance(step - 1);
  }

  /** Numbers for a packet of our own, one frame after the last or where the wall clock is by now. */
  generate(nowMs: number): void {
    const timestamp = this.#nextTimestamp(nowMs);
    this.#next(1);
    this.sequence = this.#highest;
    this.timestamp = timestamp;
    this.marker = this.#sourceSsrc !== -1 || this.#sentInEpoch === 1;
    this.#sourceSsrc = -1;
    this.#lastTimestamp = timestamp;
    this.#lastMs = nowMs;
  }

  /** A sequence number for another packet with the timestamp of an event (RFC 4733 §2.5.1.2); the clock stays where it is. */
  nextOfEvent(): number {
    this.#next(1);
    return this.#highest;
  }

  /** How far a packet is from the newest of its source; undefined when it begins a new epoch. */
  #step(sourceSsrc: number, sequence: number, timestamp: number, nowMs: number): number | undefined {
    if (sourceSsrc !== this.#sourceSsrc) return undefined;
    const step = ((sequence - this.#sourceHighest) << 16) >> 16;
    if (step > MAX_STEP || step < -MAX_STEP) return undefined;
    const clock = (timestamp - this.#sourceTimestamp) | 0;
    const elapsed = (nowMs - this.#sourceMs) * SAMPLES_PER_MS;
    return step > 0 && Math.abs(clock - elapsed) > MAX_CLOCK_ERROR ? undefined : step;
  }

  #sawSource(sequence: number, timestamp: number, nowMs: number): void {
    this.#sourceHighest = sequence;
    this.#sourceTimestamp = timestamp;
    this.#sourceMs = nowMs;
  }

  #nextTimestamp(nowMs: number): number {
    if (this.#lastMs === Number.NEGATIVE_INFINITY) return this.#lastTimestamp;
    const elapsed = Math.round((nowMs - this.#lastMs) * SAMPLES_PER_MS);
    // Timers are a few milliseconds early or late; our own tones must not wobble with them.
    const samples = elapsed < 3 * FRAME_SAMPLES ? FRAME_SAMPLES : elapsed;
    return (this.#lastTimestamp + samples) >>> 0;
  }

  /** @param by how much further the number of the packet is that is sent now */
  #next(by: number): void {
    this.#advance(by);
    this.#sent.mark(0);
  }

  #advance(by: number): void {
    this.#highest = (this.#highest + by) & 0xffff;
    this.#sentInEpoch += by;
    this.#sent.advance(by);
  }
}
