import type { DigestAlgorithm } from './algorithm.ts';

export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly username: string;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
  readonly cnonce: string;
  /** Of a `-sess` algorithm: the nonce and cnonce that opened the session, when they are not those of this request. */
  readonly sessionNonce?: string;
  readonly sessionCnonce?: string;
  /** 8 hexadecimal digits. */
  readonly nc: string;
  /** undefined: the form of RFC 2069, without nc and cnonce. */
  readonly qop: 'auth' | 'auth-int' | undefined;
  readonly method: string;
  /** The Request-URI. */
  readonly uri: string;
  /** Counts only for `auth-int`. */
  readonly body: Buffer;
}

/** @returns the `response` of RFC 7616 §3.4.1, hexadecimal */
export function digestResponse(input: DigestInput): string {
  const { algorithm } = input;
  const identity = algorithm.hash(`${input.username}:${input.realm}:${input.password}`);
  // RFC 7616 §3.4.2: A1 of a -sess algorithm is made once, of the first nonce and cnonce.
  const ha1 = algorithm.session
    ? algorithm.hash(`${identity}:${input.sessionNonce ?? input.nonce}:${input.sessionCnonce ?? input.cnonce}`)
    : identity;
  // RFC 7616 §3.4.3.
  const a2 = `${input.method}:${input.uri}`;
  const ha2 = algorithm.hash(input.qop === 'auth-int' ? `${a2}:${algorithm.hash(input.body)}` : a2);
  const data =
    input.qop === undefined
      ? `${input.nonce}:${ha2}`
      : `${input.nonce}:${input.nc}:${input.cnonce}:${input.qop}:${ha2}`;
  return algorithm.hash(`${ha1}:${data}`);
}

/** @returns a nonce count as 8 hexadecimal digits (RFC 7616 §3.4) */
export function formatNc(count: number): string {
  return count.toString(16).padStart(8, '0');
}
