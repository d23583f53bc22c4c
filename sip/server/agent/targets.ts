import { isIP } from 'node:net';
import { type Locator, targetOfUri } from '../../dns/index.ts';
import {
  askedTransport,
  bareHost,
  defaultPort,
  lenient,
  parseUri,
  type SipUri,
  type TransportName,
  uriTransport,
} from '../../message/index.ts';
import type { Target } from '../transport/types.ts';

/** Finds the servers of a SIP URI by DNS (RFC 3263), best first; an empty list or a rejection: there are none. */
export type Locate = (uri: SipUri) => Promise<readonly Target[]>;

/** The usual `Locate`: NAPTR, SRV and addresses, for the transports that are configured. */
export function locateByDns(locator: Locator): Locate {
  return async (uri) => {
    const destinations = await locator.locate(targetOfUri(uri));
    return destinations.map(({ transport, address, port, domain }) => ({
      transport,
      address,
      port,
      ...(transport === 'tls' ? { serverName: domain } : {}),
    }));
  };
}

/** Why a URI leads nowhere, in words. */
export class UnreachableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreachableError';
  }
}

/**
 * Where a request to this URI goes. An address needs no look-up, and its targets are there at once.
 * @throws UnreachableError when the URI cannot be a next hop
 */
export function targetsOf(uriText: string, locate: Locate): readonly Target[] | Promise<readonly Target[]> {
  const uri = lenient(() => parseUri(uriText));
  if (uri === undefined) throw new UnreachableError('invalid request-uri');
  if (uri.kind !== 'sip')
    throw new UnreachableError(`a ${uri.scheme}: URI needs an outbound proxy, for it says no host`);
  const address = bareHost(uri.host);
  if (isIP(address) === 0) return locate(uri).then((targets) => targets.map((one) => ({ ...one, ...pinnedBy(uri) })));
  const transport = transportOf(uri);
  if (transport === undefined) throw new UnreachableError('requested protocol/transport not available');
  return [{ transport, address, port: uri.port ?? defaultPort(transport), ...pinnedBy(uri) }];
}

function pinnedBy(uri: SipUri): { pinned?: true } {
  return uriTransport(uri) === undefined ? {} : { pinned: true };
}

/** The transport that a URI with an address means (RFC 3263 §4.1); undefined for one that is not spoken here. */
function transportOf(uri: SipUri): TransportName | undefined {
  const secure = uri.scheme === 'sips';
  const asked = uriTransport(uri);
  if (asked === undefined) return secure ? 'tls' : 'udp';
  return askedTransport(asked, secure);
}
