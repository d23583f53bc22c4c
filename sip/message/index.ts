/** SIP messages: reading, writing, and the headers whose structure matters. No sockets, no state, no timers. */
export * from './binary-body.ts';
export * from './cseq.ts';
export * from './error.ts';
export * from './headers.ts';
export * from './multipart.ts';
export * from './name-addr.ts';
export * from './names.ts';
export * from './numbers.ts';
export * from './params.ts';
export { contentLength, DEFAULT_LIMITS, isKeepAlive, type ParseLimits, parseMessage } from './parse.ts';
export * from './reason.ts';
export * from './response.ts';
export { isToken, quote, splitList, tokenOrQuoted, unquote } from './scan.ts';
export * from './serialize.ts';
export * from './session-expires.ts';
export { StreamFramer, type StreamItem } from './stream.ts';
export * from './transport.ts';
export * from './types.ts';
export * from './unsent.ts';
export {
  escapeUser,
  hostPort,
  type OtherUri,
  parseUri,
  type SipUri,
  sipUri,
  stringifyUri,
  type TelUri,
  type Uri,
  unescapeText,
  userText,
} from './uri.ts';
export { sameUri } from './uri-equal.ts';
export * from './via.ts';
