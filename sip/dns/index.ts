/** Locating SIP servers (RFC 3263): from a URI's host to addresses, ports and transports, in the order to try them. */
export { CachingResolver } from './cache.ts';
export {
  type Destination,
  LocateError,
  type LocateOptions,
  type LocateReason,
  type LocateTarget,
  locate,
  targetOfUri,
} from './locate.ts';
export { Locator, type LocatorSettings } from './locator.ts';
export { orderSrv } from './srv-order.ts';
export { SystemResolver, type SystemResolverOptions } from './system-resolver.ts';
export * from './types.ts';
