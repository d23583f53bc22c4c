/** The body of a text as its trunk wants it. Pure. */
import { lenient, parseNameAddr } from '../message/index.ts';
import type { OutboundText } from '../text.ts';
import { type CallerIdentity, identityHeaders, type TrunkSettings, targetAddress } from '../trunk/index.ts';
import { serializeCpim, serializeRp, serializeSubmit } from './codec/index.ts';
import type { TextIds } from './ids.ts';
import type { TextContent } from './message.ts';
import { smsId } from './sms-id.ts';

export interface ContentFacts {
  /** As the account of the text sees it. */
  readonly trunk: TrunkSettings;
  readonly ids: TextIds;
  /** ms since 1970. */
  readonly now: number;
}

export interface WrittenText {
  readonly content: TextContent;
  /** By which receipts name it, where there will be any. */
  readonly messageId?: string;
  /** Where it is sent, when that is not the recipient. */
  readonly target?: string;
}

/**
 * @throws TargetError when the recipient cannot be written as a URI
 * @throws TextCodecError when an SMS cannot hold the text or the recipient
 */
export function contentOf(text: OutboundText, facts: ContentFacts): WrittenText {
  const { format } = facts.trunk.texts;
  switch (format) {
    case 'plain':
      return { content: plainContent(text.text) };
    case 'cpim':
      return cpimContent(text, facts);
    case '3gpp':
      return smsContent(text, facts);
    default:
      return format satisfies never;
  }
}

/** RFC 3428 §10: every client takes it. */
export function plainContent(text: string): TextContent {
  return { contentType: 'text/plain;charset=utf-8', body: Buffer.from(text.toWellFormed()) };
}

function cpimContent(text: OutboundText, { trunk, ids, now }: ContentFacts): WrittenText {
  const asks = trunk.texts.receipts && text.wantsReceipts;
  const { contentType, body } = plainContent(text.text);
  const { messageId } = ids;
  const envelope = serializeCpim({
    from: { uri: identityUri(trunk, text.sender) },
    to: [{ uri: targetAddress(trunk, text.target) }],
    dateTime: now,
    ...(asks ? { imdn: { messageId, wants: { delivered: true, failed: true, displayed: true } } } : {}),
    contentType,
    body,
  });
  return { content: { contentType: 'message/cpim', body: envelope }, ...(asks ? { messageId } : {}) };
}

/** The URI that From names. */
export function identityUri(trunk: TrunkSettings, sender: string | undefined): string {
  const identity: CallerIdentity = sender === undefined ? {} : { callerId: sender };
  const from = lenient(() => parseNameAddr(identityHeaders(trunk, identity).From ?? ''));
  return from?.uri ?? 'sip:anonymous@anonymous.invalid';
}

/** TS 24.341 §5.3.1.2: an RP-DATA to the service centre, which answers with a MESSAGE of its own. */
function smsContent(text: OutboundText, { trunk, ids }: ContentFacts): WrittenText {
  const { serviceCentre, receipts } = trunk.texts;
  const recipient = recipientOf(text.target);
  const { reference } = ids;
  const tpdu = serializeSubmit({
    recipient,
    reference,
    text: text.text.toWellFormed(),
    // A repeat has the same reference: a service centre that had it says so, and sends nothing again (TS 23.040 §9.2.3.25).
    rejectDuplicates: true,
    wantsReport: receipts && text.wantsReceipts,
    ...(text.part === undefined ? {} : { part: text.part }),
  });
  const centre = serviceCentre === undefined || isUri(serviceCentre) ? {} : { destination: serviceCentre };
  const body = serializeRp({ kind: 'data', direction: 'to-network', reference, ...centre, tpdu });
  return {
    content: smsBody(body),
    messageId: smsId(recipient, reference),
    ...(serviceCentre === undefined ? {} : { target: serviceCentre }),
  };
}

export function smsBody(body: Buffer): TextContent {
  return { contentType: 'application/vnd.3gpp.sms', body, headers: { 'Content-Transfer-Encoding': 'binary' } };
}

function isUri(text: string): boolean {
  return /^sips?:/i.test(text);
}

/** The digits of a URI, where it is one. */
function recipientOf(target: string): string {
  return isUri(target) || /^tel:/i.test(target) ? (/^[a-z]+:([^@;]*)/i.exec(target)?.[1] ?? target) : target;
}
