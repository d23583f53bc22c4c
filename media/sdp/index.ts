/** All SDP work: pure functions from text to what the engines need, and back. */
export * from './codecs.ts';
export * from './direction.ts';
export * from './parse.ts';
export * from './rtp-description.ts';
export * from './sdes.ts';
export * from './webrtc-answer.ts';
export * from './webrtc-offer.ts';
