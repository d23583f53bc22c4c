/** The SIP server that the configuration names: the embedded one, or drachtio servers. */
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import { Locator } from '../../sip/dns/index.ts';
import type { DrachtioAddress, DrachtioSettings } from '../../sip/index.ts';
import { type EmbeddedSipServer, locateByDns, startEmbeddedSipServer } from '../../sip/server/index.ts';
import { drachtioSettings, sipServerSettings } from '../gateway-settings/index.ts';
import type { Started } from '../lifecycle.ts';

export interface SipServer {
  /** Where drachtio's control protocol is spoken. */
  readonly control: DrachtioAddress | DrachtioSettings;
  /** Tells the embedded server who is heard at all; others have their own lists. */
  screen(isHeard: Parameters<EmbeddedSipServer['screen']>[0]): void;
  /** Tells the embedded server that this machine has another address; others find out by themselves. */
  readonly moved?: EmbeddedSipServer['moved'];
}

/** The embedded server, or those of the administrator. */
export async function startSipServer(
  config: Config,
  ownAddress: string,
  logger: Logger,
  started: Started,
): Promise<SipServer> {
  if (config.sip.server === 'drachtio') return { control: drachtioSettings(config), screen: () => undefined };
  // All transports, whatever is listened on: a trunk over TLS needs no listener of its own.
  const locate = locateByDns(new Locator());
  const embedded = await startEmbeddedSipServer(sipServerSettings(config, ownAddress), logger, locate);
  started.add('SIP server', () => embedded.close());
  return {
    control: embedded,
    screen: (isHeard) => embedded.screen(isHeard),
    // What the administrator has configured is not ours to change.
    ...(config.sip.embedded.advertise === undefined ? { moved: (host) => embedded.moved(host) } : {}),
  };
}
