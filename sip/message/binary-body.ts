/**
 * Bodies that are no text, on a connection that carries text alone (drachtio's control protocol): in base64, and a header says
 * so. The header never leaves that connection. Pure.
 */
import { isUtf8 } from 'node:buffer';
import { makeHeader, withoutHeader } from './headers.ts';
import type { HeaderKey, SipHeader, SipMessage } from './types.ts';

export const BINARY_BODY_HEADER = 'X-Trunkline-Body';
const KEY: HeaderKey = 'x-trunkline-body';
const BASE64 = 'base64';

/** For the connection. What the network says in that header is not passed on. */
export function wrapBody<M extends SipMessage>(message: M): M {
  const bare = message.headers.some(({ key }) => key === KEY) ? withoutHeader(message, KEY) : message;
  if (isUtf8(message.body)) return bare;
  return {
    ...bare,
    headers: [...bare.headers, makeHeader(BINARY_BODY_HEADER, BASE64)],
    body: Buffer.from(message.body.toString('base64')),
  };
}

/** The message as it was before `wrapBody`. */
export function unwrapBody<M extends { readonly headers: readonly SipHeader[]; readonly body: Buffer }>(message: M): M {
  const mark = message.headers.find(({ key }) => key === KEY);
  if (mark === undefined) return message;
  const headers = message.headers.filter(({ key }) => key !== KEY);
  return mark.value === BASE64
    ? { ...message, headers, body: Buffer.from(message.body.toString('latin1'), 'base64') }
    : { ...message, headers };
}

/** A body that is passed to the connection with its headers; undefined when it is no text, and `mayWrap` is false. */
export function textBody(
  body: string | Buffer,
  mayWrap: boolean,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } | undefined {
  if (typeof body === 'string') return { body, headers: {} };
  if (isUtf8(body)) return { body: body.toString('utf8'), headers: {} };
  if (!mayWrap) return undefined;
  return { body: body.toString('base64'), headers: { [BINARY_BODY_HEADER]: BASE64 } };
}
