import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  deltaSeconds,
  header,
  headerLines,
  headerList,
  maxForwards,
  param,
  parseMessage,
  parseNameAddr,
  parseUri,
  parseVia,
  refusal,
  type SipMessage,
  SipParseError,
  type SipRequest,
  serialize,
  topVia,
  userText,
} from '../../../sip/message/index.ts';
import { bodyParts, sessionDescription } from '../../../sip/message/multipart.ts';
import { StreamFramer } from '../../../sip/message/stream.ts';
import { TORTURE, tortureBytes, type Verdict } from './torture.ts';

function parse(name: string): SipMessage {
  return parseMessage(tortureBytes(name));
}

function request(name: string): SipRequest {
  const message = parse(name);
  if (message.kind !== 'request') throw new Error(`${name} is not a request`);
  return message;
}

function verdict(bytes: Buffer): Verdict {
  try {
    parseMessage(bytes);
    return { kind: 'message' };
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return error.request === undefined ? { kind: 'dropped' } : { kind: 'refused', status: error.status };
  }
}

function sipUriOf(text: string) {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') throw new Error(`${text} is not a SIP URI`);
  return uri;
}

describe('RFC 4475', () => {
  it('has all its 49 messages here', () => {
    const files = readdirSync(new URL('./data/', import.meta.url)).filter((file) => file.endsWith('.dat'));
    expect(files.sort()).toEqual(TORTURE.map((one) => `${one.name}.dat`).sort());
    expect(files).toHaveLength(49);
  });

  it.each(TORTURE)('$section $name: $parser', ({ name, parser }) => {
    expect(verdict(tortureBytes(name))).toEqual(parser);
  });

  it.each(TORTURE.filter((one) => one.parser.kind === 'message'))(
    '$name survives being written and read',
    ({ name }) => {
      const first = parse(name);
      const again = parseMessage(serialize(first));
      const content = (message: SipMessage) => message.headers.filter((line) => line.key !== 'content-length');
      expect(content(again)).toEqual(content(first));
      expect({ ...again, headers: [] }).toEqual({ ...first, headers: [] });
    },
  );

  it.each(TORTURE.filter((one) => one.parser.kind === 'refused'))(
    'the refusal of $name is a response',
    ({ name, parser }) => {
      try {
        parse(name);
        expect.unreachable();
      } catch (error) {
        if (!(error instanceof SipParseError)) throw error;
        const answer = refusal(error, 'mine');
        expect(answer).toMatchObject({ kind: 'response', status: parser.kind === 'refused' ? parser.status : 0 });
        expect(answer && topVia(answer)?.host).toBeTruthy();
      }
    },
  );

  it.each(TORTURE)('$name, cut short anywhere, is a message or a SipParseError', ({ name }) => {
    const bytes = tortureBytes(name);
    for (let size = 0; size < bytes.length; size++) verdict(bytes.subarray(0, size));
  });
});

describe('RFC 4475: what the valid ones say', () => {
  it('wsinv: folds, blanks, compact names, lists', () => {
    const message = request('wsinv');
    expect(headerList(message, 'via').map((via) => parseVia(via))).toMatchObject([
      { transport: 'UDP', host: '192.0.2.2', params: [{ name: 'branch', value: '390skdjuw' }] },
      { transport: 'TCP', host: 'spindle.example.com', params: [{ name: 'branch', value: 'z9hG4bK9ikj8' }] },
      { transport: 'UDP', host: '192.168.255.111', params: [{ name: 'branch', value: 'z9hG4bK30239' }] },
    ]);
    expect(parseNameAddr(header(message, 'from') ?? '')).toMatchObject({ displayName: 'J Rosenberg \\"' });
    const to = parseNameAddr(header(message, 'to') ?? '');
    expect(to.uri).toBe('sip:vivekg@chair-dnrc.example.com');
    expect(param(to.params, 'tag')).toBe('1918181833n');
    expect(header(message, 'subject')).toBe('');
    expect(maxForwards(message)).toBe(68);
    expect(header(message, 'newfangledheader')).toBe('newfangled value continued newfangled value');
    expect(header(message, 'unknownheaderwithunusualvalue')).toBe(';;,,;;,;');
    const contact = parseNameAddr(header(message, 'contact') ?? '');
    expect(contact.displayName).toBe('Quoted string ""');
    expect(param(contact.params, 'newparam')).toBe('newvalue');
    expect(param(contact.params, 'secondparam')).toBe('');
    expect(param(contact.params, 'q')).toBe('0.33');
    expect(message.body.length).toBe(150);
  });

  it('intmeth: odd characters everywhere, a quoted NUL, UTF-8', () => {
    const message = request('intmeth');
    expect(message.method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
    const uri = sipUriOf(message.uri);
    expect(uri.user).toBe("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    expect(uri.password).toBe("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
    expect(uri.host).toBe('example.com');
    expect(parseNameAddr(header(message, 'to') ?? '').displayName).toBe('BEL:\x07 NUL:\0 DEL:\x7f');
    const from = parseNameAddr(header(message, 'from') ?? '');
    expect(from.displayName).toBe("token1~` token2'+_ token3*%!.-");
    expect(param(from.params, "fromparam''~+*_!.-%")).toBe('работающий');
    expect(header(message, "extensionheader-!.%*+_`'~")).toBe('\ufeff大停電');
    expect(header(message, 'call-id')).toBe('intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{');
  });

  it('esc01, escnull, esc02: % is an escape in URIs only, and is undone once', () => {
    expect(userText(sipUriOf(request('esc01').uri))).toBe('sips:user@example.com');
    const contact = sipUriOf(parseNameAddr(header(request('esc01'), 'contact') ?? '').uri);
    expect(userText(contact)).toBe('caller');
    expect(contact.params).toContainEqual({ name: 'n%61me', value: 'v%61lue%25%34%31' });
    expect(userText(sipUriOf(parseNameAddr(header(request('escnull'), 'to') ?? '').uri))).toBe('null-\0-null');
    expect(headerLines(request('esc02'), 'contact')).toHaveLength(2);
    expect(parseNameAddr(header(request('esc02'), 'to') ?? '').displayName).toBe('%Z%45');
    expect(request('esc02').method).toBe('RE%47IST%45R');
  });

  it('lwsdisp: no blank between name and <', () => {
    expect(parseNameAddr(header(request('lwsdisp'), 'from') ?? '')).toMatchObject({
      displayName: 'caller',
      uri: 'sip:caller@example.com',
    });
  });

  it('longreq: long values, 34 Vias', () => {
    expect(headerList(request('longreq'), 'via')).toHaveLength(34);
    expect(param(parseNameAddr(header(request('longreq'), 'from') ?? '').params, 'tag')).toHaveLength(155);
  });

  it('dblreq: what follows the body is ignored', () => {
    expect(request('dblreq')).toMatchObject({ method: 'REGISTER', body: Buffer.alloc(0) });
  });

  it('semiuri: parameters in the user part', () => {
    const uri = sipUriOf(request('semiuri').uri);
    expect(userText(uri)).toBe('user;par=u@example.net');
    expect(uri.params).toEqual([]);
  });

  it('transports: known and unknown', () => {
    expect(headerList(request('transports'), 'via').map((via) => parseVia(via).transport)).toEqual([
      'UDP',
      'SCTP',
      'TLS',
      'UNKNOWN',
      'TCP',
    ]);
  });

  it('mpart01: a binary part with NULs', () => {
    const parts = bodyParts(request('mpart01'));
    expect(parts.map((part) => part.type)).toEqual(['text/plain', 'application/octet-stream']);
    expect(parts[0]?.body.toString()).toBe('Hello');
    expect(parts[1]?.body.length).toBe(342);
    expect(parts[1]?.body.subarray(-4)).toEqual(Buffer.from('bc99d005', 'hex'));
  });

  it('unreason, noreason: phrases are for people', () => {
    expect(parse('unreason')).toMatchObject({
      status: 200,
      phrase: '= 2**3 * 5**2 но сто девяносто девять - простое',
    });
    expect(parse('noreason')).toMatchObject({ status: 100, phrase: '' });
  });

  it('cparam01, cparam02, regescrt: whose parameter it is', () => {
    const bare = parseNameAddr(header(request('cparam01'), 'contact') ?? '');
    expect(bare).toEqual({ uri: 'sip:+19725552222@gw1.example.net', params: [{ name: 'unknownparam' }] });
    const bracketed = parseNameAddr(header(request('cparam02'), 'contact') ?? '');
    expect(bracketed.params).toEqual([]);
    expect(sipUriOf(bracketed.uri).params).toEqual([{ name: 'unknownparam' }]);
    const escaped = parseNameAddr(header(request('regescrt'), 'contact') ?? '');
    expect(sipUriOf(escaped.uri).headers).toBe('Route=%3Csip:sip.example.com%3E');
  });

  it('inv2543: no branch, no tag, no Content-Length, no Max-Forwards', () => {
    const message = request('inv2543');
    expect(topVia(message)?.params).toEqual([]);
    expect(maxForwards(message)).toBe(70);
    expect(sessionDescription(message)).toMatch(/^v=0\r\n/);
  });

  it('overlarge numbers are as if absent where the RFC lets them be', () => {
    const text = tortureBytes('scalar02').toString('latin1').replace('36893488147419103232', '7');
    const message = parseMessage(Buffer.from(text, 'latin1'));
    expect(maxForwards(message)).toBe(70);
    expect(deltaSeconds(message, 'expires')).toBeUndefined();
  });
});

describe('RFC 4475 on a stream', () => {
  it.each(['clerr'])('%s waits for what its Content-Length promised', (name) => {
    const framer = new StreamFramer();
    expect(framer.push(tortureBytes(name))).toEqual([]);
    expect(framer.midMessage).toBe(true);
  });

  it.each(['ncl', 'mcl01', 'inv2543'])('%s cannot be framed: answer and close', (name) => {
    const [item, ...more] = new StreamFramer().push(tortureBytes(name));
    expect(more).toEqual([]);
    expect(item).toMatchObject({ type: 'lost', error: { status: 400, request: { kind: 'request' } } });
  });

  it('dblreq is two requests there', () => {
    // Five octets stand behind the INVITE's 150, and are no beginning of a message.
    expect(new StreamFramer().push(tortureBytes('dblreq'))).toMatchObject([
      { type: 'message', message: { method: 'REGISTER' } },
      { type: 'message', message: { method: 'INVITE' } },
      { type: 'lost', error: { fault: 'start-line', request: undefined } },
    ]);
  });

  it('a faulty message does not take the next one with it', () => {
    const framer = new StreamFramer();
    const bytes = Buffer.concat([tortureBytes('badvers'), tortureBytes('zeromf')]);
    const items = framer.push(bytes);
    expect(items).toMatchObject([
      { type: 'invalid', error: { status: 505 } },
      { type: 'message', message: { method: 'OPTIONS' } },
    ]);
  });
});
