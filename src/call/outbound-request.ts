/** One route of a plan in the words of an INVITE, and of its offer. */
import type { RtpOfferOptions } from '../../media/index.ts';
import type { OutboundCallRequest } from '../../sip/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';
import type { Route } from './machine.ts';
import type { MayBeSentOn } from './ports.ts';

type OfThisCall = Pick<OutboundCallRequest, 'callRef' | 'sdp'> &
  Partial<Pick<OutboundCallRequest, 'maxForwards' | 'replaces' | 'referredBy' | 'divertedBy' | 'mayRedirectTo'>>;

export function outboundRequest(route: Route, call: OfThisCall): OutboundCallRequest {
  const { trunk, account, target, callerId, callerName, ringTimeoutMs, responseTimeoutMs, extraHeaders } = route;
  return {
    ...call,
    trunk,
    target,
    ringTimeoutMs,
    ...(account === undefined ? {} : { account }),
    ...(callerId === undefined ? {} : { callerId }),
    ...(callerName === undefined ? {} : { callerName }),
    ...(responseTimeoutMs === undefined ? {} : { responseTimeoutMs }),
    ...(extraHeaders === undefined ? {} : { extraHeaders }),
  };
}

/** A trunk that takes digits by INFO alone is offered no telephone events: each digit would be sent twice. */
export function rtpOptions({ rtp, dtmf }: Route): RtpOfferOptions {
  return dtmf === 'info' ? { ...rtp, events: false } : rtp;
}

/** Where a call of this user by this route may be sent on to; undefined where nobody said so. */
export function redirectsOf(
  caller: MatrixUserId,
  route: Route,
  { mayBeSentOn }: { readonly mayBeSentOn?: MayBeSentOn },
): ((user: string) => boolean) | undefined {
  return mayBeSentOn && ((target) => mayBeSentOn(caller, target, route));
}
