import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Imdn, parseImdn, serializeImdn, TextCodecError } from '../../../../sip/text/codec/index.ts';

const receipt = (inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><imdn xmlns="urn:ietf:params:xml:ns:imdn">${inside}</imdn>`;

describe('message/imdn+xml', () => {
  it('reads the example of RFC 5438 §7.2.1.1', () => {
    expect(
      parseImdn(`<?xml version="1.0" encoding="UTF-8"?>
        <imdn xmlns="urn:ietf:params:xml:ns:imdn">
          <message-id>34jk324j</message-id>
          <datetime>2008-04-04T12:16:49-05:00</datetime>
          <display-notification>
            <status>
               <displayed/>
            </status>
          </display-notification>
        </imdn>`),
    ).toEqual({
      messageId: '34jk324j',
      notification: 'display',
      state: 'displayed',
      at: Date.parse('2008-04-04T17:16:49Z'),
    });
  });

  it.each([
    ['delivery', 'delivered'],
    ['delivery', 'failed'],
    ['delivery', 'forbidden'],
    ['delivery', 'error'],
    ['display', 'displayed'],
    ['display', 'error'],
    ['processing', 'processed'],
    ['processing', 'stored'],
  ])('reads %s %s', (notification, state) => {
    const xml = receipt(
      `<message-id>0x10</message-id><${notification}-notification><status><${state}></${state}></status></${notification}-notification>`,
    );
    expect(parseImdn(Buffer.from(xml))).toEqual({ messageId: '0x10', notification, state });
  });

  it('reads prefixes, attributes and extensions', () => {
    expect(
      parseImdn(
        '<i:imdn xmlns:i="urn:ietf:params:xml:ns:imdn" x="y"><i:message-id>a&amp;b</i:message-id><i:recipient-uri>im:bob@example.com</i:recipient-uri>' +
          '<i:delivery-notification><i:status><reason xmlns="x">all good</reason><i:delivered/></i:status></i:delivery-notification></i:imdn>',
      ),
    ).toEqual({ messageId: 'a&b', notification: 'delivery', state: 'delivered', recipientUri: 'im:bob@example.com' });
  });

  it('is read as it was written', () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((text) => `a${text.toWellFormed().replace(/[\p{C}\p{Z}]/gu, '')}z`);
    const any: fc.Arbitrary<Imdn> = fc.record(
      {
        messageId: line,
        notification: fc.constantFrom('delivery', 'display', 'processing'),
        state: fc.constantFrom('delivered', 'displayed', 'failed', 'error', 'forbidden', 'processed', 'stored'),
        at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
        recipientUri: line,
        originalRecipientUri: line,
      },
      { requiredKeys: ['messageId', 'notification', 'state'] },
    );
    fc.assert(
      fc.property(any, (imdn) => {
        expect(parseImdn(serializeImdn(imdn))).toEqual(imdn);
      }),
    );
  });

  it.each([
    ['no XML', 'hello'],
    ['nothing', ''],
    ['XML that is not closed', '<imdn><message-id>x</message-id>'],
    ['another document', '<message-id>x</message-id>'],
    ['no message', receipt('<delivery-notification><status><delivered/></status></delivery-notification>')],
    ['no status', receipt('<message-id>x</message-id><delivery-notification/>')],
    [
      'a status nobody knows',
      receipt('<message-id>x</message-id><delivery-notification><status><eaten/></status></delivery-notification>'),
    ],
    [
      'a document type',
      `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${receipt('<message-id>&b;</message-id>')}`,
    ],
    ['too much', receipt(`<message-id>${'x'.repeat(100_000)}</message-id>`)],
    ['depth', '<a>'.repeat(5_000)],
    ['depth that is closed', `${'<a>'.repeat(2_000)}${'</a>'.repeat(2_000)}`],
    ['names that objects have', receipt('<__proto__><message-id>x</message-id></__proto__><constructor/>')],
  ])('refuses %s', (_, xml) => {
    expect(() => parseImdn(xml)).toThrow(TextCodecError);
  });

  it('makes of anything a receipt or a TextCodecError', () => {
    const pieces = fc.constantFrom(
      '<imdn>',
      '</imdn>',
      '<message-id>',
      'x',
      '</message-id>',
      '<',
      '>',
      '&',
      '&#0;',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '<?xml',
      '?>',
      '"',
      '<status>',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30, size: 'max' }), (xml) => {
        try {
          parseImdn(xml.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(TextCodecError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
