import { describe, expect, it } from 'vitest';
import {
  appendHeader,
  deltaSeconds,
  hasHeader,
  header,
  headerHasToken,
  headerLines,
  headerList,
  makeResponse,
  maxForwards,
  param,
  parseMessage,
  parseNameAddr,
  parseWarning,
  prependHeader,
  q850Reason,
  rack,
  reasonPhrase,
  reasons,
  refusal,
  retryAfter,
  rseq,
  SipParseError,
  sessionDescription,
  sessionExpires,
  stringifyReason,
  stringifySessionExpires,
  topVia,
  withBody,
  withFirstElement,
  withHeader,
  withoutHeader,
  withParam,
  withTag,
} from '../../../sip/message/index.ts';
import { serialize } from '../../../sip/message/serialize.ts';
import { inviteText, request, response } from './build.ts';

describe('changing a message', () => {
  const message = request(inviteText(['Via: SIP/2.0/TCP p1, SIP/2.0/TCP p2', 'Route: <sip:r1;lr>,<sip:r2;lr>']));

  it('leaves the old one as it was', () => {
    const before = structuredClone(message.headers);
    withHeader(message, 'to', 'x');
    prependHeader(message, 'via', 'x');
    appendHeader(message, 'via', 'x');
    withoutHeader(message, 'via');
    withFirstElement(message, 'via', 'x');
    withBody(message, 'x', 'text/plain');
    expect(message.headers).toEqual(before);
  });

  it('puts a line first, last, in place, or away', () => {
    expect(headerLines(prependHeader(message, 'via', 'x'), 'via')[0]).toBe('x');
    expect(headerLines(appendHeader(message, 'via', 'x'), 'via').at(-1)).toBe('x');
    expect(headerLines(withHeader(message, 'via', 'x'), 'via')).toEqual(['x']);
    expect(header(withHeader(message, 'user-agent', 'x'), 'user-agent')).toBe('x');
    expect(hasHeader(withoutHeader(message, 'via'), 'via')).toBe(false);
  });

  it('takes the first of a list away, and the line with the last of it', () => {
    const once = withFirstElement(message, 'route', undefined);
    expect(headerList(once, 'route')).toEqual(['<sip:r2;lr>']);
    expect(hasHeader(withFirstElement(once, 'route', undefined), 'route')).toBe(false);
    expect(headerList(withFirstElement(message, 'via', 'y'), 'via')).toEqual([
      'y',
      'SIP/2.0/TCP p2',
      'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx',
    ]);
  });

  it('never lets a value become two lines', () => {
    const written = serialize(withHeader(message, 'subject', 'a\r\nX-Evil: b')).toString();
    expect(written).toContain('Subject: a X-Evil: b\r\n');
  });

  it('gives a body its type and its length in bytes', () => {
    const written = serialize(withBody(message, 'zoë', 'text/plain;charset=UTF-8')).toString();
    expect(written).toContain('Content-Type: text/plain;charset=UTF-8\r\n');
    expect(written).toMatch(/Content-Length: 4\r\n\r\nzoë$/);
    expect(hasHeader(withBody(message, '', 'text/plain'), 'content-type')).toBe(false);
  });

  it('can be written with the long usual names', () => {
    const compact = request(inviteText(['k: timer', 'x-my-own: 1']));
    expect(serialize(compact).toString()).toContain('\r\nk: timer\r\n');
    const long = serialize(compact, { canonicalNames: true }).toString();
    expect(long).toContain('\r\nSupported: timer\r\nX-My-Own: 1\r\n');
  });
});

describe('lists', () => {
  it('are one over all lines; commas in quotes and brackets belong to the element', () => {
    const message = request(inviteText(['m: "a, \\", b" <sip:x,y@h>;q=1, <sip:z@h>', 'Contact: sip:w@h']));
    expect(headerList(message, 'contact')).toEqual(['"a, \\", b" <sip:x,y@h>;q=1', '<sip:z@h>', 'sip:w@h']);
  });

  it('of tokens are searched without case', () => {
    const message = request(inviteText(['Supported: 100rel, Timer', 'Supported:']));
    expect(headerHasToken(message, 'supported', 'timer')).toBe(true);
    expect(headerHasToken(message, 'supported', 'replaces')).toBe(false);
    expect(headerHasToken(message, 'require', 'timer')).toBe(false);
  });
});

describe('addresses', () => {
  it.each([
    ['sip:a@h;tag=1', { uri: 'sip:a@h', params: [{ name: 'tag', value: '1' }] }],
    ['<sip:a@h;x>;tag=1', { uri: 'sip:a@h;x', params: [{ name: 'tag', value: '1' }] }],
    ['"A \\"B\\" C" <sip:a@h>', { displayName: 'A "B" C', uri: 'sip:a@h' }],
    ['Smith (Bob) <sip:a@h>', { displayName: 'Smith (Bob)' }],
    ['"" <sip:a@h>', { displayName: '' }],
    [
      '  Anna   Ö  <sip:a@h> ; tag = "q;,>" ;lr',
      { displayName: 'Anna   Ö', params: [{ name: 'tag', value: '"q;,>"' }, { name: 'lr' }] },
    ],
    ['<tel:+1;ext=2>', { uri: 'tel:+1;ext=2', params: [] }],
    ['<sip:a@h>;+sip.instance="<urn:uuid:1>"', { params: [{ name: '+sip.instance', value: '"<urn:uuid:1>"' }] }],
  ])('%s', (text, expected) => {
    expect(parseNameAddr(text)).toMatchObject(expected);
  });

  it.each([
    '',
    '<>',
    '"a" sip:a@h',
    '"a <sip:a@h>',
    '<sip:a@h',
    'sip:a@h>',
    '<sip:a@h> x',
    '<sip:a@h>;',
    '<sip:a@h>;a=',
    'a, b <sip:a@h>',
    'sip:a,b@h',
    'sip:a@h?x=y',
    '< sip:a@h >',
    'Bob',
  ])('%j is refused', (text) => {
    expect(() => parseNameAddr(text)).toThrow(SipParseError);
  });

  it('tags and parameters', () => {
    const tagged = withTag(parseNameAddr('<sip:a@h>;x'), 't');
    expect(param(tagged.params, 'TAG')).toBe('t');
    expect(param(tagged.params, 'x')).toBe('');
    expect(param(tagged.params, 'y')).toBeUndefined();
    expect(withParam([{ name: 'A', value: '1' }], 'a', 'b c')).toEqual([{ name: 'a', value: '"b c"' }]);
  });
});

describe('numbers', () => {
  it.each([
    ['70', 70],
    ['0', 0],
    ['255', 255],
    ['256', 70],
    ['-1', 70],
    ['x', 70],
    ['', 70],
    [`1${'0'.repeat(400)}`, 70],
  ])('Max-Forwards %j is %i', (value, expected) => {
    expect(maxForwards(response({ 'Max-Forwards': value }))).toBe(expected);
  });

  it.each([
    ['3600', 3600],
    ['4294967295', 4294967295],
    ['4294967296', undefined],
    ['1;x=y', 1],
    ['soon', undefined],
  ])('Expires %j is %s', (value, expected) => {
    expect(deltaSeconds(response({ Expires: value }), 'expires')).toBe(expected);
  });

  it.each([
    ['120', 120],
    ['18000;duration=3600', 18000],
    ['120 (I am in a meeting)', 120],
    ['soon', undefined],
    ['949302838503028349304023988', undefined],
  ])('Retry-After %j is %s', (value, expected) => {
    expect(retryAfter(response({ 'Retry-After': value }))).toBe(expected);
  });

  it('RSeq and RAck', () => {
    expect(rseq(response({ RSeq: '776656' }))).toBe(776656);
    expect(rseq(response({ RSeq: '0' }))).toBeUndefined();
    expect(rseq(response({}))).toBeUndefined();
    expect(rack(response({ RAck: '776656  1 INVITE' }))).toEqual({ rseq: 776656, cseq: 1, method: 'INVITE' });
    for (const bad of ['776656 1', '1 2 INVITE x', 'a 1 INVITE', ''])
      expect(rack(response({ RAck: bad }))).toBeUndefined();
  });

  it('Session-Expires', () => {
    expect(sessionExpires(response({ x: '1800;refresher=UAS' }))).toEqual({ seconds: 1800, refresher: 'uas' });
    expect(sessionExpires(response({ x: '90;refresher=me' }))).toEqual({ seconds: 90 });
    expect(sessionExpires(response({ x: 'never' }))).toBeUndefined();
    expect(sessionExpires(response({}))).toBeUndefined();
    expect(stringifySessionExpires({ seconds: 90, refresher: 'uac' })).toBe('90;refresher=uac');
    expect(stringifySessionExpires({ seconds: 90 })).toBe('90');
  });

  it('Warning', () => {
    expect(parseWarning('307 isi.edu "Session \\"x\\" not understood"')).toEqual({
      code: 307,
      agent: 'isi.edu',
      text: 'Session "x" not understood',
    });
    for (const bad of ['1812 overture "x"', '307 "x"', '307 a x', '307 a "x', '307 a "x" y'])
      expect(parseWarning(bad)).toBeUndefined();
  });
});

describe('Reason', () => {
  it('of Q.850 is found among others', () => {
    const message = response({
      Reason: 'SIP ;cause=200 ;text="Call completed, elsewhere", q.850;cause=16;text="Terminated"',
    });
    expect(reasons(message)).toEqual([
      { protocol: 'SIP', cause: 200, text: 'Call completed, elsewhere' },
      { protocol: 'Q.850', cause: 16, text: 'Terminated' },
    ]);
    expect(q850Reason(message)).toMatchObject({ cause: 16 });
  });

  it.each(['Q.850', 'Q.850;cause=0', 'Q.850;cause=128', 'Q.850;cause=x', 'SIP;cause=16', 'Q.850;cause=16;text="x', ''])(
    '%j gives no Q.850 cause',
    (value) => {
      expect(q850Reason(response({ Reason: value }))).toBeUndefined();
    },
  );

  it('is written', () => {
    expect(stringifyReason({ protocol: 'Q.850', cause: 16, text: 'a "b"' })).toBe('Q.850;cause=16;text="a \\"b\\""');
  });
});

describe('the session description', () => {
  const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n';
  const multi = (...parts: string[]) => `--b1\r\n${parts.join('\r\n--b1\r\n')}\r\n--b1--\r\n`;

  it('is the body', () => {
    expect(sessionDescription(request(inviteText(['c: Application/SDP;x=y'], SDP)))).toBe(SDP);
    expect(sessionDescription(request(inviteText(['c: text/plain'], SDP)))).toBeUndefined();
    expect(sessionDescription(request(inviteText([], SDP)))).toBeUndefined();
    expect(sessionDescription(request(inviteText(['c: application/sdp'])))).toBeUndefined();
  });

  it('is a part of the body, byte for byte', () => {
    const body = multi(
      'Content-Type: application/isup;version=x\r\n\r\n\0\x01',
      `Content-Type: application/sdp\r\n\r\n${SDP}`,
    );
    expect(sessionDescription(request(inviteText(['c: multipart/mixed;boundary="b1"'], body)))).toBe(SDP);
  });

  it('is a part of a part, with folded headers, a preamble, and the end missing', () => {
    const inner = `--b2\r\n\r\nplain\r\n--b2\r\ncontent-type:\r\n application/sdp\r\n\r\n${SDP}\r\n--b2--`;
    const body = `preamble\r\n--b1 \r\nContent-Type: multipart/alternative;\r\n boundary=b2\r\n\r\n${inner}`;
    expect(sessionDescription(request(inviteText(['c: multipart/mixed; boundary=b1'], body)))).toBe(SDP);
  });

  it('in base64 is decoded', () => {
    const coded = Buffer.from(SDP).toString('base64');
    const body = multi(`Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\n${coded}`);
    expect(sessionDescription(request(inviteText(['c: multipart/mixed;boundary=b1'], body)))).toBe(SDP);
  });

  it('is not one that is only to be shown or recorded', () => {
    const body = multi(`Content-Type: application/sdp\r\nContent-Disposition: render\r\n\r\n${SDP}`);
    expect(sessionDescription(request(inviteText(['c: multipart/mixed;boundary=b1'], body)))).toBeUndefined();
  });

  it('is not looked for without a boundary, or in a nest of parts', () => {
    const nest = (depth: number): string =>
      depth === 0
        ? `Content-Type: application/sdp\r\n\r\n${SDP}`
        : `Content-Type: multipart/mixed;boundary=b${depth}\r\n\r\n--b${depth}\r\n${nest(depth - 1)}\r\n--b${depth}--`;
    const deep = nest(6);
    const at = deep.indexOf('\r\n\r\n');
    for (const [line, body] of [
      ['c: multipart/mixed', multi('x')],
      ['c: multipart/mixed;boundary=', multi('x')],
      [`c: multipart/mixed;boundary=${'b'.repeat(71)}`, multi('x')],
      [deep.slice(0, at), deep.slice(at + 4)],
    ] as const)
      expect(() => sessionDescription(request(inviteText([line], body)))).toThrow(SipParseError);
  });
});

describe('responses', () => {
  const message = request(
    inviteText(['Via: SIP/2.0/TCP p1, SIP/2.0/TCP p2', 'Record-Route: <sip:r;lr>', 'Timestamp: 5', 'Subject: x']),
  );

  it('carry what RFC 3261 §8.2.6.2 says', () => {
    const answer = makeResponse(message, 180, { toTag: 'mine' });
    expect(answer.phrase).toBe('Ringing');
    expect(answer.headers.map((line) => line.key)).toEqual([
      'via',
      'record-route',
      'via',
      'from',
      'to',
      'call-id',
      'cseq',
    ]);
    expect(header(answer, 'to')).toBe('<sip:200@example.com>;tag=mine');
    expect(parseMessage(serialize(answer))).toMatchObject({ kind: 'response', status: 180 });
  });

  it('100 has the Timestamp and no tag, a failure no Record-Route', () => {
    const trying = makeResponse(message, 100, { toTag: 'mine' });
    expect(header(trying, 'timestamp')).toBe('5');
    expect(header(trying, 'to')).toBe('<sip:200@example.com>');
    expect(hasHeader(makeResponse(message, 486, { toTag: 'mine' }), 'record-route')).toBe(false);
  });

  it('keep a tag that is there', () => {
    const inDialog = withHeader(message, 'to', '<sip:200@example.com>;TAG=theirs');
    expect(header(makeResponse(inDialog, 200, { toTag: 'mine' }), 'to')).toBe('<sip:200@example.com>;TAG=theirs');
  });

  it('have a phrase for every status', () => {
    expect(reasonPhrase(486)).toBe('Busy Here');
    expect(reasonPhrase(499)).toBe('Bad Request');
    expect(reasonPhrase(299)).toBe('OK');
  });

  it('to a faulty request say what was wrong, and quote nothing of it', () => {
    try {
      parseMessage(Buffer.from(inviteText(['Contact: <secret'])));
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      const answer = refusal(error, 'mine');
      if (answer === undefined) throw new Error('no answer');
      expect(answer.status).toBe(400);
      expect(parseWarning(header(answer, 'warning') ?? '')?.text).toBe('an address has no ">"');
      expect(serialize(answer).toString()).not.toContain('secret');
      expect(topVia(answer)?.host).toBe('192.0.2.1');
    }
  });
});
