/** Numbers as trunks send them, in E.164 where that can be known. Pure. */
import { param, type SipUri, type TelUri, type Uri, unescapeText } from '../message/index.ts';
import type { InboundNumberFormat } from '../trunk/index.ts';

/** Shorter ones are extensions and codes: they are no numbers of the public network (E.164 §6). */
const SHORTEST = 7;
const LONGEST = 15;

/**
 * @param number a user part in plain text: digits with or without `+`, an extension, a name
 * @returns `+` and digits when the format lets that be known, else the number after the rewriting
 */
export function normaliseNumber(number: string, format: InboundNumberFormat): string {
  let written = number;
  for (const { match, replace } of format.rewrite ?? []) written = written.replace(new RegExp(match, 'u'), replace);
  if (format.form === 'as-is') return written;
  const dialled = withoutSeparators(written);
  if (!/^\+?\d+$/.test(dialled)) return written;
  return inE164(dialled, format) ?? dialled;
}

/** Visual separators (RFC 3966 §5.1.1) go from what is a number without them; a name keeps its dots. */
function withoutSeparators(text: string): string {
  const bare = text.replace(/[-.() ]/g, '');
  return /^\+?\d+$/.test(bare) ? bare : text;
}

function inE164(number: string, format: InboundNumberFormat): string | undefined {
  if (number.startsWith('+')) return plausible(number.slice(1));
  const { countryCode, internationalPrefix = '00', nationalPrefix = '0' } = format;
  const international =
    internationalPrefix !== '' && number.startsWith(internationalPrefix)
      ? plausible(number.slice(internationalPrefix.length))
      : undefined;
  switch (format.form) {
    case 'as-is':
      return undefined;
    case 'e164':
      return international ?? plausible(number);
    case 'auto':
      return international ?? (nationalPrefix === '' ? undefined : national(number, countryCode, nationalPrefix));
    case 'national':
      return international ?? national(number, countryCode, nationalPrefix);
    default:
      return format.form satisfies never;
  }
}

function national(number: string, countryCode: string | undefined, prefix: string): string | undefined {
  if (countryCode === undefined || !number.startsWith(prefix)) return undefined;
  // In the North American plan the long-distance prefix is the country code.
  if (countryCode === '1' && /^1\d{10}$/.test(number)) return plausible(number);
  const significant = number.slice(prefix.length);
  return significant.length + 1 < SHORTEST ? undefined : plausible(`${countryCode}${significant}`);
}

/** A country code never begins with 0. */
function plausible(digits: string): string | undefined {
  return digits.length >= SHORTEST && digits.length <= LONGEST && !digits.startsWith('0') ? `+${digits}` : undefined;
}

/**
 * Who a URI names: a user part in plain text, or the number of a `tel:` URI.
 * @returns undefined for a URI without one
 */
export function userOf(uri: Uri): string | undefined {
  switch (uri.kind) {
    case 'sip':
      return sipUser(uri);
    case 'tel':
      return telNumber(uri);
    case 'other':
      return undefined;
    default:
      return uri satisfies never;
  }
}

/** RFC 3398 §7: what follows `;` in a user part are parameters of the number (`npdi`, `rn`, `phone-context`). */
function sipUser(uri: SipUri): string | undefined {
  const [user = '', ...parameters] = (uri.user ?? '').split(';');
  const plain = unescapeText(user);
  if (plain === '') return undefined;
  const context = parameters.find((one) => /^phone-context=\+/i.test(one))?.slice('phone-context='.length);
  return withContext(plain, context);
}

function telNumber(uri: TelUri): string | undefined {
  return uri.number === '' ? undefined : withContext(uri.number, param(uri.params, 'phone-context'));
}

/** RFC 3966 §5.1.5: a local number is one of the area that a context of digits names. */
function withContext(number: string, context: string | undefined): string {
  const local = context !== undefined && /^\+\d+$/.test(context) && /^\d[\d\-.() ]*$/.test(number);
  return local ? `${context}${number.replace(/\D/g, '').replace(/^0/, '')}` : number;
}
