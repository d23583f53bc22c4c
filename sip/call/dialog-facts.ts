/** How a dialog of ours is named by others: what Replaces (RFC 3891) says and is compared with. */
import type { SipLeg } from '../leg.ts';
import {
  hasParam,
  header,
  headerList,
  lenient,
  type NameAddr,
  param,
  parseNameAddr,
  parseParams,
  type SipMessage,
  SipParseError,
  type SipRequest,
  type SipResponse,
  tagOf,
} from '../message/index.ts';

export interface DialogFacts {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** The far side's address (its URI in From or To). */
  readonly remoteUri: string;
  /** The URI of the far side's Contact, when it is known. */
  readonly remoteTarget: string | undefined;
  readonly confirmed: boolean;
  /** Our INVITE made it. */
  readonly ours: boolean;
}

/** The dialog of a call of ours (RFC 3261 §12.1.2). @param answer a tagged response to the INVITE */
export function callerDialog(sent: SipRequest, answer: SipResponse, confirmed: boolean): DialogFacts | undefined {
  const remoteTag = tagIn(answer, 'to');
  if (remoteTag === undefined) return undefined;
  return {
    callId: header(sent, 'call-id') ?? '',
    localTag: tagIn(sent, 'from') ?? '',
    remoteTag,
    remoteUri: address(sent, 'to')?.uri ?? sent.uri,
    remoteTarget: contactUri(answer),
    confirmed,
    ours: true,
  };
}

/** The dialog of a call that came in (RFC 3261 §12.1.1). @param answer a tagged response of ours */
export function calledDialog(invite: SipRequest, answer: SipResponse, confirmed: boolean): DialogFacts | undefined {
  const localTag = tagIn(answer, 'to');
  const from = address(invite, 'from');
  if (localTag === undefined || from === undefined) return undefined;
  return {
    callId: header(invite, 'call-id') ?? '',
    localTag,
    remoteTag: tagOf(from) ?? '',
    remoteUri: from.uri,
    remoteTarget: contactUri(invite),
    confirmed,
    ours: false,
  };
}

function address(message: SipMessage, key: 'from' | 'to'): NameAddr | undefined {
  return lenient(() => parseNameAddr(header(message, key) ?? ''));
}

function tagIn(message: SipMessage, key: 'from' | 'to'): string | undefined {
  const found = address(message, key);
  return found === undefined ? undefined : tagOf(found);
}

function contactUri(message: SipMessage): string | undefined {
  const [contact] = lenient(() => headerList(message, 'contact')) ?? [];
  return contact === undefined ? undefined : lenient(() => parseNameAddr(contact))?.uri;
}

/** A leg that can say how its dialog is named; undefined while it has none. */
export interface DialogHolder {
  readonly dialog: DialogFacts | undefined;
  /** Of an answered call: as it was then, also when it is over. */
  readonly lastDialog: DialogFacts | undefined;
}

export function holdsDialog(leg: SipLeg): leg is SipLeg & DialogHolder {
  return 'dialog' in leg;
}

/** What a Replaces header says (RFC 3891 §6.1), as the one who receives it sees the dialog. */
export interface Replaces {
  readonly callId: string;
  /** Tag of the one who receives it. */
  readonly toTag: string;
  /** Tag of the far side of that dialog. */
  readonly fromTag: string;
  readonly earlyOnly: boolean;
}

/** @throws SipParseError when a part is missing */
export function parseReplaces(value: string): Replaces {
  const semicolon = value.indexOf(';');
  const callId = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
  const params = semicolon < 0 ? [] : parseParams(value, semicolon);
  const toTag = param(params, 'to-tag') ?? '';
  const fromTag = param(params, 'from-tag') ?? '';
  if (callId === '' || toTag === '' || fromTag === '')
    throw new SipParseError('header-value', 'Replaces needs a Call-ID, a to-tag and a from-tag');
  return { callId, toTag, fromTag, earlyOnly: hasParam(params, 'early-only') };
}

/** The value for somebody who shall take our place: it names the dialog as its far side sees it. */
export function stringifyReplaces(dialog: DialogFacts): string {
  return `${dialog.callId};to-tag=${dialog.remoteTag};from-tag=${dialog.localTag}`;
}

/** Whether it names this dialog of ours (RFC 3891 §3: our tag is the to-tag). */
export function namesDialog(replaces: Replaces, dialog: DialogFacts): boolean {
  return (
    replaces.callId === dialog.callId && replaces.toTag === dialog.localTag && replaces.fromTag === dialog.remoteTag
  );
}
