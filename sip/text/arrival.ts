/** What is read of a MESSAGE that has come: what is wrong with it, who wrote the text, whom it is for. Pure. */
import type { Logger } from 'pino';
import type { IncomingRequest } from '../call/stack.ts';
import { addresses, calledIn, callerOf, normaliseNumber, printable, type TrunkVerdict } from '../inbound/index.ts';
import type { Party } from '../leg.ts';
import {
  header,
  headerList,
  lenient,
  maxForwards,
  parseNameAddr,
  type SipRequest,
  stringifyUri,
} from '../message/index.ts';
import type { InboundText } from '../text.ts';
import { keyOf } from './inbound-key.ts';
import { keyWithMemo } from './memo.ts';
import type { ReadText } from './read.ts';

const LONGEST_NUMBER = 80;

/** One MESSAGE with what is known of it. */
export interface Arrival {
  readonly verdict: TrunkVerdict;
  readonly request: IncomingRequest;
  readonly message: SipRequest;
  readonly textRef: string;
  readonly logger: Logger;
  /** When it came: ms since 1970. */
  readonly now: number;
}

export function textOf({ verdict, message, textRef, now }: Arrival, read: ReadText): InboundText {
  const { trunk, account } = verdict;
  const { texts, inbound } = trunk;
  const settings = texts.didFrom === undefined ? inbound : { ...inbound, didFrom: texts.didFrom };
  const named = (number: string): string => printable(normaliseNumber(number, inbound.numbers), LONGEST_NUMBER);
  const sender: Party =
    read.sender === undefined ? callerOf(message, inbound) : { number: named(read.sender), withheld: false };
  const called = read.called === undefined ? (calledIn(message, settings, verdict) ?? '') : named(read.called);
  const target = sender.withheld ? undefined : (sender.number ?? senderUri(message));
  const key = keyOf(message, trunk.name);
  const sentAt = read.sentAt ?? storedSince(message, now);
  const { wish } = read;
  const mayTell = wish !== undefined && target !== undefined;
  const owner = account === undefined ? {} : { account };
  return {
    textRef,
    trunk: trunk.name,
    ...owner,
    key: mayTell ? keyWithMemo(key, { ...wish, ...owner, target, sender: called }) : key,
    sender,
    called,
    text: read.text,
    ...(read.part === undefined ? {} : { part: read.part }),
    ...(sentAt === undefined ? {} : { sentAt }),
    wants: mayTell ? wish.wants : { delivered: false, displayed: false },
  };
}

/** Clocks are not all right: what was written so lately was written now. */
const JUST_NOW_MS = 120_000;
/** What kept a text for longer has a wrong clock. */
const LONGEST_KEPT_MS = 30 * 86_400_000;

/** RFC 3428 §4: a server that kept the text until we were there leaves the Date that it was written. */
function storedSince(message: SipRequest, now: number): number | undefined {
  const at = Date.parse(header(message, 'date') ?? '');
  return now - at > JUST_NOW_MS && now - at < LONGEST_KEPT_MS ? at : undefined;
}

/** Where it came from, as a URI: what its network vouches for, or what it says. */
export function senderUri(message: SipRequest): string | undefined {
  const [address] = [...addresses(message, 'p-asserted-identity'), ...addresses(message, 'from')];
  return address === undefined || address.uri.kind !== 'sip' ? undefined : stringifyUri(address.uri);
}

/** What is wrong with a MESSAGE, in the order of RFC 3261 §8.2. */
export function faultOf(
  message: SipRequest,
): { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined {
  const required = lenient(() => headerList(message, 'require')) ?? [];
  if (required.length > 0) return { status: 420, headers: { Unsupported: required.join(', ') } };
  // The gateway sends on in the sender's place: for it that was the last hop (RFC 3261 §16.3).
  if (maxForwards(message) === 0) return { status: 483, headers: {} };
  if (lenient(() => parseNameAddr(header(message, 'from') ?? '')) === undefined) return { status: 400, headers: {} };
  return undefined;
}
