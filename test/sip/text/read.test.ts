/** Bodies of strangers: whatever they hold, they are read or refused, and cost nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeHeader, type SipRequest } from '../../../sip/message/index.ts';
import { serializeCpim, serializeDeliver, serializeRp } from '../../../sip/text/codec/index.ts';
import { readBody } from '../../../sip/text/read.ts';

function message(body: Buffer | string, headers: Readonly<Record<string, string>> = {}): SipRequest {
  return {
    kind: 'request',
    method: 'MESSAGE',
    uri: 'sip:us@198.51.100.1',
    headers: Object.entries(headers).map(([name, value]) => makeHeader(name, value)),
    body: Buffer.from(body),
  };
}

const facts = { form: 'plain', now: 0 } as const;

const types = fc.oneof(
  fc.constantFrom(
    'text/plain',
    'text/plain;charset=utf-8',
    'text/plain; charset=utf-16',
    'text/plain; charset=nonsense',
    'text/html',
    'message/cpim',
    'message/imdn+xml',
    'application/vnd.3gpp.sms',
    'multipart/mixed;boundary=b',
    'multipart/mixed;boundary=""',
    'application/im-iscomposing+xml',
  ),
  fc.string(),
);

/** Bytes that no grammar made, and messages of which something was changed. */
const bodies = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.string({ maxLength: 400 }).map((text) => Buffer.from(text)),
  fc
    .tuple(
      fc.constantFrom(
        serializeCpim({
          from: { uri: 'sip:a@b' },
          to: [{ uri: 'sip:c@d' }],
          imdn: { messageId: 'x', wants: { delivered: true, failed: true, displayed: true } },
          contentType: 'text/plain',
          body: Buffer.from('Hello'),
        }),
        serializeRp({
          kind: 'data',
          direction: 'to-mobile',
          reference: 1,
          tpdu: serializeDeliver({
            sender: '+49301',
            sentAt: 0,
            text: 'Hello',
            part: { reference: 1, total: 2, index: 1 },
          }),
        }),
        Buffer.from('--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b--\r\n'),
        Buffer.from(
          '<imdn><message-id>x</message-id><delivery-notification><status><delivered/></status></delivery-notification></imdn>',
        ),
      ),
      fc.nat(300),
      fc.nat(255),
    )
    .map(([bytes, index, value]) => {
      const changed = Buffer.from(bytes);
      changed[index % changed.length] = value;
      return changed;
    }),
);

test('anything is read or refused, never thrown', () => {
  fc.assert(
    fc.property(
      bodies,
      types,
      fc.constantFrom('plain', 'goip', 'goip-headers'),
      fc.option(fc.constantFrom('base64', 'quoted-printable', 'binary', 'x'), { nil: undefined }),
      (body, type, form, transfer) => {
        const headers = {
          'Content-Type': type,
          ...(transfer === undefined ? {} : { 'Content-Transfer-Encoding': transfer }),
        };
        const read = readBody(message(Buffer.from(body), headers), { form, now: 0 });
        expect(['text', 'receipt', 'nothing', 'unsupported', 'malformed']).toContain(read.kind);
        if (read.kind === 'text' && read.part === undefined) expect(read.text.trim()).not.toBe('');
      },
    ),
    { numRuns: 2_000 },
  );
});

describe('what a body without more is', () => {
  test('text, where it has no type', () => {
    expect(readBody(message('Hello'), facts)).toEqual({ kind: 'text', text: 'Hello' });
  });

  test('nothing, where it is empty', () => {
    expect(readBody(message('', { 'Content-Type': 'text/plain' }), facts)).toMatchObject({ kind: 'nothing' });
  });

  test.each([
    ['base64', 'R3LDvMOfZQ==', 'Grüße'],
    ['quoted-printable', 'Gr=C3=BC=C3=9Fe', 'Grüße'],
  ])('%s is taken off', (encoding, body, text) => {
    const headers = { 'Content-Type': 'text/plain;charset=utf-8', 'Content-Transfer-Encoding': encoding };
    expect(readBody(message(body, headers), facts)).toEqual({ kind: 'text', text });
  });
});

describe('who asks to be told', () => {
  const wishing = (uri: string, messageId: string) =>
    serializeCpim({
      from: { uri },
      to: [{ uri: 'sip:us@us.example' }],
      imdn: { messageId, wants: { delivered: true, failed: false, displayed: false } },
      contentType: 'text/plain',
      body: Buffer.from('Hello'),
    });
  const wish = (body: Buffer) => {
    const read = readBody(message(body, { 'Content-Type': 'message/cpim' }), facts);
    return read.kind === 'text' ? read.wish : undefined;
  };

  test('is noted', () => {
    expect(wish(wishing('sip:a@b', 'id'))).toEqual({
      messageId: 'id',
      wants: { delivered: true, displayed: false },
      from: 'sip:a@b',
      to: 'sip:us@us.example',
    });
  });

  test('not by names that only fill the disk', () => {
    expect(wish(wishing('sip:a@b', 'x'.repeat(256)))).toBeUndefined();
    expect(wish(wishing(`sip:${'a'.repeat(600)}@b`, 'id'))).toBeUndefined();
  });
});
