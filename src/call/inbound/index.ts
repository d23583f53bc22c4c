/** Calls in from the telephone: their machine, how they run, and all that are live. */

export { missedCall } from './caller.ts';
export { InboundCalls, type InboundCallsHooks } from './inbound-calls.ts';
export type { InboundParts } from './inbound-parts.ts';
export type { InboundRecord, RangTarget } from './record.ts';
export type { Verdict } from './state.ts';
