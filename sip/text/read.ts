/** What the body of a MESSAGE holds. Pure; never throws. */
import { type BodyPart, bodyParts, header, lenient, type SipRequest } from '../message/index.ts';
import type { TextPart, TextReceipt } from '../text.ts';
import type { TextBodyForm } from '../trunk/index.ts';
import { decodeTextBody, parseGoipBody, parseGoipHeadersBody, TextCodecError } from './codec/index.ts';
import { readCpim, readImdn } from './read-cpim.ts';
import { readSms } from './read-sms.ts';

/** What the sender of a text wants to be told, and by which name (RFC 5438 §6). */
export interface ReceiptWish {
  readonly messageId: string;
  readonly wants: { readonly delivered: boolean; readonly displayed: boolean };
  /** The addresses of the envelope, as URIs. */
  readonly from: string;
  readonly to: string;
}

export interface ReadText {
  readonly kind: 'text';
  readonly text: string;
  readonly part?: TextPart;
  /** ms since 1970. */
  readonly sentAt?: number;
  /** Who wrote it, where the body says so. */
  readonly sender?: string;
  /** Whom it is for, where the body says so. */
  readonly called?: string;
  readonly wish?: ReceiptWish;
  /** Body of the MESSAGE that says that it has arrived: an RP-ACK (3GPP TS 24.341 §5.3.2.4). */
  readonly acknowledgement?: Buffer;
}

export type ReadBody =
  | ReadText
  /** What became of a text of ours. `name` is our name of it, or the Call-ID under which it went. */
  | {
      readonly kind: 'receipt';
      readonly name: { readonly messageId: string } | { readonly callId: string };
      readonly state: TextReceipt['state'];
      readonly detail?: string;
      readonly acknowledgement?: Buffer;
    }
  /** Nothing for anybody to read. */
  | { readonly kind: 'nothing'; readonly why: string; readonly acknowledgement?: Buffer }
  /** 415. */
  | { readonly kind: 'unsupported'; readonly why: string }
  /** 400. */
  | { readonly kind: 'malformed'; readonly why: string };

/** What we read, for 415 (RFC 3261 §21.4.13). */
export const ACCEPT = 'text/plain, text/html, message/cpim, message/imdn+xml, application/vnd.3gpp.sms';

export interface ReadFacts {
  /** Where texts of the trunk name their sender. */
  readonly form: TextBodyForm;
  /** ms since 1970. */
  readonly now: number;
}

export function readBody(request: SipRequest, facts: ReadFacts): ReadBody {
  if (request.body.length === 0) return { kind: 'nothing', why: 'the body is empty' };
  const encoding = header(request, 'content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity') return { kind: 'unsupported', why: 'the body is compressed' };
  try {
    return readParts(request, facts);
  } catch (error) {
    if (error instanceof TextCodecError) return { kind: 'malformed', why: error.message };
    throw error;
  }
}

function readParts(request: SipRequest, facts: ReadFacts): ReadBody {
  // A body without a type is text: RFC 3428 has nothing else that goes without saying.
  const whole: BodyPart = { type: 'text/plain', contentType: 'text/plain', disposition: 'render', body: request.body };
  const parts = header(request, 'content-type') === undefined ? [whole] : lenient(() => bodyParts(request));
  if (parts === undefined) return { kind: 'malformed', why: 'a body of several parts cannot be taken apart' };
  for (const [type, read] of READERS) {
    const part = parts.find((one) => one.type === type);
    if (part !== undefined) return read(part, request, facts);
  }
  return { kind: 'unsupported', why: 'it is of no type that is read' };
}

type Reader = (part: BodyPart, request: SipRequest, facts: ReadFacts) => ReadBody;

/** In this order, where a body has several. */
const READERS: readonly (readonly [type: string, read: Reader])[] = [
  ['message/cpim', (part) => readCpim(part.body)],
  ['message/imdn+xml', (part) => readImdn(part.body)],
  [
    'application/vnd.3gpp.sms',
    (part, request, { now }) => readSms(part.body, now, header(request, 'in-reply-to')?.trim()),
  ],
  ['text/plain', readText],
  ['text/html', readText],
];

function readText(part: BodyPart, request: SipRequest, { form }: ReadFacts): ReadBody {
  // Inside a multipart body it would be a header of the part.
  const transfer = part.body === request.body ? header(request, 'content-transfer-encoding') : undefined;
  const decoded = decodeTextBody(part.body, part.contentType, transfer);
  return decoded.kind === 'text' ? named(decoded.text, form) : decoded;
}

/** Who wrote it stands in the text of some gateways; a text that is not so is one all the same. */
function named(text: string, form: TextBodyForm): ReadBody {
  const found =
    form === 'goip' ? parseGoipBody(text) : form === 'goip-headers' ? parseGoipHeadersBody(text) : undefined;
  const read = found ?? { text };
  return read.text.trim() === '' ? { kind: 'nothing', why: 'the text is empty' } : { kind: 'text', ...read };
}
