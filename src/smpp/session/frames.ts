/** Cuts a stream into PDUs by their length (SMPP 3.4 §3.2). */
import { HEADER_OCTETS } from './pdu.ts';

/** More than any PDU needs: `message_payload` has at most 64 KB (§5.3.2.32). */
const MOST_OCTETS = 70_000;
const NONE = Buffer.alloc(0);

/** The stream is no SMPP: nothing that follows can be read. */
export class FrameError extends Error {
  constructor(length: number) {
    super(`a PDU of ${length} octets`);
    this.name = 'FrameError';
  }
}

export class Frames {
  #held: Buffer[] = [];
  #size = 0;

  /**
   * @returns the PDUs that are whole now
   * @throws FrameError
   */
  push(octets: Buffer): Buffer[] {
    this.#held.push(octets);
    this.#size += octets.length;
    const whole: Buffer[] = [];
    for (;;) {
      const length = this.#next();
      if (length === undefined || this.#size < length) return whole;
      const all = this.#joined();
      whole.push(all.subarray(0, length));
      this.#held = [all.subarray(length)];
      this.#size -= length;
    }
  }

  /** The length of the PDU that begins here, when it has come. */
  #next(): number | undefined {
    if (this.#size < 4) return undefined;
    const first = this.#held[0] ?? NONE;
    const length = (first.length >= 4 ? first : this.#joined()).readUInt32BE(0);
    if (length < HEADER_OCTETS || length > MOST_OCTETS) throw new FrameError(length);
    return length;
  }

  #joined(): Buffer {
    const all = this.#held.length === 1 ? (this.#held[0] ?? NONE) : Buffer.concat(this.#held);
    this.#held = [all];
    return all;
  }
}
