/** SIP: trunks, calls in and out over drachtio-srf, and the embedded server that stands in for drachtio. */
export {
  type Clock,
  createSipCalls,
  type DrachtioAddress,
  redactNumbers,
  redactSip,
  type SipCallsOptions,
  type SipHealth,
  type TrunkCalls,
} from './call/index.ts';
export * from './leg.ts';
export * from './trunk/index.ts';
