/** Texts in an envelope, and receipts (RFC 3862, RFC 5438). Pure. */
import { bareValue } from '../message/index.ts';
import { type CpimMessage, decodeTextBody, parseCpim, parseImdn } from './codec/index.ts';
import type { ReadBody, ReceiptWish } from './read.ts';

/** Longer names of texts are nobody's. */
const LONGEST_ID = 255;
const LONGEST_URI = 512;

/** @throws TextCodecError */
export function readCpim(body: Buffer): ReadBody {
  const message = parseCpim(body);
  if (bareValue(message.contentType) === 'message/imdn+xml') return readImdn(message.body);
  const decoded = decodeTextBody(message.body, message.contentType, message.transferEncoding);
  if (decoded.kind === 'unsupported') return decoded;
  if (decoded.text.trim() === '') return { kind: 'nothing', why: 'the text is empty' };
  const wish = wishOf(message);
  return {
    kind: 'text',
    text: decoded.text,
    ...(message.dateTime === undefined ? {} : { sentAt: message.dateTime }),
    ...(wish === undefined ? {} : { wish }),
  };
}

/** @throws TextCodecError */
export function readImdn(body: Buffer): ReadBody {
  const { messageId, notification, state } = parseImdn(body);
  const name = { messageId };
  switch (state) {
    case 'delivered':
    case 'displayed':
      return { kind: 'receipt', name, state };
    case 'failed':
    case 'error':
    case 'forbidden':
      // RFC 5438 §7.2.1.2: that nobody is told whether it was read is no failure of the text.
      return notification === 'delivery'
        ? { kind: 'receipt', name, state: 'failed', detail: `IMDN: ${state}` }
        : { kind: 'nothing', why: 'a receipt is not given' };
    case 'processed':
    case 'stored':
      return { kind: 'nothing', why: 'a receipt of somebody on the way' };
    default:
      return state satisfies never;
  }
}

function wishOf({ from, to: [to], imdn }: CpimMessage): ReceiptWish | undefined {
  if (from === undefined || to === undefined || imdn === undefined) return undefined;
  const { messageId, wants } = imdn;
  if (!wants.delivered && !wants.displayed) return undefined;
  if (messageId.length > LONGEST_ID || from.uri.length > LONGEST_URI || to.uri.length > LONGEST_URI) return undefined;
  const { delivered, displayed } = wants;
  return { messageId, wants: { delivered, displayed }, from: from.uri, to: to.uri };
}
