/** A failed text as a new one, for who works on the store beside the running gateway. */
import type { Delivery, StoredDelivery } from '../ports.ts';
import { referencesOf } from './planning.ts';

/**
 * The same text by the same ways, once more; asked for twice it is one.
 * @param forMs how long it is tried
 */
export function sentAgain(failed: StoredDelivery, now: number, forMs: number): Delivery {
  const { state: _state, progress: _progress, ...delivery } = failed;
  const round = failed.round + 1;
  return {
    ...delivery,
    ...referencesOf(failed.eventId, failed.target, round),
    round,
    createdAt: now,
    expiresAt: now + forMs,
  };
}
