/** Headers that name people: read leniently, because what one proxy writes badly must not cost the call. Pure. */
import {
  type HeaderKey,
  headerLines,
  headerList,
  lenient,
  type NameAddr,
  parseNameAddr,
  parseUri,
  type SipMessage,
  type Uri,
} from '../message/index.ts';

export interface Address {
  readonly name: string | undefined;
  readonly uri: Uri;
  readonly params: NameAddr['params'];
}

/** Elements beyond these are not looked at. */
const MOST = 16;

/** @returns the elements of a header that can be read, in order */
export function addresses(message: SipMessage, key: HeaderKey): Address[] {
  const values = lenient(() => headerList(message, key)) ?? headerLines(message, key);
  const found: Address[] = [];
  for (const value of values.slice(0, MOST)) {
    const address = lenient(() => parseNameAddr(value));
    const uri = address === undefined ? undefined : lenient(() => parseUri(address.uri));
    if (address !== undefined && uri !== undefined)
      found.push({ name: address.displayName, uri, params: address.params });
  }
  return found;
}
