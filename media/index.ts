/** Media: the MediaEngine contract and its engines; all SDP work happens here. */
export { createEmbeddedMediaEngine } from './embedded/engine.ts';
export type { EmbeddedMediaSettings, PortRange } from './embedded/settings.ts';
export * from './engine.ts';
export type { FreeswitchMediaSettings, FreeswitchServerSettings } from './freeswitch/index.ts';
export { createFreeswitchMediaEngine } from './freeswitch/index.ts';
