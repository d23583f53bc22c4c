/** Generators of well-formed SIP, for properties. */
import fc from 'fast-check';
import {
  canonicalName,
  type HeaderKey,
  type NameAddr,
  type Param,
  type SipHeader,
  type SipMessage,
  type SipUri,
  stringifyNameAddr,
  stringifyUri,
  stringifyVia,
  tokenOrQuoted,
  type Via,
} from '../../../sip/message/index.ts';

const TOKEN_CHARS = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-.!%*_+`'~";

export const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARS), minLength: 1, maxLength: 12 });

/** Any text that can stand in one line: what people put into names. */
export const lineText = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .map((text) => text.replace(/\p{Cc}/gu, '').toWellFormed());

export const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
);

export const port = fc.option(fc.nat(65_535), { nil: undefined });

/** Parameters of a header: quoted where they must be. */
export const params: fc.Arbitrary<Param[]> = fc.uniqueArray(
  fc.record({ name: token, value: fc.option(lineText.map(tokenOrQuoted), { nil: undefined }) }).map(dropUndefined),
  { selector: (param) => param.name.toLowerCase(), maxLength: 4 },
);

const uriText = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019-_.!~*+$', '%20', '%41', '%2F'), minLength: 1, maxLength: 8 })
  .filter((text) => text !== '');

const uriParams: fc.Arbitrary<Param[]> = fc.uniqueArray(
  fc.record({ name: uriText, value: fc.option(uriText, { nil: undefined }) }).map(dropUndefined),
  { selector: (param) => param.name.toLowerCase(), maxLength: 3 },
);

export const sipUri: fc.Arbitrary<SipUri> = fc
  .record({
    kind: fc.constant('sip' as const),
    scheme: fc.constantFrom('sip' as const, 'sips' as const),
    user: fc.option(fc.oneof(uriText, fc.constantFrom('+441818118181', '*31', 'user;par=u%40h', '?a,b')), {
      nil: undefined,
    }),
    host,
    port,
    params: uriParams,
    headers: fc.option(fc.constantFrom('Subject=a%20b', 'a=b&c=d', 'Route=%3Csip:h%3E'), { nil: undefined }),
  })
  .map(dropUndefined);

export const nameAddr: fc.Arbitrary<NameAddr> = fc
  .record({ displayName: fc.option(lineText, { nil: undefined }), uri: sipUri.map(stringifyUri), params })
  .map(dropUndefined);

export const via: fc.Arbitrary<Via> = fc
  .record({
    protocol: fc.constant('SIP/2.0'),
    transport: fc.constantFrom('UDP', 'TCP', 'TLS', 'WSS'),
    host,
    port,
    params,
  })
  .map(dropUndefined);

function line(key: HeaderKey, value: string): SipHeader {
  return { key, name: canonicalName(key), value };
}

const plainValue = lineText.map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));

const extension: fc.Arbitrary<SipHeader> = fc
  .record({ name: token.map((name) => `X-${name}`), value: plainValue })
  .map(({ name, value }) => ({ key: name.toLowerCase() as HeaderKey, name, value }));

const body = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));

/** A whole message with everything that it must have, in any order. */
export const sipMessage: fc.Arbitrary<SipMessage> = fc
  .record({
    method: token,
    isRequest: fc.boolean(),
    uri: sipUri.map(({ headers: _, ...uri }) => stringifyUri(uri)),
    status: fc.integer({ min: 100, max: 699 }),
    phrase: lineText,
    vias: fc.array(via, { minLength: 1, maxLength: 3 }),
    from: nameAddr,
    to: nameAddr,
    callId: token,
    cseq: fc.nat(2 ** 31 - 1),
    contact: fc.option(nameAddr, { nil: undefined }),
    extensions: fc.array(extension, { maxLength: 5 }),
    body,
  })
  .chain((parts) => {
    const contact = parts.contact === undefined ? [] : [line('contact', stringifyNameAddr(parts.contact))];
    const lines = [
      line('from', stringifyNameAddr(parts.from)),
      line('to', stringifyNameAddr(parts.to)),
      line('call-id', parts.callId),
      line('cseq', `${parts.cseq} ${parts.method}`),
      ...contact,
      ...parts.vias.map((one) => line('via', stringifyVia(one))),
      ...parts.extensions,
    ];
    const { body, method, phrase, status, uri } = parts;
    return fc.shuffledSubarray(lines, { minLength: lines.length }).map((headers): SipMessage => {
      return parts.isRequest
        ? { kind: 'request', method, uri, headers, body }
        : { kind: 'response', status, phrase, headers, body };
    });
  });

function dropUndefined<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
