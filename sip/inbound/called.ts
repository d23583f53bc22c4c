/** Who is called: from the first of the trunk's sources that says it. Pure. */
import { headerKey, headerLines, lenient, parseNameAddr, parseUri, type SipRequest } from '../message/index.ts';
import type { DidSource, InboundSettings } from '../trunk/index.ts';
import { addresses } from './addresses.ts';
import { normaliseNumber, userOf } from './number.ts';
import { printable } from './party.ts';
import type { TrunkVerdict } from './whose.ts';

const LONGEST = 255;

/**
 * @param passOver user parts that name the trunk's account and not a number: what stands there is looked for in the next source
 * @returns in E.164 where the trunk's number format allows, else as it came; undefined when no source names anybody
 */
export function calledOf(
  request: SipRequest,
  settings: InboundSettings,
  passOver: ReadonlySet<string> = new Set(),
): string | undefined {
  for (const source of settings.didFrom) {
    const user = userIn(request, source);
    if (user === undefined || passOver.has(user)) continue;
    const called = printable(normaliseNumber(user, settings.numbers), LONGEST);
    if (called !== '') return called;
  }
  return undefined;
}

/**
 * Who is called. The user part of our Contact and the user name stand for the account and not for a number: what other places
 * say comes first. A request that names nobody else is for the account.
 */
export function calledIn(
  request: SipRequest,
  settings: InboundSettings,
  { trunk, account, token }: TrunkVerdict,
): string | undefined {
  const contact = token === undefined ? [] : [token];
  const username = trunk.credentials?.username;
  const names = account === undefined && username !== undefined ? [...contact, username] : contact;
  return (
    calledOf(request, settings, new Set(names)) ??
    calledOf(request, settings, new Set(contact)) ??
    account ??
    (token === undefined ? undefined : username)
  );
}

function userIn(request: SipRequest, source: DidSource): string | undefined {
  switch (source) {
    case 'request-uri': {
      const uri = lenient(() => parseUri(request.uri));
      return uri === undefined ? undefined : userOf(uri);
    }
    case 'to':
    case 'p-called-party-id':
      return firstUser(request, source);
    case 'diversion':
      // RFC 5806 §9: the topmost is who forwarded it last, which is the number that was called with us.
      return firstUser(request, 'diversion');
    default:
      return inHeader(request, source.slice('header:'.length));
  }
}

function firstUser(request: SipRequest, key: 'to' | 'p-called-party-id' | 'diversion'): string | undefined {
  const [address] = addresses(request, key);
  return address === undefined ? undefined : userOf(address.uri);
}

/** A header of the provider holds an address, a URI, or the bare number. */
function inHeader(request: SipRequest, name: string): string | undefined {
  const [value] = headerLines(request, headerKey(name));
  if (value === undefined) return undefined;
  const text = value.trim();
  const uri = lenient(() => parseUri(parseNameAddr(text).uri)) ?? lenient(() => parseUri(text));
  if (uri !== undefined && uri.kind !== 'other') return userOf(uri);
  return /^[^\s<>"@:;,]{1,255}$/.test(text) ? text : undefined;
}
