/** Calls on a trunk, over drachtio-srf. */
export { createSipCalls, type SipCallsOptions, type SipHealth, type TrunkCalls } from './calls.ts';
export { type Clock, systemClock } from './clock.ts';
export type { DrachtioHealth, SipServerHealth } from './drachtio-health.ts';
export type {
  ControlTls,
  DrachtioAddress,
  DrachtioListenSettings,
  DrachtioServerSettings,
  DrachtioSettings,
} from './drachtio-settings.ts';
export { redactNumbers, redactSip } from './redact.ts';
