/** Media directions and their rules (RFC 3264 §5.1, §6.1, §8.4). All directions are seen from the one who writes the SDP. */

import type { Direction } from '../engine.ts';

export const isSending = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'sendonly';
export const isReceiving = (direction: Direction): boolean => direction === 'sendrecv' || direction === 'recvonly';

/** The direction of one who sends and receives so. */
export function toDirection(sending: boolean, receiving: boolean): Direction {
  if (sending) return receiving ? 'sendrecv' : 'sendonly';
  return receiving ? 'recvonly' : 'inactive';
}

/** The same stream seen from the other end. */
export function reverse(direction: Direction): Direction {
  return toDirection(isReceiving(direction), isSending(direction));
}

/** What both allow. */
export function intersect(a: Direction, b: Direction): Direction {
  return toDirection(isSending(a) && isSending(b), isReceiving(a) && isReceiving(b));
}

/**
 * The direction of our answer (RFC 3264 §6.1: sendonly is answered recvonly or inactive, and so on).
 * @param offered as the offerer wrote it
 * @param wanted what we would like, seen from us
 */
export function answerDirection(offered: Direction, wanted: Direction): Direction {
  return intersect(reverse(offered), wanted);
}
