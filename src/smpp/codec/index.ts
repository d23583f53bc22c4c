/** What SMPP's fields mean: addresses, alphabets, long texts, receipts, statuses. Pure. */
export { type AddressTypes, numberOf, smppAddress, usualTypes } from './address.ts';
export { type DefaultAlphabet, decodeText, encodeText } from './coding.ts';
export { type Delivered, type DeliveredText, type DeliverForm, readDelivered } from './deliver.ts';
export { type Fields, textField } from './fields.ts';
export { type MessageIdForm, messageIdOf } from './message-id.ts';
export { readReceipt, type SmppReceipt } from './receipt.ts';
export { statusRow } from './status.ts';
export { cutFor, type LongTexts, type SubmitForm, submitFields } from './submit.ts';
