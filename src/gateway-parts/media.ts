/** The media engine that the configuration names. */
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import { createEmbeddedMediaEngine, createFreeswitchMediaEngine, type MediaEngine } from '../../media/index.ts';
import { startEmbeddedSipServer } from '../../sip/server/index.ts';
import { freeswitchSettings, freeswitchSipServer, mediaSettings } from '../gateway-settings/index.ts';
import type { Started } from '../lifecycle.ts';

export async function startMedia(
  config: Config,
  ownAddress: string,
  logger: Logger,
  started: Started,
): Promise<MediaEngine> {
  if (config.media.engine === 'embedded') {
    const engine = await createEmbeddedMediaEngine(mediaSettings(config, ownAddress), logger);
    started.add('media engine', () => engine.close());
    return engine;
  }
  // A server of its own: what FreeSWITCH says must never be taken for a call, nor a call of a trunk for what it says.
  const sip = await startEmbeddedSipServer(freeswitchSipServer(config, ownAddress), logger);
  started.add('SIP with FreeSWITCH', () => sip.close());
  const engine = await createFreeswitchMediaEngine(freeswitchSettings(config, sip, ownAddress), logger);
  started.add('media engine', () => engine.close());
  return engine;
}
