/** Texts: out and in, what becomes of them, groups, lent numbers, consent. Others use only what is exported here. */
export {
  buildUdh,
  type Concatenation,
  gsm7Decode,
  gsm7Encode,
  type NationalTables,
  nationalTables,
  parseUdh,
  SMS_UNITS,
  type SmsAlphabet,
  smsAlphabet,
  type UserDataHeader,
  ucs2Decode,
  ucs2Encode,
} from '../../sip/index.ts';
export { type FailureRow, failureRow } from './failure-row.ts';
export { defaultInboundPolicy, type InboundOptions, type InboundPolicy } from './inbound/index.ts';
export { createInsideTransport } from './inside.ts';
export {
  createMessageService,
  type MessageCounts,
  type MessageService,
  type MessageServiceOptions,
} from './message-service.ts';
export { defaultOutboundPolicy, Gate, type OutboundPolicy, sentAgain } from './outbound/index.ts';
export { createSipTransports, type OverSipOptions, type SipTextTrunk } from './over-sip.ts';
export type { MessageBooks, NumberPool } from './parts.ts';
export * from './ports.ts';
export { countSegments, cutText, type SegmentCount } from './segments/index.ts';
export { englishTexts } from './sentences.ts';
export * from './transport.ts';
