import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { DigestSession, parseCredentials } from '../../../sip/digest/index.ts';
import {
  header,
  headerLines,
  headerList,
  makeHeader,
  makeResponse,
  parseMessage,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  serialize,
} from '../../../sip/message/index.ts';
import { type Kamailio, startKamailio } from '../../world/peers/kamailio.ts';

/** A UDP socket that reads and writes SIP, one message after the other. */
class Wire {
  readonly socket: Socket = createSocket('udp4');
  readonly seen: SipMessage[] = [];
  readonly #waiting: ((message: SipMessage) => void)[] = [];
  readonly #inbox: SipMessage[] = [];

  constructor() {
    this.socket.on('message', (bytes) => {
      const message = parseMessage(bytes);
      this.seen.push(message);
      // Retransmissions and 100 Trying are of no interest here.
      if (message.kind === 'response' && message.status === 100) return;
      const next = this.#waiting.shift();
      if (next === undefined) this.#inbox.push(message);
      else next(message);
    });
  }

  async bind(): Promise<void> {
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(message: SipMessage, port: number): void {
    this.socket.send(serialize(message), port, '127.0.0.1');
  }

  next(): Promise<SipMessage> {
    const message = this.#inbox.shift();
    return message === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(message);
  }

  async response(): Promise<SipResponse> {
    const message = await this.next();
    if (message.kind !== 'response') throw new Error(`got ${message.method} instead of a response`);
    return message;
  }
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function setUp(algorithm: 'MD5' | 'SHA-256', kind: 'proxy' | 'www', realm: string) {
  const caller = new Wire();
  const callee = new Wire();
  await caller.bind();
  await callee.bind();
  const auth = { username: 'bob', password: 'zanzibar', realm, algorithm, kind, inDialog: true } as const;
  const kamailio: Kamailio = await startKamailio({ forwardTo: `127.0.0.1:${callee.port}`, auth });
  // The callee accepts everything.
  callee.socket.on('message', (bytes) => {
    const message = parseMessage(bytes);
    if (message.kind === 'response' || message.method === 'ACK') return;
    const contact = makeHeader('Contact', `<sip:callee@127.0.0.1:${callee.port}>`);
    callee.send(makeResponse(message, 200, { toTag: 'callee', headers: [contact] }), kamailio.port);
  });
  closers.push(async () => {
    await kamailio.stop();
    caller.socket.close();
    callee.socket.close();
  });
  return { caller, callee, kamailio };
}

let branch = 0;

function requestFrom(port: number, method: string, uri: string, cseq: number, more: readonly SipHeader[]): SipRequest {
  const headers = [
    makeHeader('Via', `SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${++branch};rport`),
    makeHeader('Max-Forwards', '70'),
    makeHeader('From', '"Bob, the \\"first\\"" <sip:bob@example.com>;tag=caller'),
    makeHeader('Call-ID', `call-${port}`),
    makeHeader('CSeq', `${cseq} ${method}`),
    makeHeader('Contact', `<sip:bob@127.0.0.1:${port}>`),
    ...(more.some((line) => line.key === 'to') ? [] : [makeHeader('To', '<sip:200@example.com>')]),
    ...more,
  ];
  return { kind: 'request', method, uri, headers, body: Buffer.alloc(0) };
}

describe.each([
  ['MD5', 'proxy', 'example.com'],
  ['SHA-256', 'proxy', 'Foo, Inc'],
  ['MD5', 'www', 'example.com'],
  ['SHA-256', 'www', 'Foo, Inc'],
] as const)('a Kamailio that asks for %s by %s in realm %s', (algorithm, kind, realm) => {
  it('accepts REGISTER, INVITE, and BYE at the first try', async () => {
    const { caller, callee, kamailio } = await setUp(algorithm, kind, realm);
    const session = new DigestSession({ username: 'bob', password: 'zanzibar' });
    let cseq = 0;

    async function send(method: string, uri: string, more: readonly SipHeader[] = []): Promise<SipResponse[]> {
      const attempt = session.begin({ method, uri });
      const answers: SipResponse[] = [];
      let lines = attempt.headers;
      for (;;) {
        const credentials = lines.map((line) => makeHeader(line.name, line.value));
        caller.send(requestFrom(caller.port, method, uri, ++cseq, [...more, ...credentials]), kamailio.port);
        const response = await caller.response();
        answers.push(response);
        if (response.status < 300) return answers;
        const outcome = attempt.challenged({
          status: response.status,
          wwwAuthenticate: headerLines(response, 'www-authenticate'),
          proxyAuthenticate: headerLines(response, 'proxy-authenticate'),
        });
        if (outcome.kind === 'refused') throw new Error(outcome.message);
        lines = outcome.headers;
      }
    }

    const asked = kind === 'proxy' ? 407 : 401;
    const registered = await send('REGISTER', 'sip:example.com');
    expect(registered.map((response) => response.status)).toEqual([asked, 200]);

    const target = `sip:200@127.0.0.1:${kamailio.port}`;
    const invited = await send('INVITE', target);
    expect(invited.map((response) => response.status)).toEqual([200]);
    const answer = invited[0];
    if (answer === undefined) throw new Error('no answer');

    const to = makeHeader('To', header(answer, 'to') ?? '');
    const route = headerList(answer, 'record-route').map((hop) => makeHeader('Route', hop));
    const contact = (header(answer, 'contact') ?? '').slice(1, -1);
    const ended = await send('BYE', contact, [to, ...route]);
    expect(ended.map((response) => response.status)).toEqual([200]);

    const methods = callee.seen.flatMap((message) => (message.kind === 'request' ? [message.method] : []));
    expect(methods).toEqual(['REGISTER', 'INVITE', 'BYE']);
  });

  it('refuses a wrong password, and is not asked again', async () => {
    const { caller, kamailio } = await setUp(algorithm, kind, realm);
    const attempt = new DigestSession({ username: 'bob', password: 'wrong' }).begin({
      method: 'REGISTER',
      uri: 'sip:example.com',
    });
    caller.send(requestFrom(caller.port, 'REGISTER', 'sip:example.com', 1, []), kamailio.port);
    const first = await caller.response();
    const lists = (response: SipResponse) => ({
      status: response.status,
      wwwAuthenticate: headerLines(response, 'www-authenticate'),
      proxyAuthenticate: headerLines(response, 'proxy-authenticate'),
    });
    const outcome = attempt.challenged(lists(first));
    if (outcome.kind !== 'retry') throw new Error(outcome.message);
    expect(parseCredentials(outcome.headers[0]?.value ?? '')?.realm).toBe(realm);
    const credentials = outcome.headers.map((line) => makeHeader(line.name, line.value));
    caller.send(requestFrom(caller.port, 'REGISTER', 'sip:example.com', 2, credentials), kamailio.port);
    expect(attempt.challenged(lists(await caller.response()))).toMatchObject({ kind: 'refused', reason: 'rejected' });
  });
});
