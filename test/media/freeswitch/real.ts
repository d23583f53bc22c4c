/** A real FreeSWITCH for tests, if the environment names one, and the SIP server that leads to it. */

import type { Logger } from 'pino';
import { createFreeswitchMediaEngine, type FreeswitchMediaSettings, type MediaEngine } from '../../../media/index.ts';
import { startEmbeddedSipServer } from '../../../sip/server/index.ts';
import { BrowserPeer, ONE_ADDRESS } from '../browser-peer.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/** `host:port:secret` of the event socket of a FreeSWITCH that runs with the configuration in `docker/freeswitch`. */
export const FREESWITCH = addressIn('TRUNKLINE_TEST_FREESWITCH');

function addressIn(name: string): Address | undefined {
  const [host, port, ...secret] = (process.env[name] ?? '').split(':');
  return host && port ? { host, port: Number(port), secret: secret.join(':') } : undefined;
}

/** Says in the test run why nothing ran. */
export const SKIPPED = 'skipped: TRUNKLINE_TEST_FREESWITCH=host:port:secret names no FreeSWITCH';

/** A client that FreeSWITCH does not lose sight of. */
export const openBrowser = (): BrowserPeer => new BrowserPeer(undefined, ONE_ADDRESS);

/** An engine on the real FreeSWITCH; closing it closes its SIP server too. */
export async function startRealEngine(
  address: Address,
  logger: Logger,
  changes: Partial<FreeswitchMediaSettings> = {},
): Promise<MediaEngine> {
  const sip = await startEmbeddedSipServer(
    { listeners: [{ transport: 'tcp', host: '127.0.0.1', port: 0 }] },
    logger.child({ part: 'sip' }),
  );
  const sipPort = sip.addresses[0]?.port;
  const engine = await createFreeswitchMediaEngine(
    {
      servers: [address],
      signalling: { host: sip.host, port: sip.port, secret: sip.secret, sipAddress: `127.0.0.1:${sipPort}` },
      ...changes,
    },
    logger,
  );
  const close = engine.close.bind(engine);
  engine.close = async () => {
    await close();
    await sip.close();
  };
  return engine;
}
