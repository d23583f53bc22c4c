/** Emergency calls: refused in words, or put through by the one trunk that was set up and tested for them. */
import type { Route } from '../call/index.ts';
import type { TrunkRules } from './trunk-rules.ts';

export type EmergencyPolicy =
  | { readonly kind: 'blocked' }
  | {
      readonly kind: 'allowed';
      readonly trunk: TrunkRules;
      /** E.164; an address is registered for it at the provider. */
      readonly callerId: string;
      /** That address, in words. */
      readonly location: string;
      readonly locationHeader?: string;
    };

/**
 * The one way out of an emergency call. What was dialled goes out as it is: the provider's number format leaves short
 * numbers alone. The number is never withheld, and no other trunk is tried: there, the location would be a wrong one.
 */
export function emergencyRoute(target: string, policy: Extract<EmergencyPolicy, { kind: 'allowed' }>): Route {
  const { trunk, callerId, location, locationHeader } = policy;
  return {
    trunk: trunk.name,
    target: withoutCallerIdCode(target),
    rtp: trunk.rtp,
    callerId,
    earlyMedia: trunk.earlyMedia,
    ringTimeoutMs: EMERGENCY_RING_MS,
    dtmf: trunk.dtmf,
    // RFC 3261 §20.26.
    extraHeaders: {
      Priority: 'emergency',
      ...(locationHeader === undefined ? {} : { [locationHeader]: headerText(location) }),
    },
  };
}

/** Control rooms may let it ring while they are busy: as long as the longest that clients wait, and more. */
const EMERGENCY_RING_MS = 300_000;

function withoutCallerIdCode(target: string): string {
  return target.replace(/^(?:\*31#|#31#|\*67|\*82)/, '');
}

/** One line of printable ASCII: what any parser takes. */
function headerText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
}

/** The address as people read it. */
export const onOneLine = (address: string): string => address.replace(/\s+/g, ' ').trim();
