/** application/vnd.3gpp.sms: an SMS as binary (3GPP TS 24.341, TS 24.011, TS 23.040). Pure. */
export { type Direction, parseRp, type Rp, serializeRp } from './rp.ts';
export {
  serializeDeliver,
  serializeDeliverReport,
  serializeStatusReport,
  serializeSubmit,
  serializeSubmitReport,
} from './serialize.ts';
export { type Deliver, parseTpdu, type Report, type StatusReport, type Submit, type Tpdu } from './tpdu.ts';
export type { SmsContent } from './user-data.ts';
