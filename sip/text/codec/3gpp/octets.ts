import { TextCodecError } from '../error.ts';

/** Reads octets one behind the other; whoever reads too far gets a TextCodecError. */
export class OctetReader {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get left(): number {
    return this.#octets.length - this.#at;
  }

  octet(what: string): number {
    const octet = this.#octets[this.#at];
    if (octet === undefined) throw new TextCodecError('3gpp', `it ends before its ${what}`);
    this.#at += 1;
    return octet;
  }

  octets(count: number, what: string): Uint8Array {
    if (count > this.left) throw new TextCodecError('3gpp', `it ends within its ${what}`);
    const octets = this.#octets.subarray(this.#at, this.#at + count);
    this.#at += count;
    return octets;
  }

  rest(): Uint8Array {
    return this.octets(this.left, 'end');
  }
}
