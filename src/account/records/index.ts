/** Call detail records: what is kept of each call, how it sounded, who did what lately. */
export { createActivityBook } from './activity.ts';
export { audioVerdict, estimateMos } from './audio.ts';
export * from './ports.ts';
