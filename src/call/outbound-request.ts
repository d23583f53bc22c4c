/** One route of a plan in the words of an INVITE, and of its offer. */
import type { RtpOfferOptions } from '../../media/index.ts';
import type { OutboundCallRequest } from '../../sip/index.ts';
import type { Route } from './machine.ts';

type OfThisCall = Pick<OutboundCallRequest, 'callRef' | 'sdp'> &
  Partial<Pick<OutboundCallRequest, 'maxForwards' | 'replaces' | 'referredBy' | 'divertedBy'>>;

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
