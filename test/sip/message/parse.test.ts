import { describe, expect, it } from 'vitest';
import {
  DEFAULT_LIMITS,
  header,
  headerLines,
  isKeepAlive,
  parseMessage,
  parseNameAddr,
  SipParseError,
} from '../../../sip/message/index.ts';
import { inviteText, request } from './build.ts';

function fault(input: string | Buffer): SipParseError {
  try {
    parseMessage(Buffer.from(input));
  } catch (error) {
    if (error instanceof SipParseError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('headers', () => {
  it('know each other in every spelling, and keep theirs', () => {
    const message = request(inviteText(['k: a', 'SUPPORTED : b', 'supported:c', 'x-New-Thing:  d  ']));
    expect(headerLines(message, 'supported')).toEqual(['a', 'b', 'c']);
    expect(message.headers.map((line) => line.name).slice(0, 4)).toEqual([
      'k',
      'SUPPORTED',
      'supported',
      'x-New-Thing',
    ]);
    expect(header(message, 'x-new-thing')).toBe('d');
  });

  it.each([
    ['a', 'accept-contact'],
    ['b', 'referred-by'],
    ['c', 'content-type'],
    ['d', 'request-disposition'],
    ['e', 'content-encoding'],
    ['j', 'reject-contact'],
    ['k', 'supported'],
    ['m', 'contact'],
    ['o', 'event'],
    ['r', 'refer-to'],
    ['s', 'subject'],
    ['u', 'allow-events'],
    ['x', 'session-expires'],
    ['y', 'identity'],
  ] as const)('%s is %s', (compact, key) => {
    expect(header(request(inviteText([`${compact}: <sip:a@b>`])), key)).toBe('<sip:a@b>');
    expect(header(request(inviteText([`${compact.toUpperCase()}: <sip:a@b>`])), key)).toBe('<sip:a@b>');
  });

  it('may be folded, with blanks only, and with tabs', () => {
    const message = request(inviteText(['Subject: one', '\ttwo  ', '  ', ' three', 'X-Empty:', '  value']));
    expect(header(message, 'subject')).toBe('one two three');
    expect(header(message, 'x-empty')).toBe('value');
  });

  it('are split at a bare LF too, so that nobody behind us sees more of them', () => {
    expect(header(request(inviteText(['X-A: 1\nX-B: 2'])), 'x-b')).toBe('2');
  });

  it('are UTF-8, or Latin-1 from old equipment', () => {
    const name = (bytes: Buffer) => parseNameAddr(header(parseMessage(bytes), 'contact') ?? '').displayName;
    const text = inviteText(['Contact: "Müller" <sip:m@h>']);
    expect(name(Buffer.from(text, 'utf8'))).toBe('Müller');
    expect(name(Buffer.from(text, 'latin1'))).toBe('Müller');
  });

  it.each([
    ['a control character', 'X: a\x01b'],
    ['a NUL', 'X: a\0b'],
    ['a lone CR', 'X: a\rY: b'],
    ['a lone CR behind a backslash', 'X: "\\\rY: b"'],
    ['no colon', 'garbage'],
    ['no name', ': x'],
    ['a blank in the name', 'X Y: z'],
    ['a quote in the name', '"X": z'],
  ])('with %s are refused', (_what, line) => {
    expect(fault(inviteText([line]))).toMatchObject({
      fault: 'header-line',
      status: 400,
      request: { kind: 'request' },
    });
  });
});

describe('header lines of a response', () => {
  const response = (line: string) =>
    parseMessage(Buffer.from(inviteText([line, 'X-Last: 1']).replace(/^INVITE .*\r\n/, 'SIP/2.0 503 Busy\x07\r\n')));

  it.each(['Warning: 399 h "a\x01b"', 'Reason: Q.850;text="\0"', 'X: a\rY: b', 'garbage', ': x', 'X Y: z'])(
    'like %j are left out: a response that is missed leaves a call ringing',
    (line) => {
      const { headers, kind } = response(line);
      expect(kind).toBe('response');
      expect(headers.map(({ name }) => name)).toContain('X-Last');
      expect(headers.every(({ name, value }) => !/\p{Cc}/u.test(name + value))).toBe(true);
    },
  );
});

describe('what must be there', () => {
  it.each(['From', 'To', 'Call-ID', 'CSeq'])('without %s: 400', (name) => {
    const text = inviteText().replace(new RegExp(`^${name}: .*\r\n`, 'm'), '');
    expect(fault(text)).toMatchObject({ fault: 'header-missing', status: 400, message: expect.stringContaining(name) });
    expect(fault(text).request).toBeDefined();
  });

  it('without Via there is nobody to answer', () => {
    expect(fault(inviteText().replace(/^Via: .*\r\n/m, '')).request).toBeUndefined();
  });

  it.each(['From: <sip:x@y>', 't: <sip:x@y>', 'i: c', 'CSeq: 1 INVITE', 'Max-Forwards: 1\r\nMax-Forwards: 1'])(
    '%j once too often: 400',
    (line) => {
      expect(fault(inviteText([line]))).toMatchObject({ fault: 'header-repeated', status: 400 });
    },
  );

  it.each([
    ['CSeq: 1 INVITE', 'CSeq: 2147483648 INVITE'],
    ['CSeq: 1 INVITE', 'CSeq: -1 INVITE'],
    ['CSeq: 1 INVITE', 'CSeq: INVITE'],
    ['CSeq: 1 INVITE', 'CSeq: 1'],
    ['CSeq: 1 INVITE', 'CSeq: 1INVITE'],
    ['Call-ID: c', 'Call-ID:'],
    ['From: <sip:100@example.net>;tag=a', 'From: nobody'],
    ['From: <sip:100@example.net>;tag=a', 'From: <sip:100@example.net>;tag=a, <sip:x@y>'],
    ['branch=z9hG4bKx', 'branch='],
    ['branch=z9hG4bKx', '=x'],
    ['branch=z9hG4bKx', 'branch=z, SIP/2.0/UDP'],
  ])('%j as %j: 400', (good, bad) => {
    expect(fault(inviteText().replace(good, bad))).toMatchObject({ status: 400, request: { method: 'INVITE' } });
  });

  it.each(['CSeq: 0 INVITE', 'CSeq: 2147483647 INVITE', 'CSeq:  0000000000000000000001   INVITE'])(
    '%j is fine',
    (line) => {
      expect(request(inviteText().replace('CSeq: 1 INVITE', line)).method).toBe('INVITE');
    },
  );

  it('a fault in a list of addresses is found: 400', () => {
    for (const line of ['Contact: <sip:a@b', 'Record-Route: x', 'Route: <sip:a>,,<sip:b>', 'm: *, <sip:a@b>'])
      expect(fault(inviteText([line]))).toMatchObject({ status: 400 });
    expect(request(inviteText(['Contact: *'])).method).toBe('INVITE');
  });
});

describe('who is answered', () => {
  it('never an ACK', () => {
    const ack = inviteText(['Contact: <']).replaceAll('INVITE', 'ACK');
    expect(fault(ack).request).toBeUndefined();
  });

  it('never a response', () => {
    const text = inviteText(['CSeq: 1 INVITE']).replace(/^INVITE .*\r\n/, 'SIP/2.0 200 OK\r\n');
    expect(fault(text)).toMatchObject({ fault: 'header-repeated', request: undefined });
  });

  it('nobody whose first line is not SIP', () => {
    for (const line of [
      '',
      'GET / HTTP/1.1',
      'INVITE sip:a@b',
      'INVITE SIP/2.0',
      'hello',
      'SIP/2.0',
      'SIP/3.0 200 OK',
      'SIP/2.0 099 x',
      'SIP/2.0 700 x',
      'SIP/2.0 20 x',
    ])
      expect(fault(`${line}${inviteText().slice(inviteText().indexOf('\r\n'))}`).request).toBeUndefined();
  });
});

describe('the body of a datagram', () => {
  it('is what Content-Length says, or all the rest', () => {
    expect(request(inviteText(['l: 3'], 'abcdef')).body.toString()).toBe('abc');
    expect(request(inviteText([], 'abcdef')).body.toString()).toBe('abcdef');
    expect(request(inviteText(['l: 3', 'Content-Length: 3'], 'abcdef')).body.toString()).toBe('abc');
  });

  it.each(['l: 7', 'l: five', 'l: -1', 'l: 0x3', 'l: 3, 3', 'l:', 'l: 99999999999999999999', 'l: 3\r\nl: 4'])(
    '%j: 400',
    (line) => {
      const bad = fault(inviteText([line], 'abcdef'));
      expect(bad.request).toBeDefined();
      expect([400, 513]).toContain(bad.status);
    },
  );

  it('may be any bytes', () => {
    const bytes = Buffer.concat([Buffer.from(inviteText()), Buffer.from([0, 255, 13, 10])]);
    expect(parseMessage(bytes).body).toEqual(Buffer.from([0, 255, 13, 10]));
  });
});

describe('limits', () => {
  it('on the size of the headers, their number and the body: 513', () => {
    const limits = { headBytes: 1_000, headerLines: 10, bodyBytes: 100 };
    const oversized = [
      inviteText([`X: ${'x'.repeat(1_000)}`]),
      inviteText(Array.from({ length: 10 }, () => 'X: y')),
      inviteText([], 'x'.repeat(101)),
    ];
    for (const text of oversized)
      expect(() => parseMessage(Buffer.from(text), limits)).toThrow(expect.objectContaining({ status: 513 }));
    expect(parseMessage(Buffer.from(inviteText(['X: y'], 'x'.repeat(100))), limits).body).toHaveLength(100);
    expect(DEFAULT_LIMITS.headBytes).toBeGreaterThan(8_192);
  });
});

describe('what is no message', () => {
  it('keep-alives', () => {
    for (const text of ['\r\n', '\r\n\r\n', '']) expect(isKeepAlive(Buffer.from(text))).toBe(true);
    expect(isKeepAlive(Buffer.from('\r\nx'))).toBe(false);
    expect(isKeepAlive(Buffer.from([0, 0]))).toBe(false);
    expect(fault('\r\n\r\n')).toMatchObject({ fault: 'empty' });
  });

  it('but line ends before a message are passed over (RFC 3261 §7.5)', () => {
    expect(request(`\r\n\r\n${inviteText()}`).method).toBe('INVITE');
  });

  it('a head that does not end is refused, and answered when it says enough', () => {
    expect(fault(inviteText().trimEnd())).toMatchObject({ fault: 'incomplete', request: { method: 'INVITE' } });
  });
});
