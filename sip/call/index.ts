/** Calls on a trunk, over drachtio-srf. */
export { createSipCalls, type SipCallsOptions, type SipHealth, type TrunkCalls } from './calls.ts';
export { type Clock, systemClock } from './clock.ts';
export type { DrachtioAddress } from './drachtio.ts';
export { redactNumbers, redactSip } from './redact.ts';
