/** SIP: trunks, calls in and out over drachtio-srf, and the embedded server that stands in for drachtio. */
export {
  type Clock,
  type ControlTls,
  createSipCalls,
  type DrachtioAddress,
  type DrachtioHealth,
  type DrachtioListenSettings,
  type DrachtioServerSettings,
  type DrachtioSettings,
  redactNumbers,
  redactSip,
  type SipCallsOptions,
  type SipHealth,
  type SipServerHealth,
  type TrunkCalls,
} from './call/index.ts';
export type { InboundDirectory } from './inbound/index.ts';
export * from './leg.ts';
export * from './text/codec/sms/index.ts';
export * from './text.ts';
export * from './trunk/index.ts';
