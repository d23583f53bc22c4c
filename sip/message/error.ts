import type { SipRequest } from './types.ts';

/** What kind of fault was found, for metrics and tests; the error's message says it in words. */
export type SipFault =
  | 'empty'
  | 'too-large'
  | 'incomplete'
  | 'start-line'
  | 'version'
  | 'header-line'
  | 'header-missing'
  | 'header-repeated'
  | 'header-value'
  | 'content-length'
  | 'method-mismatch'
  | 'uri';

/** A message, or a part of one, that cannot be understood. Nothing else is thrown by the parsers of this folder. */
export class SipParseError extends Error {
  readonly fault: SipFault;
  /** The response that RFC 3261 asks for: 400 in most cases, 505 for a foreign version, 513 for too large. */
  readonly status: number;
  /**
   * The request as far as it could be read, when it is to be answered: it is not an ACK, and its top Via says where it
   * comes from (`topVia` reads it). Other headers may be missing or faulty: `refusal` echoes what there is. Absent: drop.
   */
  readonly request: SipRequest | undefined;

  /**
   * @param fault the kind of fault
   * @param message what is wrong, in words that are safe to send back: never quotes the peer's text
   */
  constructor(fault: SipFault, message: string, details: { status?: number; request?: SipRequest } = {}) {
    super(message);
    this.name = 'SipParseError';
    this.fault = fault;
    this.status = details.status ?? 400;
    this.request = details.request;
  }
}

/**
 * Runs a parser where a fault means "as if absent".
 * @returns what the parser made of it, or undefined when it threw a SipParseError; other errors pass through
 */
export function lenient<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}
