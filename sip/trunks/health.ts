/** Whether a trunk is up, from what is heard of it. Pure. */
import type { TrunkState } from '../leg.ts';

export interface Health {
  readonly state: TrunkState;
  /** ms of the clock. */
  readonly since: number;
  /** Requests in a row that nobody answered. */
  readonly misses: number;
  readonly why?: 'silent' | 'busy';
}

export type Sign =
  /** Any answer of any kind: somebody is there. */
  | { readonly type: 'answered'; readonly now: number }
  /** Nobody answered: an OPTIONS, a REGISTER or a call. */
  | { readonly type: 'missed'; readonly now: number }
  /** 503 with Retry-After: it wants no calls for a while (RFC 3261 §21.5.4). */
  | { readonly type: 'busy'; readonly now: number }
  /** What was known is too old to count. */
  | { readonly type: 'stale'; readonly now: number };

/** One lost packet is no reason to send calls elsewhere. */
const MISSES_TO_DOWN = 2;

export function newHealth(now: number): Health {
  return { state: 'unknown', since: now, misses: 0 };
}

export function stepHealth(health: Health, sign: Sign): Health {
  const { now } = sign;
  switch (sign.type) {
    case 'answered':
      return health.state === 'up' ? { ...health, misses: 0 } : { state: 'up', since: now, misses: 0 };
    case 'missed': {
      const misses = health.misses + 1;
      if (misses < MISSES_TO_DOWN || health.state === 'down') return { ...health, misses };
      return { state: 'down', since: now, misses, why: 'silent' };
    }
    case 'busy':
      return health.why === 'busy' ? health : { state: 'down', since: now, misses: 0, why: 'busy' };
    case 'stale':
      return health.state === 'unknown' ? health : newHealth(now);
    default:
      return sign satisfies never;
  }
}
