/** Bodies that are no text, over a connection that carries text alone. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeHeader, type SipRequest, textBody, unwrapBody, wrapBody } from '../../../sip/message/index.ts';

const message = (body: Buffer, headers: Readonly<Record<string, string>> = {}): SipRequest => ({
  kind: 'request',
  method: 'MESSAGE',
  uri: 'sip:a@b',
  headers: Object.entries({ 'Content-Type': 'x/y', ...headers }).map(([name, value]) => makeHeader(name, value)),
  body,
});

const bytes = fc.uint8Array({ maxLength: 300 }).map((octets) => Buffer.from(octets));

test('any body survives, and is text on the way', () => {
  fc.assert(
    fc.property(bytes, (body) => {
      const sent = wrapBody(message(body));
      const asText = Buffer.from(sent.body.toString('utf8'));
      expect(unwrapBody({ ...sent, body: asText })).toEqual(message(body));
    }),
  );
});

test('what is text goes as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const plain = message(Buffer.from(text.toWellFormed()));
      expect(wrapBody(plain)).toBe(plain);
    }),
  );
});

test('what the network says in our header is not believed', () => {
  const forged = message(Buffer.from('aGVsbG8='), { 'X-Trunkline-Body': 'base64' });
  expect(unwrapBody(wrapBody(forged))).toEqual(message(Buffer.from('aGVsbG8=')));
});

test('a body of ours is wrapped where the far end can unwrap it, and refused where it cannot', () => {
  expect(textBody('Grüße', false)).toEqual({ body: 'Grüße', headers: {} });
  expect(textBody(Buffer.from('Grüße'), false)).toEqual({ body: 'Grüße', headers: {} });
  expect(textBody(Buffer.from([0xff]), false)).toBeUndefined();
  expect(textBody(Buffer.from([0xff]), true)).toEqual({ body: '/w==', headers: { 'X-Trunkline-Body': 'base64' } });
});
