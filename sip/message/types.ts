/** SIP messages as plain, immutable data (RFC 3261 §7). Structured headers are parsed by whoever asks for them. */

/** A header name in lower case and long form (`via`, never `v` or `Via`): what lookups go by. */
export type HeaderKey = Lowercase<string>;

/** One header field line. A comma-separated list stays one line; `splitList` takes it apart. */
export interface SipHeader {
  /** Lower-case long name: compact forms are resolved (RFC 3261 §7.3.3, §20). */
  readonly key: HeaderKey;
  /** The name as it was written on the wire. */
  readonly name: string;
  /** The value, unfolded and trimmed. Holds no CR and no LF. */
  readonly value: string;
}

interface SipMessageBase {
  /** In the order of the wire. */
  readonly headers: readonly SipHeader[];
  /** The body as bytes; empty when there is none. */
  readonly body: Buffer;
}

export interface SipRequest extends SipMessageBase {
  readonly kind: 'request';
  /** Case-sensitive (RFC 3261 §7.1). */
  readonly method: string;
  /** The Request-URI as written; `parseUri` reads it. */
  readonly uri: string;
}

export interface SipResponse extends SipMessageBase {
  readonly kind: 'response';
  /** 100–699. */
  readonly status: number;
  /** The reason phrase as written; may be empty. */
  readonly phrase: string;
}

export type SipMessage = SipRequest | SipResponse;
