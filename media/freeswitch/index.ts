/** FreeSWITCH as a media engine: Opus, G.722, transcoding, prompts and recording, on servers of the administrator's. */
export { createFreeswitchMediaEngine } from './engine.ts';
export type { FreeswitchMediaSettings, FreeswitchServerSettings } from './settings.ts';
