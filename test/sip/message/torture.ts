import { readFileSync } from 'node:fs';

/** What the parser makes of a message of RFC 4475. */
export type Verdict =
  | { readonly kind: 'message' }
  /** Refused with this status. */
  | { readonly kind: 'refused'; readonly status: number }
  /** Nothing may be sent back. */
  | { readonly kind: 'dropped' };

export interface TortureCase {
  /** The file's name without `.dat`, which is the RFC's own name of the message. */
  readonly name: string;
  readonly section: string;
  readonly parser: Verdict;
  /**
   * What an endpoint may send back by the RFC's text: any final status that its application chooses, one of these
   * statuses, or nothing at all.
   */
  readonly endpoint: 'any' | 'nothing' | readonly number[];
}

const message: Verdict = { kind: 'message' };
const dropped: Verdict = { kind: 'dropped' };
const refused = (status: number): Verdict => ({ kind: 'refused', status });

/** Every message of RFC 4475, in the RFC's order. */
export const TORTURE: readonly TortureCase[] = [
  { name: 'wsinv', section: '3.1.1.1', parser: message, endpoint: 'any' },
  { name: 'intmeth', section: '3.1.1.2', parser: message, endpoint: [501, 405] },
  { name: 'esc01', section: '3.1.1.3', parser: message, endpoint: 'any' },
  { name: 'escnull', section: '3.1.1.4', parser: message, endpoint: 'any' },
  { name: 'esc02', section: '3.1.1.5', parser: message, endpoint: [501, 405] },
  { name: 'lwsdisp', section: '3.1.1.6', parser: message, endpoint: 'any' },
  { name: 'longreq', section: '3.1.1.7', parser: message, endpoint: 'any' },
  { name: 'dblreq', section: '3.1.1.8', parser: message, endpoint: 'any' },
  { name: 'semiuri', section: '3.1.1.9', parser: message, endpoint: 'any' },
  { name: 'transports', section: '3.1.1.10', parser: message, endpoint: 'any' },
  { name: 'mpart01', section: '3.1.1.11', parser: message, endpoint: 'any' },
  { name: 'unreason', section: '3.1.1.12', parser: message, endpoint: 'nothing' },
  { name: 'noreason', section: '3.1.1.13', parser: message, endpoint: 'nothing' },
  { name: 'badinv01', section: '3.1.2.1', parser: refused(400), endpoint: [400] },
  { name: 'clerr', section: '3.1.2.2', parser: refused(400), endpoint: [400] },
  { name: 'ncl', section: '3.1.2.3', parser: refused(400), endpoint: [400] },
  { name: 'scalar02', section: '3.1.2.4', parser: refused(400), endpoint: [400] },
  { name: 'scalarlg', section: '3.1.2.5', parser: dropped, endpoint: 'nothing' },
  { name: 'quotbal', section: '3.1.2.6', parser: refused(400), endpoint: [400] },
  { name: 'ltgtruri', section: '3.1.2.7', parser: refused(400), endpoint: [400] },
  { name: 'lwsruri', section: '3.1.2.8', parser: refused(400), endpoint: [400] },
  { name: 'lwsstart', section: '3.1.2.9', parser: refused(400), endpoint: [400] },
  { name: 'trws', section: '3.1.2.10', parser: refused(400), endpoint: [400] },
  { name: 'escruri', section: '3.1.2.11', parser: refused(400), endpoint: [400] },
  // "An element shouldn't [reject] unless the contents of the Date header field were actually important".
  { name: 'baddate', section: '3.1.2.12', parser: message, endpoint: 'any' },
  { name: 'regbadct', section: '3.1.2.13', parser: refused(400), endpoint: [400] },
  { name: 'badaspec', section: '3.1.2.14', parser: refused(400), endpoint: [400] },
  { name: 'baddn', section: '3.1.2.15', parser: refused(400), endpoint: [400] },
  { name: 'badvers', section: '3.1.2.16', parser: refused(505), endpoint: [505] },
  { name: 'mismatch01', section: '3.1.2.17', parser: refused(400), endpoint: [400] },
  { name: 'mismatch02', section: '3.1.2.18', parser: refused(501), endpoint: [501, 400] },
  { name: 'bigcode', section: '3.1.2.19', parser: dropped, endpoint: 'nothing' },
  // Either a 400 or the transaction matching of RFC 2543.
  { name: 'badbranch', section: '3.2.1', parser: message, endpoint: 'any' },
  { name: 'insuf', section: '3.3.1', parser: refused(400), endpoint: [400] },
  { name: 'unkscm', section: '3.3.2', parser: message, endpoint: [416] },
  { name: 'novelsc', section: '3.3.3', parser: message, endpoint: [416, 404] },
  // 400 by a registrar; who is none refuses the method.
  { name: 'unksm2', section: '3.3.4', parser: message, endpoint: 'any' },
  { name: 'bext01', section: '3.3.5', parser: message, endpoint: [420] },
  { name: 'invut', section: '3.3.6', parser: message, endpoint: [415, 488] },
  { name: 'regaut01', section: '3.3.7', parser: message, endpoint: 'any' },
  { name: 'multi01', section: '3.3.8', parser: refused(400), endpoint: [400] },
  { name: 'mcl01', section: '3.3.9', parser: refused(400), endpoint: [400] },
  // Well-formed; an endpoint discards a response with a second Via (RFC 3261 §8.1.3.3).
  { name: 'bcast', section: '3.3.10', parser: message, endpoint: 'nothing' },
  { name: 'zeromf', section: '3.3.11', parser: message, endpoint: 'any' },
  { name: 'cparam01', section: '3.3.12', parser: message, endpoint: 'any' },
  { name: 'cparam02', section: '3.3.13', parser: message, endpoint: 'any' },
  { name: 'regescrt', section: '3.3.14', parser: message, endpoint: 'any' },
  { name: 'sdp01', section: '3.3.15', parser: message, endpoint: 'any' },
  { name: 'inv2543', section: '3.4.1', parser: message, endpoint: 'any' },
];

/** @returns the exact bytes of one message */
export function tortureBytes(name: string): Buffer {
  return readFileSync(new URL(`./data/${name}.dat`, import.meta.url));
}
