import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CpimMessage, parseCpim, serializeCpim, TextCodecError } from '../../../../sip/text/codec/index.ts';

const message = (...lines: string[]) => Buffer.from(lines.join('\r\n'));

describe('message/cpim', () => {
  it('reads the example of RFC 3862 §5.1', () => {
    const read = parseCpim(
      message(
        'From: MR SANDERS <im:piglet@100akerwood.com>',
        'To: Depressed Donkey <im:eeyore@100akerwood.com>',
        'DateTime: 2000-12-13T13:40:00-08:00',
        'Subject: the weather will be fine today',
        "Subject:;lang=fr beau temps prevu pour aujourd'hui",
        'NS: MyFeatures <mid:MessageFeatures@id.foo.com>',
        'Require: MyFeatures.VitalMessageOption',
        'MyFeatures.VitalMessageOption: Confirmation-requested',
        'MyFeatures.WackyMessageOption: Use-silly-font',
        '',
        'Content-type: text/xml; charset=utf-8',
        'Content-ID: <1234567890@foo.com>',
        '',
        '<body>',
        'Here is the text of my message.',
        '</body>',
      ),
    );
    expect({ ...read, body: read.body.toString() }).toEqual({
      from: { name: 'MR SANDERS', uri: 'im:piglet@100akerwood.com' },
      to: [{ name: 'Depressed Donkey', uri: 'im:eeyore@100akerwood.com' }],
      dateTime: Date.parse('2000-12-13T21:40:00Z'),
      subject: 'the weather will be fine today',
      contentType: 'text/xml; charset=utf-8',
      body: '<body>\r\nHere is the text of my message.\r\n</body>',
    });
  });

  it.each([
    ['with an empty line before the content', ['']],
    ['as RFC 5438 §7.1.1.3 prints it, without', []],
  ])('reads what is asked for, %s', (_, between) => {
    const read = parseCpim(
      message(
        'From: Alice <im:alice@example.com>',
        'To: Bob <im:bob@example.com>',
        'NS: imdn <urn:ietf:params:imdn>',
        'imdn.Message-ID: 34jk324j',
        'DateTime: 2006-04-04T12:16:49-05:00',
        'imdn.Disposition-Notification: positive-delivery, negative-delivery',
        ...between,
        'Content-type: text/plain',
        'Content-length: 12',
        '',
        'Hello World',
      ),
    );
    expect(read.imdn).toEqual({ messageId: '34jk324j', wants: { delivered: true, failed: true, displayed: false } });
    expect(read.contentType).toBe('text/plain');
    expect(read.body.toString()).toBe('Hello World');
  });

  it('knows the receipts by their namespace, whatever it is called', () => {
    const read = parseCpim(
      message('NS: r <urn:ietf:params:imdn>', 'r.Message-ID: m1', 'r.Disposition-Notification: display', '', '', 'x'),
    );
    expect(read.imdn).toEqual({ messageId: 'm1', wants: { delivered: false, failed: false, displayed: true } });
    expect(read).toMatchObject({ to: [], contentType: 'text/plain' });
    expect(read.body.toString()).toBe('x');
  });

  it('reads bare line feeds, MIME headers in front and a content without headers', () => {
    const read = parseCpim(
      Buffer.from('Content-Type: message/cpim\n\nFrom: <sip:a@b.c>\nTo: sip:d@e.f\n\n\nFrom: no header\n'),
    );
    expect(read).toMatchObject({ from: { uri: 'sip:a@b.c' }, to: [{ uri: 'sip:d@e.f' }], contentType: 'text/plain' });
    expect(read.body.toString()).toBe('From: no header\n');
  });

  it('is read as it was written', () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((text) => text.toWellFormed().replace(/[\p{Cc}\p{Z}]/gu, '_'));
    const address = fc.record(
      {
        name: line.filter((text) => text !== ''),
        uri: fc.constantFrom('sip:+49301234567@example.org;user=phone', 'im:a@b.c'),
      },
      { requiredKeys: ['uri'] },
    );
    const wants = fc.record({ delivered: fc.boolean(), failed: fc.boolean(), displayed: fc.boolean() });
    const whole: fc.Arbitrary<CpimMessage> = fc.record(
      {
        from: address,
        to: fc.array(address, { maxLength: 3 }),
        dateTime: fc.integer({ min: 0, max: 4_000_000_000_000 }),
        subject: fc.string({ unit: 'grapheme' }).map((text) => `s${text.toWellFormed()}e`.replace(/\p{Z}/gu, '_')),
        imdn: fc.record({ messageId: fc.uuid(), wants }),
        contentType: fc.constantFrom('text/plain; charset=utf-8', 'message/imdn+xml'),
        disposition: fc.constant('notification'),
        body: fc.uint8Array().map((octets) => Buffer.from(octets)),
      },
      { requiredKeys: ['to', 'contentType', 'body'] },
    );
    fc.assert(
      fc.property(whole, (cpim) => {
        expect(parseCpim(serializeCpim(cpim))).toEqual(cpim);
      }),
    );
  });

  it('lets nobody put headers into it', () => {
    const hostile = 'x\r\nimdn.Message-ID: stolen\r\n\r\nbody';
    const read = parseCpim(
      serializeCpim({
        from: { name: hostile, uri: `sip:a@b.c>${hostile}` },
        to: [],
        subject: hostile,
        contentType: `text/plain;${hostile}`,
        body: Buffer.from('mine'),
      }),
    );
    expect(read.imdn).toBeUndefined();
    expect(read.from?.name).toBe(hostile);
    expect(read.subject).toBe(hostile);
    expect(read.body.toString()).toBe('mine');
  });

  it.each([
    ['no empty line', Buffer.from('From: <sip:a@b.c>\r\n')],
    ['no second empty line', Buffer.from('From: <sip:a@b.c>\r\n\r\nContent-Type: text/plain\r\n')],
    ['a line without a colon', Buffer.from('From\r\n\r\n\r\n')],
    ['too many headers', Buffer.from(`${'X: y\r\n'.repeat(1000)}\r\n\r\n`)],
    ['headers without an end', Buffer.from(`X: ${'y'.repeat(100_000)}`)],
    ['nothing', Buffer.alloc(0)],
  ])('refuses a body with %s', (_, body) => {
    expect(() => parseCpim(body)).toThrow(TextCodecError);
  });

  it('makes of anything a message or a TextCodecError', () => {
    const anything = fc.string({ unit: fc.constantFrom(...'aF:;<>"\\u0 \r\n\t='), maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(anything, (text) => {
        try {
          parseCpim(Buffer.from(text));
        } catch (error) {
          expect(error).toBeInstanceOf(TextCodecError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
