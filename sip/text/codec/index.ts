/** The bodies in which texts come and go over SIP. Pure; what is malformed is a TextCodecError. */
export * from './3gpp/index.ts';
export { decodeTextBody, type TextBody } from './charset.ts';
export { type CpimAddress, type CpimMessage, type ImdnRequest, parseCpim, serializeCpim } from './cpim.ts';
export { TextCodecError } from './error.ts';
export { type GoipText, parseGoipBody, parseGoipHeadersBody } from './goip.ts';
export { type Imdn, type ImdnState, parseImdn, serializeImdn } from './imdn.ts';
