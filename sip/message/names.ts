import type { HeaderKey } from './types.ts';

/** Header names in their usual spelling, with the compact form where one is registered (IANA SIP header fields). */
const NAMES: readonly (readonly [name: string, compact?: string])[] = [
  ['Accept'],
  ['Accept-Contact', 'a'],
  ['Accept-Encoding'],
  ['Accept-Language'],
  ['Alert-Info'],
  ['Allow'],
  ['Allow-Events', 'u'],
  ['Authentication-Info'],
  ['Authorization'],
  ['Call-ID', 'i'],
  ['Call-Info'],
  ['Contact', 'm'],
  ['Content-Disposition'],
  ['Content-Encoding', 'e'],
  ['Content-Language'],
  ['Content-Length', 'l'],
  ['Content-Type', 'c'],
  ['CSeq'],
  ['Date'],
  ['Diversion'],
  ['Error-Info'],
  ['Event', 'o'],
  ['Expires'],
  ['From', 'f'],
  ['Geolocation'],
  ['History-Info'],
  ['Identity', 'y'],
  ['In-Reply-To'],
  ['Max-Forwards'],
  ['MIME-Version'],
  ['Min-Expires'],
  ['Min-SE'],
  ['Organization'],
  ['P-Asserted-Identity'],
  ['P-Called-Party-ID'],
  ['P-Charging-Vector'],
  ['P-Preferred-Identity'],
  ['Path'],
  ['Priority'],
  ['Privacy'],
  ['Proxy-Authenticate'],
  ['Proxy-Authorization'],
  ['Proxy-Require'],
  ['RAck'],
  ['Reason'],
  ['Record-Route'],
  ['Refer-To', 'r'],
  ['Referred-By', 'b'],
  ['Reject-Contact', 'j'],
  ['Remote-Party-ID'],
  ['Replaces'],
  ['Reply-To'],
  ['Request-Disposition', 'd'],
  ['Require'],
  ['Retry-After'],
  ['Route'],
  ['RSeq'],
  ['Server'],
  ['Service-Route'],
  ['Session-Expires', 'x'],
  ['Subject', 's'],
  ['Subscription-State'],
  ['Supported', 'k'],
  ['Timestamp'],
  ['To', 't'],
  ['Unsupported'],
  ['User-Agent'],
  ['Via', 'v'],
  ['Warning'],
  ['WWW-Authenticate'],
];

const keyBySpelling = new Map<string, HeaderKey>();
const nameByKey = new Map<HeaderKey, string>();
for (const [name, compact] of NAMES) {
  const key = name.toLowerCase() as HeaderKey;
  nameByKey.set(key, name);
  for (const spelling of [name, key, name.toUpperCase()]) keyBySpelling.set(spelling, key);
  if (compact !== undefined) for (const c of [compact, compact.toUpperCase()]) keyBySpelling.set(c, key);
}

/**
 * @param name a header name in any case, long or compact
 * @returns the key that it is looked up by
 */
export function headerKey(name: string): HeaderKey {
  const known = keyBySpelling.get(name);
  if (known !== undefined) return known;
  return name.toLowerCase() as HeaderKey;
}

/** @returns the usual long spelling of a header (`call-id` → `Call-ID`); an unknown one with its words capitalised */
export function canonicalName(key: HeaderKey): string {
  return nameByKey.get(key) ?? key.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
