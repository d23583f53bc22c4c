/** Media: the MediaEngine contract and its engines; all SDP work happens here. */
export * from './engine.ts';
