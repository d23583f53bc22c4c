import { randomBytes } from 'node:crypto';
import type { SipCallId } from '../leg.ts';

/** A Call-ID that nobody else has (RFC 3261 §8.1.1.4). */
export function newSipCallId(): SipCallId {
  return `${randomBytes(12).toString('hex')}@trunkline` as SipCallId;
}
