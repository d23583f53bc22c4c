/** A dialog as plain data and what messages do to it (RFC 3261 §12). Pure. */
import {
  header,
  headerList,
  lenient,
  parseCSeq,
  parseNameAddr,
  type SipRequest,
  type SipResponse,
  tagOf,
} from '../../message/index.ts';
import { routeSetOf } from './route-set.ts';

export interface DialogState {
  /** How the application names it: drachtio's `<Call-ID>;from-tag=<tag of the INVITE's From>`. */
  readonly id: string;
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From and To of the requests that we send, with their tags. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** The URI of the far side's Contact. */
  readonly remoteTarget: string;
  readonly routeSet: readonly string[];
  /** The CSeq number of our last request. */
  readonly localSeq: number;
  /** The CSeq number of the far side's last request; undefined before the first. */
  readonly remoteSeq: number | undefined;
  readonly confirmed: boolean;
}

/** The tuple that finds a dialog for a message (§12). */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}|${localTag}|${remoteTag}`;
}

/** @returns drachtio's dialog id; a further fork of one INVITE gets its To-tag appended, to be told apart */
export function dialogId(callId: string, inviteFromTag: string, forkTag?: string): string {
  const id = `${callId};from-tag=${inviteFromTag}`;
  return forkTag === undefined ? id : `${id};to-tag=${forkTag}`;
}

/**
 * The dialog that a tagged response makes on the caller's side (§12.1.2).
 * @returns undefined when the response has no To-tag
 */
export function uacDialog(id: string, request: SipRequest, response: SipResponse): DialogState | undefined {
  const to = header(response, 'to') ?? '';
  const remoteTag = tagOf(parseNameAddr(to));
  if (remoteTag === undefined) return undefined;
  const from = header(request, 'from') ?? '';
  return {
    id,
    role: 'uac',
    callId: header(request, 'call-id') ?? '',
    localTag: tagOf(parseNameAddr(from)) ?? '',
    remoteTag,
    localAddress: from,
    remoteAddress: to,
    remoteTarget: contactUri(response) ?? request.uri,
    routeSet: routeSetOf(response, 'uac'),
    localSeq: parseCSeq(header(request, 'cseq') ?? '').number,
    remoteSeq: undefined,
    confirmed: response.status >= 200,
  };
}

/** The dialog that our tagged response makes on the called side (§12.1.1). */
export function uasDialog(
  request: SipRequest,
  localTag: string,
  localAddress: string,
  confirmed: boolean,
): DialogState {
  const from = header(request, 'from') ?? '';
  const callId = header(request, 'call-id') ?? '';
  const remoteTag = tagOf(parseNameAddr(from)) ?? '';
  return {
    id: dialogId(callId, remoteTag),
    role: 'uas',
    callId,
    localTag,
    remoteTag,
    localAddress,
    remoteAddress: from,
    remoteTarget: contactUri(request) ?? request.uri,
    routeSet: routeSetOf(request, 'uas'),
    // §12.1.1 leaves it empty; the first request of ours takes any number (§12.2.1.1).
    localSeq: 0,
    remoteSeq: parseCSeq(header(request, 'cseq') ?? '').number,
    confirmed,
  };
}

/** The 2xx confirms the dialog and its Record-Route is the one that counts from now on (§13.2.2.4). */
export function confirmUac(state: DialogState, response: SipResponse): DialogState {
  return {
    ...state,
    confirmed: true,
    routeSet: routeSetOf(response, 'uac'),
    remoteTarget: contactUri(response) ?? state.remoteTarget,
  };
}

/** A target refresh: INVITE, UPDATE and their 2xx may move the remote target (§12.2, RFC 3311 §5.1). */
export function refreshTarget(state: DialogState, message: SipRequest | SipResponse): DialogState {
  const uri = contactUri(message);
  return uri === undefined || uri === state.remoteTarget ? state : { ...state, remoteTarget: uri };
}

/** The next request of ours takes the next number (§12.2.1.1). */
export function advanceLocal(state: DialogState): DialogState {
  return { ...state, localSeq: state.localSeq + 1 };
}

/**
 * Checks the order of a request of the far side (§12.2.2).
 * @returns the state after it, or undefined when it is out of order and must be answered 500
 */
export function acceptRemote(state: DialogState, request: SipRequest): DialogState | undefined {
  const { number } = parseCSeq(header(request, 'cseq') ?? '');
  if (state.remoteSeq !== undefined && number < state.remoteSeq) return undefined;
  return { ...state, remoteSeq: number };
}

/** @returns the URI of the first Contact, or undefined without a usable one */
export function contactUri(message: SipRequest | SipResponse): string | undefined {
  const first = headerList(message, 'contact')[0];
  return first === undefined || first === '*' ? undefined : lenient(() => parseNameAddr(first))?.uri;
}
