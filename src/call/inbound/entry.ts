/** A call in as it is entered in the books. */
import type { InboundCall } from '../../../sip/index.ts';
import type { AccountedCall } from '../ports.ts';

/** @param openedAt ms since 1970, with fractions perhaps */
export function inboundEntry(call: InboundCall, openedAt: number): AccountedCall {
  const { callRef, trunk, account, called, caller, leg } = call;
  return {
    direction: 'in',
    callRef,
    trunk,
    ...(account === undefined ? {} : { account }),
    sipCallId: leg.sipCallId,
    ...(caller.withheld || caller.number === undefined ? {} : { callerNumber: caller.number }),
    called,
    openedAt: Math.round(openedAt),
  };
}
