/**
 * How long to wait before an offer is sent again that met one of the peer's (491): RFC 3261 §14.1.
 * @param ownsCallId whether our side made the Call-ID, that is: placed the call
 * @param random from 0 (inclusive) to 1
 * @returns milliseconds, in units of 10: 2,100–4,000 for the owner, 0–2,000 for the other side
 */
export function glareDelayMs(ownsCallId: boolean, random: number): number {
  return ownsCallId ? 2_100 + 10 * Math.floor(random * 191) : 10 * Math.floor(random * 201);
}

/** Attempts at one offer before the caller is told that it cannot be made. */
export const MAX_OFFER_ATTEMPTS = 4;
