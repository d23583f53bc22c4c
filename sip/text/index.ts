/** Texts over SIP MESSAGE (RFC 3428): sent at the trunk's pace, taken in from trunks alone, in the formats that trunks use. */
export { Texts, type TextsParts } from './texts.ts';
