/** One route of a plan in the words of an INVITE. */
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
