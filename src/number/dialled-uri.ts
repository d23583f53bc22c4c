/** SIP and tel URIs, and bare `user@host` addresses, as somebody may paste them into a dial pad. */

/** A SIP address that is called as it is. */
export interface DialledUri {
  /** With scheme, without parameters but `user=phone`. */
  readonly uri: string;
  readonly user: string;
  readonly host: string;
}

export type UriResult =
  | ({ readonly kind: 'uri' } & DialledUri)
  /** A tel URI: what is left is a number like any other. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'refused' };

// RFC 3261 §25.1: user = 1*( unreserved / escaped / user-unreserved ), and of these what a telephone address needs.
const userPart = /^(?:[A-Za-z0-9_.!~*'()&=+$,;?/#-]|%[0-9A-Fa-f]{2})+$/;
const hostPart =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

export function parseDialledUri(text: string): UriResult {
  const tel = /^(?:tel|callto):(?:\/\/)?([^?]+)$/i.exec(text);
  // RFC 3966: ";ext=" stays, the number's own parameters (phone-context, isub) say nothing that is dialled.
  if (tel?.[1]) return { kind: 'number', text: tel[1].replace(/;(?!ext=)[^;]*/gi, '') };
  const sip = /^(sips?):(?:\/\/)?(.+)$/i.exec(text);
  const scheme = sip?.[1]?.toLowerCase() ?? 'sip';
  const address = sip ? (sip[2] ?? '') : text;
  if (!sip && /^[a-z][a-z0-9+.-]*:/i.test(text)) return { kind: 'refused' };
  const at = address.lastIndexOf('@');
  const user = address.slice(0, Math.max(at, 0));
  const rest = address.slice(at + 1);
  // Headers in a URI (`?Replaces=…`) would let whoever wrote it put words into our INVITE.
  if (at < 1 || rest.includes('?') || !userPart.test(user)) return { kind: 'refused' };
  const [host = '', ...parameters] = rest.split(';');
  if (!hostPart.test(host)) return { kind: 'refused' };
  const phone = parameters.some((parameter) => /^user=phone$/i.test(parameter)) ? ';user=phone' : '';
  return { kind: 'uri', uri: `${scheme}:${user}@${host.toLowerCase()}${phone}`, user, host: host.toLowerCase() };
}
