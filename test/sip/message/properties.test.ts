import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAuthItems } from '../../../sip/digest/auth-params.ts';
import {
  bodyParts,
  contentLength,
  escapeUser,
  lenient,
  type ParseLimits,
  parseMessage,
  parseNameAddr,
  parseUri,
  parseVia,
  parseWarning,
  quote,
  reasons,
  SipParseError,
  StreamFramer,
  sameUri,
  serialize,
  splitList,
  stringifyNameAddr,
  stringifyUri,
  stringifyVia,
  unescapeText,
  unquote,
} from '../../../sip/message/index.ts';
import * as sip from './arbitrary.ts';
import { TORTURE, tortureBytes } from './torture.ts';

function withoutLength<M extends { headers: readonly { key: string }[] }>(message: M): M {
  return { ...message, headers: message.headers.filter((line) => line.key !== 'content-length') };
}

describe('what is written is read back', () => {
  it('messages', () => {
    fc.assert(
      fc.property(sip.sipMessage, (message) => {
        const read = parseMessage(serialize(message));
        expect(contentLength(read.headers)).toBe(message.body.length);
        expect(withoutLength(read)).toEqual(message);
      }),
      { numRuns: 500 },
    );
  });

  it('messages on a stream, however it is cut', () => {
    const chunks = fc.infiniteStream(fc.integer({ min: 1, max: 90 }));
    const written = fc.array(sip.sipMessage, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(written, chunks, fc.boolean(), (messages, sizes, pings) => {
        const bytes = Buffer.concat(
          messages.flatMap((m) => [pings ? Buffer.from('\r\n\r\n') : Buffer.alloc(0), serialize(m)]),
        );
        const framer = new StreamFramer();
        const read = [];
        for (let at = 0; at < bytes.length; ) {
          const size = sizes.next().value;
          read.push(...framer.push(bytes.subarray(at, at + size)));
          at += size;
        }
        const got = read.flatMap((item) => (item.type === 'message' ? [withoutLength(item.message)] : []));
        expect(got).toEqual(messages);
        expect(read.filter((item) => item.type === 'ping')).toHaveLength(pings ? messages.length : 0);
        expect(framer.midMessage).toBe(false);
      }),
    );
  });

  it('SIP URIs, which are also the same as themselves', () => {
    fc.assert(
      fc.property(sip.sipUri, (uri) => {
        expect(parseUri(stringifyUri(uri))).toEqual(uri);
        expect(sameUri(uri, uri)).toBe(true);
      }),
    );
  });

  it('user parts of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const wellFormed = text.toWellFormed();
        const uri = parseUri(`sip:${escapeUser(wellFormed)}@example.com`);
        expect(uri.kind === 'sip' && unescapeText(uri.user ?? '')).toBe(wellFormed);
      }),
    );
  });

  it('addresses', () => {
    fc.assert(
      fc.property(sip.nameAddr, (address) => {
        expect(parseNameAddr(stringifyNameAddr(address))).toEqual(address);
        expect(splitList(`${stringifyNameAddr(address)} , ${stringifyNameAddr(address)}`)).toHaveLength(2);
      }),
    );
  });

  it('Vias', () => {
    fc.assert(
      fc.property(sip.via, (via) => {
        expect(parseVia(stringifyVia(via))).toEqual(via);
      }),
    );
  });

  it('quoted strings', () => {
    fc.assert(
      fc.property(sip.lineText, (text) => {
        expect(unquote(quote(text))).toBe(text);
      }),
    );
  });
});

/** Runs every reader on the text; only SipParseError may come out. */
function readAsEverything(text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  lenient(() => parseMessage(bytes));
  for (const read of [parseUri, parseNameAddr, parseVia, splitList]) lenient<unknown>(() => read(text));
  parseAuthItems(text);
  parseWarning(text);
  const headers = [
    { key: 'content-type', name: 'c', value: `multipart/mixed;boundary=${text.slice(0, 9)}` },
    { key: 'reason', name: 'Reason', value: text },
  ] as const;
  const message = { kind: 'request', method: 'M', uri: 'sip:h', headers, body: bytes } as const;
  lenient(() => bodyParts(message));
  reasons(message);
  const framer = new StreamFramer();
  framer.push(bytes);
  framer.push(bytes);
}

describe('nothing but a SipParseError is thrown', () => {
  it('by bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) =>
        readAsEverything(Buffer.from(bytes).toString('latin1')),
      ),
    );
  });

  it('by pieces of SIP in any order', () => {
    const pieces = [
      'INVITE ',
      'sip:',
      ' SIP/2.0',
      '\r\n',
      '\n',
      '\r',
      ':',
      ';',
      ',',
      '<',
      '>',
      '"',
      '\\',
      '@',
      '[',
      ']',
      '%',
      '=',
      'Via',
      'SIP/2.0/UDP ',
      'l: ',
      '--',
      '\0',
      ' ',
      'é',
      '9',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) => readAsEverything(parts.join(''))),
      { numRuns: 2_000 },
    );
  });

  it('by good messages with one byte changed', () => {
    const name = fc.constantFrom(...TORTURE.map((one) => one.name));
    fc.assert(
      fc.property(name, fc.nat(), fc.nat(255), (file, position, value) => {
        const bytes = tortureBytes(file);
        bytes[position % bytes.length] = value;
        lenient(() => parseMessage(bytes));
        new StreamFramer().push(bytes);
      }),
      { numRuns: 2_000 },
    );
  });
});

/**
 * A megabyte of each: where the work grew with the square of the size, one of these would take hours, and the test run
 * would say so by its time limit.
 */
describe('hostile shapes cost no more than their size', () => {
  const MEGABYTE = 1_000_000;
  const WIDE: ParseLimits = { headBytes: 8 * MEGABYTE, headerLines: 8 * MEGABYTE, bodyBytes: 8 * MEGABYTE };
  const START = 'OPTIONS sip:a@b SIP/2.0\r\n';

  function full(unit: string): string {
    return unit.repeat(Math.ceil(MEGABYTE / unit.length));
  }

  it.each([
    ['lines without a colon', full('a\r\n')],
    ['folds', `a: b${full('\r\n x')}`],
    ['blank folds', `a: b${full('\r\n ')}`],
    ['empty headers', full('v:\r\n')],
    ['one Via of commas', `v: ${full(',')}`],
    ['one Via of quotes', `v: ${full('"')}`],
    ['one Via of parameters', `v: SIP/2.0/UDP h${full(';a')}`],
    ['one Contact of open brackets', `m: ${full('<')}`],
    ['one Contact of backslashes', `m: "${full('\\')}`],
    ['many Contacts', `m: ${full('<sip:a@b>,')}<sip:a@b>`],
    ['a name of blanks', `a${full(' ')}: b`],
    ['a CSeq of digits', `CSeq: ${full('9')} OPTIONS`],
    ['line ends only', full('\n')],
  ])('head: %s', (_what, lines) => {
    const head = `${START}Via: SIP/2.0/UDP h\r\nf: <sip:a@b>\r\nt: <sip:a@b>\r\ni: x\r\nCSeq: 1 OPTIONS\r\n${lines}\r\n\r\n`;
    const bytes = Buffer.from(head, 'latin1');
    expect(lenient(() => parseMessage(bytes, WIDE))?.kind ?? 'refused').toMatch(/request|refused/);
    const framer = new StreamFramer(WIDE);
    for (let at = 0; at < bytes.length; at += 1_000) framer.push(bytes.subarray(at, at + 1_000));
  });

  it.each([
    ['blanks in the request line', `OPTIONS ${full(' ')} SIP/2.0\r\n\r\n`],
    ['a start line without end', full('OPTIONS ')],
    ['versions', `${full('SIP/2.0 ')}\r\n\r\n`],
    ['a long status', `SIP/2.0 ${full('2')}\r\n\r\n`],
    ['nothing but blanks', full(' ')],
  ])('start: %s', (_what, text) => {
    expect(() => parseMessage(Buffer.from(text), WIDE)).toThrow(SipParseError);
  });

  it.each([
    ['percent signs', full('%')],
    ['escapes', full('%41')],
    ['broken escapes', full('%ff')],
    ['at signs', full('@')],
    ['semicolons', full(';')],
    ['brackets', full('[')],
    ['quotes', full('"')],
    ['escaped quotes', full('\\"')],
    ['commas', full(',')],
    ['equals', full('a=')],
    ['schemes', full('Digest ')],
    ['angles', full('<>')],
    ['blanks', full(' ')],
    ['warning numbers', `399 ${full('a')}`],
  ])('values: %s', (_what, text) => {
    for (const value of [
      text,
      `sip:${text}`,
      `sip:a@b;${text}`,
      `sip:a@b?${text}`,
      `tel:${text}`,
      `"${text}" <sip:a@b>`,
      `<sip:a@b>;${text}`,
    ])
      readAsEverything(value);
    unescapeText(text);
    expect(text.length).toBeGreaterThan(0);
  });

  it.each([
    ['delimiters', full('\r\n--b')],
    ['delimiters with blanks', full('\n--b  \n')],
    ['dashes', full('-')],
    ['nearly delimiters', full('\n--c')],
    ['part headers', `--b\n${full('a: b\n')}`],
    ['folded part headers', `--b\nContent-Type: x\n${full(' y\n')}`],
  ])('multipart: %s', (_what, text) => {
    const headers = [{ key: 'content-type', name: 'c', value: 'multipart/mixed;boundary=b' }] as const;
    const message = { kind: 'request', method: 'M', uri: 'sip:h', headers, body: Buffer.from(text) } as const;
    expect((lenient(() => bodyParts(message)) ?? []).length).toBeLessThan(40);
  });

  it('a message that comes byte by byte', () => {
    const framer = new StreamFramer(WIDE);
    const bytes = Buffer.from(`${START}l: 0\r\na: ${full('x').slice(0, 200_000)}\r\n\r\n`);
    let items = 0;
    for (let at = 0; at < bytes.length; at++) items += framer.push(bytes.subarray(at, at + 1)).length;
    expect(items).toBe(1);
  });
});
