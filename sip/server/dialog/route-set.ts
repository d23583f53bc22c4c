/** Route sets (RFC 3261 §12.1, §12.2.1.1). Pure. */
import {
  hasParam,
  headerList,
  lenient,
  parseNameAddr,
  parseUri,
  type SipMessage,
  type SipUri,
} from '../../message/index.ts';

/**
 * The route set that a message's Record-Route gives, as header values in the order of our future Route.
 * @param side `uac` reverses the order: the response lists the proxy that is nearest to the UAS first (§12.1.2)
 */
export function routeSetOf(message: SipMessage, side: 'uac' | 'uas'): readonly string[] {
  const routes = headerList(message, 'record-route');
  return side === 'uac' ? routes.reverse() : routes;
}

/** What a request inside a dialog has as Request-URI and Route, and where it is sent first. */
export interface RoutedRequest {
  readonly uri: string;
  readonly routes: readonly string[];
  readonly nextHop: string;
}

/**
 * RFC 3261 §12.2.1.1: with a loose router in front, the remote target is the Request-URI and the route set is Route;
 * with a strict one (RFC 2543, no `lr`), the first route is the Request-URI and the remote target ends the Route.
 */
export function routeRequest(remoteTarget: string, routeSet: readonly string[]): RoutedRequest {
  const first = routeSet[0];
  if (first === undefined) return { uri: remoteTarget, routes: [], nextHop: remoteTarget };
  const firstUri = uriOf(first);
  if (isLoose(firstUri)) return { uri: remoteTarget, routes: routeSet, nextHop: firstUri };
  return { uri: firstUri, routes: [...routeSet.slice(1), `<${remoteTarget}>`], nextHop: firstUri };
}

function isLoose(uri: string): boolean {
  const parsed = lenient(() => parseUri(uri));
  return parsed?.kind === 'sip' && hasParam((parsed as SipUri).params, 'lr');
}

/** @returns the URI of a Route element, or the text itself when it cannot be read */
export function uriOf(address: string): string {
  return lenient(() => parseNameAddr(address))?.uri ?? address;
}
