/** The way to one node of a trunk: a name may lead to several. Pure. */
import { isIP } from 'node:net';
import { bareHost, bracketed, hostPort, lenient, parseUri, uriTransport } from '../message/index.ts';
import type { TrunkSettings } from '../trunk/index.ts';
import type { Source } from './stack.ts';

/**
 * Where to send what only the node that answered can make sense of (a nonce, a registration), or undefined to let the name be
 * looked up again: an address leads nowhere else, and TLS needs the name for its certificate.
 * @param hop where the request was sent that it answered
 */
export function pinTo(
  trunk: Pick<TrunkSettings, 'transport' | 'udpOnly'>,
  source: Source,
  hop: string,
): string | undefined {
  const uri = lenient(() => parseUri(hop));
  if (uri?.kind !== 'sip' || source.address === '' || source.port === 0) return undefined;
  const isAddress = isIP(bareHost(uri.host)) !== 0;
  if (isAddress || uri.scheme === 'sips' || trunk.transport === 'tls' || source.protocol === 'tls') return undefined;
  const transport = uriTransport(uri) ?? (source.protocol === 'tcp' ? 'tcp' : trunk.udpOnly ? 'udp' : undefined);
  return `sip:${hostPort(bracketed(source.address), source.port)}${transport === undefined ? '' : `;transport=${transport}`}`;
}
