/** What a user agent server checks before anything else (RFC 3261 §8.2). Pure. */
import { headerList, lenient, makeHeader, parseUri, type SipHeader, type SipRequest } from '../../message/index.ts';
import { ALLOW } from './draft.ts';

/** Methods that RFCs define; others are 501, these without a taker 405 (RFC 3261 §8.2.1, §21.5.2). */
const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'UPDATE',
  'INFO',
  'MESSAGE',
  'NOTIFY',
  'SUBSCRIBE',
  'REFER',
  'PUBLISH',
]);

/** Option tags that this server or drachtio-srf understands (RFC 3261 §8.2.2.3). */
const UNDERSTOOD: ReadonlySet<string> = new Set(['100rel', 'timer', 'replaces', 'norefersub', 'tdialog']);

/** What is wrong with a well-formed request, in the order of RFC 3261 §8.2. */
export function faultOf(request: SipRequest): { status: number; headers?: SipHeader[] } | undefined {
  if (!KNOWN_METHODS.has(request.method)) return { status: 501, headers: [makeHeader('Allow', ALLOW)] };
  const scheme = lenient(() => parseUri(request.uri))?.scheme ?? '';
  if (scheme !== 'sip' && scheme !== 'sips' && scheme !== 'tel') return { status: 416 };
  const foreign = headerList(request, 'require').filter((tag) => !UNDERSTOOD.has(tag.toLowerCase()));
  if (foreign.length > 0) return { status: 420, headers: [makeHeader('Unsupported', foreign.join(', '))] };
  return undefined;
}
