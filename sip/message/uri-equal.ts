import type { Params } from './params.ts';
import { type SipUri, stringifyUri, type Uri, unescapeText } from './uri.ts';

/** RFC 3261 §19.1.4: these must be in both or in neither. */
const NEVER_IGNORED: ReadonlySet<string> = new Set(['user', 'ttl', 'method', 'maddr', 'transport']);

/**
 * Whether two URIs are equivalent by RFC 3261 §19.1.4; tel URIs by RFC 3966 §4 (visual separators do not count), others
 * when they are written alike. As the RFC says, this is not transitive.
 */
export function sameUri(a: Uri, b: Uri): boolean {
  if (a.kind === 'sip' && b.kind === 'sip') return sameSip(a, b);
  if (a.kind === 'tel' && b.kind === 'tel')
    return bareNumber(a.number) === bareNumber(b.number) && sameMap(paramMap(a.params), paramMap(b.params));
  return stringifyUri(a) === stringifyUri(b);
}

function sameSip(a: SipUri, b: SipUri): boolean {
  return (
    a.scheme === b.scheme &&
    plain(a.user) === plain(b.user) &&
    plain(a.password) === plain(b.password) &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    a.port === b.port &&
    sameParams(paramMap(a.params), paramMap(b.params)) &&
    sameMap(headerMap(a.headers), headerMap(b.headers))
  );
}

function sameParams(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  for (const [name, value] of a) {
    const other = b.get(name);
    if (other === undefined ? NEVER_IGNORED.has(name) : other !== value) return false;
  }
  for (const name of b.keys()) if (!a.has(name) && NEVER_IGNORED.has(name)) return false;
  return true;
}

function sameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, value] of a) if (b.get(name) !== value) return false;
  return true;
}

function paramMap(params: Params): Map<string, string> {
  return new Map(params.map((p) => [plain(p.name)?.toLowerCase() ?? '', plain(p.value)?.toLowerCase() ?? '']));
}

/** A name that stands twice is compared as one with both values, in any order. */
function headerMap(headers: string | undefined): Map<string, string> {
  const values = new Map<string, string[]>();
  for (const field of (headers ?? '').split('&')) {
    if (field === '') continue;
    const equals = field.indexOf('=');
    const name = (plain(equals < 0 ? field : field.slice(0, equals)) ?? '').toLowerCase();
    const list = values.get(name) ?? [];
    list.push(plain(equals < 0 ? '' : field.slice(equals + 1)) ?? '');
    values.set(name, list);
  }
  return new Map([...values].map(([name, list]) => [name, list.sort().join('&')]));
}

const RESERVED = /%(?:3B|2F|3F|3A|40|26|3D|2B|24|2C)/gi;

/** Undoes escapes, but not those of reserved characters (RFC 2396 §2.2): they are not what they escape. */
function plain(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes('%')) return text;
  let result = '';
  let from = 0;
  for (const found of text.matchAll(RESERVED)) {
    result += unescapeText(text.slice(from, found.index)) + found[0].toUpperCase();
    from = found.index + found[0].length;
  }
  return result + unescapeText(text.slice(from));
}

function bareNumber(number: string): string {
  return number.replace(/[-.()]/g, '').toLowerCase();
}
