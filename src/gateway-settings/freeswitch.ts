/** The FreeSWITCH servers in the words of `media`, and the SIP server that speaks with them alone. */
import type { Config } from '../../config/index.ts';
import type { FreeswitchMediaSettings } from '../../media/index.ts';
import type { EmbeddedSipServer, EmbeddedSipSettings } from '../../sip/server/index.ts';
import { present } from './present.ts';
import { isWildcard } from './wildcard.ts';

/** @param ownAddress what FreeSWITCH servers are told for a listener on all addresses, when nothing is configured */
export function freeswitchSipServer(config: Config, ownAddress: string): EmbeddedSipSettings {
  const { host, port } = config.media.freeswitch.sip;
  return {
    listeners: [{ transport: 'tcp', host, port, advertisedHost: advertised(config, ownAddress) }],
    udpMtu: 'off',
  };
}

/** @param server the one of `freeswitchSipServer`, running */
export function freeswitchSettings(
  config: Config,
  server: Pick<EmbeddedSipServer, 'host' | 'port' | 'secret' | 'addresses'>,
  ownAddress: string,
): FreeswitchMediaSettings {
  const { servers, sip, silence_timeout_s, connect_timeout_s } = config.media.freeswitch;
  const { host, port, secret } = server;
  const sipPort = server.addresses[0]?.port ?? sip.port;
  const address = advertised(config, ownAddress);
  return {
    servers: servers.map(({ name, host, port, secret = '', profile, weight, draining }) => ({
      host,
      port,
      secret,
      profile,
      weight,
      draining,
      ...present({ name }),
    })),
    signalling: {
      host,
      port,
      secret,
      sipAddress: `${address.includes(':') ? `[${address}]` : address}:${sipPort}`,
    },
    connectTimeoutMs: connect_timeout_s * 1000,
    mediaTimeoutMs: silence_timeout_s * 1000,
  };
}

function advertised({ media }: Config, ownAddress: string): string {
  const { host, advertise } = media.freeswitch.sip;
  return advertise ?? (isWildcard(host) ? ownAddress : host);
}
