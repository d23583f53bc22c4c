/** The user data header of an SMS (3GPP TS 23.040 §9.2.3.24). */

/** Which part of a long text an SMS is (TS 23.040 §9.2.3.24.1 and .8). */
export interface Concatenation {
  /** The same in all parts: 0 to 255, or to 65,535. */
  readonly reference: number;
  /** 1 to 255. */
  readonly total: number;
  /** From 1. */
  readonly index: number;
}

export interface UserDataHeader {
  /** Octets that it takes, the one with its length included. */
  readonly length: number;
  readonly concatenation?: Concatenation;
  readonly elements: readonly { readonly id: number; readonly data: Uint8Array }[];
}

const CONCATENATED_8 = 0x00;
const CONCATENATED_16 = 0x08;

/**
 * A header that says nothing but which part it is.
 * @param part of its reference the low 8 bits are written, unless `wide`
 * @param wide with a reference of 16 bits, which takes an octet more: 152 septets or 66 units of UCS-2 are left then, not 153 or 67
 * @throws RangeError when a number does not fit
 */
export function buildUdh(part: Concatenation, wide = false): Uint8Array {
  const { reference, total, index } = part;
  if (!fits(reference, 0, 0xffff) || !fits(total, 1, 255) || !fits(index, 1, total)) {
    throw new RangeError(`there is no part ${index} of ${total} with the reference ${reference}`);
  }
  return wide
    ? Uint8Array.of(6, CONCATENATED_16, 4, reference >> 8, reference & 0xff, total, index)
    : Uint8Array.of(5, CONCATENATED_8, 3, reference & 0xff, total, index);
}

/**
 * Reads the header that a user data field begins with.
 * @returns undefined when it is longer than the octets, or an element is longer than the header. A concatenation that makes no
 * sense (part 0, part 4 of 3) is left out, as TS 23.040 §9.2.3.24.1 asks.
 */
export function parseUdh(octets: Uint8Array): UserDataHeader | undefined {
  const headerLength = octets[0];
  if (headerLength === undefined || headerLength + 1 > octets.length) return undefined;
  const elements: { id: number; data: Uint8Array }[] = [];
  let at = 1;
  while (at <= headerLength) {
    const id = octets[at];
    const length = octets[at + 1];
    if (id === undefined || length === undefined || at + 2 + length > headerLength + 1) return undefined;
    elements.push({ id, data: octets.subarray(at + 2, at + 2 + length) });
    at += 2 + length;
  }
  const concatenation = concatenationOf(elements);
  return { length: headerLength + 1, elements, ...(concatenation === undefined ? {} : { concatenation }) };
}

function concatenationOf(elements: UserDataHeader['elements']): Concatenation | undefined {
  // TS 23.040 §9.2.3.24: of elements that exclude one another, the last counts.
  for (const { id, data } of elements.toReversed()) {
    const [a = 0, b = 0, c = 0, d = 0] = data;
    if (id === CONCATENATED_8 && data.length === 3) return sensible({ reference: a, total: b, index: c });
    if (id === CONCATENATED_16 && data.length === 4) return sensible({ reference: (a << 8) | b, total: c, index: d });
  }
  return undefined;
}

function sensible(part: Concatenation): Concatenation | undefined {
  return fits(part.total, 1, 255) && fits(part.index, 1, part.total) ? part : undefined;
}

function fits(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
