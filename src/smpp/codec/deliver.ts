/** What a deliver_sm or data_sm says: a text, a receipt, or something that we cannot use (SMPP 3.4 §4.6, §5.2.12). */
import { createHash } from 'node:crypto';
import { type Concatenation, parseUdh, type UserDataHeader } from '../../message/index.ts';
import { numberOf } from './address.ts';
import { type DefaultAlphabet, decodeText } from './coding.ts';
import { type Fields, numberField, octetsField, textField } from './fields.ts';
import type { MessageIdForm } from './message-id.ts';
import { readReceipt, type SmppReceipt } from './receipt.ts';

export interface DeliveredText {
  readonly kind: 'text';
  readonly sender: string;
  readonly called: string;
  readonly text: string;
  readonly part?: Concatenation;
  /** The same for each repeat; also for another text with the same words. */
  readonly fingerprint: string;
}

export type Delivered =
  | DeliveredText
  | { readonly kind: 'receipt'; readonly receipt: SmppReceipt }
  /** Signalling that nothing depends on: it is acknowledged. */
  | { readonly kind: 'ignored'; readonly why: string }
  /** No text that we can read: it is refused for good. */
  | { readonly kind: 'unreadable'; readonly why: string };

export interface DeliverForm {
  readonly alphabet: DefaultAlphabet;
  readonly messageIds: MessageIdForm;
  readonly bareIsInternational: boolean;
}

// SMPP 3.4 §5.2.12, bits 5 to 2.
const TYPE_MASK = 0x3c;
const TYPE = {
  default: 0x00,
  receipt: 0x04,
  deliveryAck: 0x08,
  userAck: 0x10,
  abort: 0x18,
  intermediate: 0x20,
} as const;
const UDHI = 0x40;

// 3GPP TS 23.040 §9.2.3.24: application ports; not for people.
const PORT_ELEMENTS = new Set([0x04, 0x05]);

export function readDelivered(fields: Fields, form: DeliverForm): Delivered {
  const esmClass = numberField(fields, 'esm_class') ?? 0;
  const body = bodyOf(fields, esmClass);
  if (body === undefined) return { kind: 'unreadable', why: 'its user data header is broken' };
  const dataCoding = numberField(fields, 'data_coding') ?? 0;
  const text = decodeText(body.octets, dataCoding, form.alphabet, body.header);
  switch (esmClass & TYPE_MASK) {
    case TYPE.default:
      // Receipts of some service centres do not say that they are.
      if (textField(fields, 'receipted_message_id') !== undefined && numberField(fields, 'message_state') !== undefined)
        break;
      return textOf(fields, body, text, dataCoding, form);
    case TYPE.receipt:
    case TYPE.deliveryAck:
    case TYPE.userAck:
      break;
    case TYPE.intermediate:
    case TYPE.abort:
      return { kind: 'ignored', why: 'a notification' };
    default:
      return { kind: 'unreadable', why: `its esm_class ${esmClass} is not known` };
  }
  const receipt = readReceipt(fields, text, form.messageIds);
  // A receipt that cannot be read would come again and again.
  return receipt === undefined
    ? { kind: 'ignored', why: 'a receipt that cannot be read' }
    : { kind: 'receipt', receipt };
}

interface Body {
  readonly octets: Uint8Array;
  readonly header?: UserDataHeader;
  readonly all: Uint8Array;
}

/** Of `short_message` and `message_payload` one is empty (SMPP 3.4 §5.3.2.32). */
function bodyOf(fields: Fields, esmClass: number): Body | undefined {
  const short = octetsField(fields, 'short_message') ?? new Uint8Array();
  const all = short.length > 0 ? short : (octetsField(fields, 'message_payload') ?? new Uint8Array());
  if ((esmClass & UDHI) === 0 || all.length === 0) return { octets: all, all };
  const header = parseUdh(all);
  return header === undefined ? undefined : { octets: all.subarray(header.length), header, all };
}

function textOf(
  fields: Fields,
  { all, header }: Body,
  text: string | undefined,
  dataCoding: number,
  form: DeliverForm,
): Delivered {
  if (header?.elements.some(({ id }) => PORT_ELEMENTS.has(id))) {
    return { kind: 'unreadable', why: 'it is for an application, not for people' };
  }
  if (text === undefined) return { kind: 'unreadable', why: `data_coding ${dataCoding} is no text` };
  const source = { ton: numberField(fields, 'source_addr_ton') ?? 0, address: textField(fields, 'source_addr') ?? '' };
  const dest = { ton: numberField(fields, 'dest_addr_ton') ?? 0, address: textField(fields, 'destination_addr') ?? '' };
  const part = header?.concatenation ?? sarOf(fields);
  return {
    kind: 'text',
    sender: numberOf(source, form.bareIsInternational),
    called: numberOf(dest, form.bareIsInternational),
    text,
    ...(part === undefined || part.total < 2 ? {} : { part }),
    fingerprint: fingerprintOf([source.address, dest.address, dataCoding, sarOf(fields) ?? '', reference(fields)], all),
  };
}

/** SMPP 3.4 §5.3.2.22 to 24. */
function sarOf(fields: Fields): Concatenation | undefined {
  const reference = numberField(fields, 'sar_msg_ref_num');
  const total = numberField(fields, 'sar_total_segments');
  const index = numberField(fields, 'sar_segment_seqnum');
  if (reference === undefined || total === undefined || index === undefined) return undefined;
  return index >= 1 && index <= total ? { reference, total, index } : undefined;
}

function reference(fields: Fields): number {
  return numberField(fields, 'user_message_reference') ?? -1;
}

function fingerprintOf(facts: readonly unknown[], octets: Uint8Array): string {
  return createHash('sha256').update(JSON.stringify(facts)).update(octets).digest('base64url').slice(0, 27);
}
