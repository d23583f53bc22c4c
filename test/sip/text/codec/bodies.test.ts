import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTextBody, parseGoipBody, parseGoipHeadersBody } from '../../../../sip/text/codec/index.ts';

const text = (body: Buffer | string, type: string, encoding?: string) => {
  const read = decodeTextBody(Buffer.from(body), type, encoding);
  return read.kind === 'text' ? read.text : read;
};

describe('text bodies', () => {
  it.each([
    ['UTF-8 when nothing is said', Buffer.from('Grüße 😀'), 'text/plain', 'Grüße 😀'],
    ['UTF-8', Buffer.from('Grüße'), 'text/plain;charset=UTF-8', 'Grüße'],
    ['UTF-8 with a mark', Buffer.from('\ufeffGrüße'), 'Text/Plain; charset="utf-8"', 'Grüße'],
    ['Latin-1', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'text/plain; charset=iso-8859-1', 'Grüße'],
    ['windows-1252', Buffer.from([0x80, 0x93]), 'text/plain; charset=windows-1252', '€“'],
    ['ASCII', Buffer.from('hi'), 'text/plain; charset=us-ascii', 'hi'],
    ['what is called ASCII and is UTF-8', Buffer.from('Grüße'), 'text/plain; charset=us-ascii', 'Grüße'],
    ['what is called UTF-8 and is not', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'text/plain;charset=utf-8', 'Grüße'],
    [
      'UTF-16, big-endian when nothing says otherwise',
      Buffer.from('004800690020ac'.replace('0020ac', '20ac'), 'hex'),
      'text/plain;charset=utf-16',
      'Hi€',
    ],
    ['UTF-16 with its mark', Buffer.from('fffe48006900', 'hex'), 'text/plain;charset=utf-16', 'Hi'],
    ['UTF-16LE', Buffer.from('Hi😀', 'utf16le'), 'text/plain;charset=utf-16le', 'Hi😀'],
    ['koi8-r', Buffer.from([0xf0, 0xd2]), 'text/plain;charset=koi8-r', 'Пр'],
    ['other parameters too', Buffer.from('hi'), 'text/plain; format=flowed; charset=utf-8', 'hi'],
    [
      'HTML',
      Buffer.from('<p>Hello <b>there</b>,<br>1 &lt; 2</p><script>x</script>'),
      'text/html',
      'Hello there,\n1 < 2',
    ],
    ['a charset that cannot be', Buffer.from('hi'), 'text/plain; =', 'hi'],
  ])('reads %s', (_, body, type, expected) => {
    expect(text(body, type)).toBe(expected);
  });

  it.each([
    ['base64', Buffer.from('Grüße').toString('base64'), 'Grüße'],
    ['Quoted-Printable', 'Gr=C3=BC=\r\n=C3=9Fe  \r\n=3D 5=', 'Grüße\r\n= 5='],
    ['8bit', 'Grüße', 'Grüße'],
    ['binary', 'x', 'x'],
  ])('decodes %s', (encoding, body, expected) => {
    expect(text(body, 'text/plain', encoding)).toBe(expected);
  });

  it.each([
    ['application/json', undefined],
    ['text/plain;charset=utf-7', undefined],
    ['text/plain;charset=klingon', undefined],
    ['text/plain', 'x-uuencode'],
    ['', undefined],
  ])('says what it does not read: %j %j', (type, encoding) => {
    expect(decodeTextBody(Buffer.from('x'), type, encoding)).toMatchObject({ kind: 'unsupported' });
  });

  it('reads any bytes', () => {
    const charset = fc.constantFrom('utf-8', 'utf-16', 'us-ascii', 'windows-1252', 'shift_jis', 'gb18030');
    fc.assert(
      fc.property(fc.uint8Array(), charset, fc.constantFrom('text/plain', 'text/html'), (octets, name, type) => {
        expect(decodeTextBody(Buffer.from(octets), `${type};charset=${name}`).kind).toBe('text');
      }),
    );
  });

  it('reads HTML of any depth', () => {
    expect(text(`${'<div>'.repeat(30_000)}x`, 'text/html')).toBeTypeOf('string');
  });
});

describe('GoIP', () => {
  it('has the sender in the first line', () => {
    expect(parseGoipBody('8613600000000\r\ntext\r\nmore')).toEqual({ sender: '8613600000000', text: 'text\r\nmore' });
    expect(parseGoipBody('MyBank\n')).toEqual({ sender: 'MyBank', text: '' });
  });

  it.each(['', 'one line', 'two words\r\ntext', '\r\ntext', `${'1'.repeat(40)}\ntext`])('does not take %j', (body) => {
    expect(parseGoipBody(body)).toBeUndefined();
  });

  it('has headers', () => {
    const body =
      'Sender: +441632960001\r\nReceiver: 1001\r\nSMSC: +447700900000\r\nSCTS: 26/11/21,14:05:36+04\r\n\r\nHi\r\n\r\nthere';
    expect(parseGoipHeadersBody(body)).toEqual({
      sender: '+441632960001',
      called: '1001',
      sentAt: Date.parse('2026-11-21T13:05:36Z'),
      text: 'Hi\r\n\r\nthere',
    });
  });

  it.each([
    ['20261121140536', '2026-11-21T14:05:36Z'],
    ['26/11/21 14:05:36', '2026-11-21T14:05:36Z'],
    ['2026-11-21 14:05:36-20', '2026-11-21T19:05:36Z'],
    ['26/13/21,14:05:36', undefined],
    ['yesterday', undefined],
  ])('reads the time %j', (time, expected) => {
    const read = parseGoipHeadersBody(`Sender: 1\nSCTS: ${time}\n\nx`);
    expect(read?.sentAt).toBe(expected === undefined ? undefined : Date.parse(expected));
  });

  it.each(['', 'Sender: 1', 'Sender: 1\r\ntext', 'Receiver: 1\r\n\r\ntext', 'text\r\n\r\ntext', 'Sender:\n\nx'])(
    'does not take %j',
    (body) => {
      expect(parseGoipHeadersBody(body)).toBeUndefined();
    },
  );

  it('never throws', () => {
    const any = fc.string({ unit: fc.constantFrom(...'Sender:1+ \r\nx'), size: 'max', maxLength: 100 });
    fc.assert(
      fc.property(any, (body) => {
        parseGoipBody(body);
        parseGoipHeadersBody(body);
      }),
    );
  });
});
