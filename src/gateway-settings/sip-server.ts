/** The embedded SIP server in its own words. Reads the files of its certificates. */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { Config } from '../../config/index.ts';
import type { EmbeddedSipSettings, ListenerSettings, TlsSettings } from '../../sip/server/index.ts';
import { present } from './present.ts';
import { isWildcard } from './wildcard.ts';

/** @param ownAddress what to say in Via and Contact for a listener on all addresses, when nothing is configured */
export function sipServerSettings({ sip, trunks }: Config, ownAddress: string): EmbeddedSipSettings {
  const { listen, advertise, tls, udp_mtu } = sip.embedded;
  const tlsListens = listen.some(({ transport }) => transport === 'tls');
  const tlsNeeded = trunks.some(({ transport }) => transport === 'tls');
  // Without a certificate nothing listens there: it is where connections to the trunk leave from.
  const outgoingOnly = { transport: 'tls', host: isIPv6(ownAddress) ? '::' : '0.0.0.0', port: 0 } as const;
  const listeners = tlsNeeded && !tlsListens ? [...listen, outgoingOnly] : listen;
  return {
    listeners: listeners.map(
      (each): ListenerSettings => ({
        ...each,
        ...present({ advertisedHost: advertise ?? (isWildcard(each.host) ? ownAddress : undefined) }),
        ...(each.transport === 'tls' ? { tls: tlsSettings(tls, each === outgoingOnly) } : {}),
      }),
    ),
    udpMtu: udp_mtu === 0 ? 'off' : udp_mtu,
  };
}

/** Whom to trust as a trunk. */
export function trunkTls({ sip }: Config): TlsSettings {
  return tlsSettings(sip.embedded.tls, true);
}

function tlsSettings(
  { cert, key, ca, verify_server }: Config['sip']['embedded']['tls'],
  isOutgoingOnly: boolean,
): TlsSettings {
  return {
    verifyServer: verify_server,
    ...present({
      cert: cert === undefined || isOutgoingOnly ? undefined : readFileSync(cert),
      key: key === undefined || isOutgoingOnly ? undefined : readFileSync(key),
      ca: ca === undefined ? undefined : readFileSync(ca),
    }),
  };
}
