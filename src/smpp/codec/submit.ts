/** A part of a text as the fields of submit_sm (SMPP 3.4 §4.4). */
import { buildUdh, type Cut, cutText, type PartToSend, SMS_UNITS } from '../../message/index.ts';
import { type AddressTypes, smppAddress } from './address.ts';
import { type DefaultAlphabet, encodeText, needsUcs2 } from './coding.ts';
import type { Fields } from './fields.ts';

/** How long texts travel: parts with a user data header, parts with sar TLVs, or whole, for the service centre to cut. */
export type LongTexts = 'udh' | 'sar' | 'payload';

export interface SubmitForm {
  readonly alphabet: DefaultAlphabet;
  readonly long: LongTexts;
  readonly types: AddressTypes;
  /** Numbers keep their "+". */
  readonly plus: boolean;
  readonly serviceType: string;
  readonly receipts: boolean;
  /** How long the service centre tries; absent: as long as it likes. */
  readonly validityMs?: number;
}

export type Submit =
  | { readonly kind: 'fields'; readonly fields: Fields }
  | { readonly kind: 'unsendable'; readonly what: 'sender' | 'target' | 'text' };

const UDHI = 0x40;
/** `sm_length` has one octet, and 255 is not allowed (SMPP 3.4 §5.2.21). */
const MOST_SHORT = 254;
/** The library takes no larger PDU, and nobody pays for more parts: 10,000 octets are 74 of UCS-2. */
const MOST_PAYLOAD = 10_000;

export function cutFor(text: string, { long, alphabet }: Pick<SubmitForm, 'long' | 'alphabet'>): Cut {
  if (long === 'payload') {
    // A character is two octets in UCS-2, and at most two septets.
    return cutText(text, { isSms: false, maxCharacters: MOST_PAYLOAD / 2 }, 1);
  }
  // What GSM's alphabet has and the service centre's has not: units of UCS-2 are characters then.
  if (needsUcs2(text, alphabet) && !needsUcs2(text, 'gsm7')) {
    const { alone, part } = SMS_UNITS.ucs2;
    return cutText(text, { isSms: false, maxCharacters: text.length <= alone ? alone : part });
  }
  return cutText(text, { isSms: true });
}

export function submitFields(part: PartToSend, form: SubmitForm): Submit {
  const { types, plus } = form;
  const target = smppAddress(part.target, { types, plus });
  if (target === undefined || target.ton === types.alphanumeric.ton) return { kind: 'unsendable', what: 'target' };
  const source =
    part.sender === undefined ? { ton: 0, npi: 0, address: '' } : smppAddress(part.sender, { types, plus });
  if (source === undefined) return { kind: 'unsendable', what: 'sender' };
  const body = bodyOf(part, form);
  if (body === undefined) return { kind: 'unsendable', what: 'text' };
  return {
    kind: 'fields',
    fields: {
      service_type: form.serviceType,
      source_addr_ton: source.ton,
      source_addr_npi: source.npi,
      source_addr: source.address,
      dest_addr_ton: target.ton,
      dest_addr_npi: target.npi,
      destination_addr: target.address,
      protocol_id: 0,
      registered_delivery: part.wantsReceipts && form.receipts ? 1 : 0,
      ...(form.validityMs === undefined ? {} : { validity_period: relativeTime(form.validityMs) }),
      ...body,
    },
  };
}

function bodyOf(part: PartToSend, { alphabet, long }: SubmitForm): Fields | undefined {
  const { text, total, index, reference } = part;
  const { dataCoding, octets } = encodeText(text, alphabet);
  const common = { data_coding: dataCoding, esm_class: 0 };
  if (long === 'payload' && octets.length > MOST_SHORT) {
    if (octets.length > MOST_PAYLOAD) return undefined;
    return { ...common, short_message: Buffer.alloc(0), message_payload: Buffer.from(octets) };
  }
  const header = total > 1 && long === 'udh' ? buildUdh({ reference, total, index }) : new Uint8Array();
  const message = Buffer.concat([header, octets]);
  if (message.length > MOST_SHORT) return undefined;
  if (total === 1 || long === 'payload') return { ...common, short_message: message };
  if (long === 'udh') return { ...common, esm_class: UDHI, short_message: message };
  return {
    ...common,
    short_message: message,
    sar_msg_ref_num: reference & 0xffff,
    sar_total_segments: total,
    sar_segment_seqnum: index,
  };
}

/** SMPP 3.4 §7.1.1: years, months, days, hours, minutes, seconds from now. */
export function relativeTime(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const days = Math.min(Math.floor(seconds / 86_400), 99);
  const parts = [
    Math.floor(days / 30),
    days % 30,
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  return `00${parts.map((n) => String(n).padStart(2, '0')).join('')}000R`;
}
