/** A provider made by hand on a UDP port: what it answers is written in the test, and what it was sent can be looked at. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  type HeaderKey,
  header,
  lenient,
  makeHeader,
  makeResponse,
  parseMessage,
  type SipMessage,
  type SipRequest,
  serialize,
} from '../../../sip/message/index.ts';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

export class Provider {
  readonly host: '127.0.0.1' | '::1';
  readonly #socket: Socket;
  readonly requests: SipRequest[] = [];
  readonly responses: SipMessage[] = [];
  /** Decides what a request is answered; undefined: not at all. Contact of a REGISTER is granted by default. */
  answer: (request: SipRequest, count: number) => Answer | undefined = () => ({ status: 200 });
  readonly #checks = new Set<() => void>();
  readonly #answered = new Map<string, Answer | undefined>();
  #source = { address: '', port: 0 };
  #closed = false;

  private constructor(socket: Socket, host: Provider['host']) {
    this.host = host;
    this.#socket = socket;
    socket.on('message', (bytes, from) => this.#receive(bytes, from));
  }

  static async open(host: Provider['host'] = '127.0.0.1'): Promise<Provider> {
    const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new Provider(socket, host);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** The requests with this method, retransmissions left out. */
  of(method: string): SipRequest[] {
    return this.requests.filter((request) => request.method === method);
  }

  /** Settles with the `count`th request with this method. */
  async request(method: string, count = 1): Promise<SipRequest> {
    await this.#until(() => this.of(method).length >= count);
    const found = this.of(method)[count - 1];
    if (found === undefined) throw new Error(`there is no ${method}`);
    return found;
  }

  /** Sends a request to whoever has sent the last one, and settles with its final answer. */
  async send(
    method: string,
    uri: string,
    headers: Readonly<Record<string, string>>,
    body = '',
    port = this.#source.port,
  ): Promise<SipMessage> {
    this.#source = { address: this.host, port };
    const callId = headers['Call-ID'] ?? `p${Math.random().toString(36).slice(2)}`;
    const lines = {
      Via: `SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${Math.random().toString(36).slice(2)}`,
      'Max-Forwards': '70',
      From: `<sip:pbx@127.0.0.1>;tag=p1`,
      To: `<${uri}>`,
      CSeq: `1 ${method}`,
      Contact: `<sip:pbx@127.0.0.1:${this.port}>`,
      ...headers,
      'Call-ID': callId,
    };
    const request: SipRequest = {
      kind: 'request',
      method,
      uri,
      headers: Object.entries(lines).map(([name, value]) => makeHeader(name, value)),
      body: Buffer.from(body),
    };
    this.#send(request);
    const answers = (): SipMessage | undefined =>
      this.responses.find((one) => one.kind === 'response' && one.status >= 200 && header(one, 'call-id') === callId);
    await this.#until(() => answers() !== undefined);
    return answers() as SipMessage;
  }

  /** Sends the ACK for a 2xx. */
  acknowledge(ok: SipMessage, uri: string, port: number): void {
    const cseq = Number.parseInt(header(ok, 'cseq') ?? '', 10);
    const given = (['from', 'to', 'call-id'] as const).map((key) =>
      makeHeader(key, header(ok, key as HeaderKey) ?? ''),
    );
    const via = `SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK${Math.random().toString(36).slice(2)};rport`;
    const headers = [
      makeHeader('Via', via),
      makeHeader('Max-Forwards', '70'),
      ...given,
      makeHeader('CSeq', `${cseq} ACK`),
    ];
    this.#source = { address: this.host, port };
    this.#send({ kind: 'request', method: 'ACK', uri, headers, body: Buffer.alloc(0) });
  }

  close(): void {
    if (!this.#closed) this.#socket.close();
    this.#closed = true;
  }

  #receive(bytes: Buffer, from: { readonly address: string; readonly port: number }): void {
    const message = lenient(() => parseMessage(bytes));
    if (message === undefined) return;
    this.#source = from;
    if (message.kind === 'response') this.responses.push(message);
    else this.#requested(message);
    for (const check of [...this.#checks]) check();
  }

  #requested(request: SipRequest): void {
    if (request.method === 'ACK') return;
    const key = `${header(request, 'call-id')} ${header(request, 'cseq')} ${header(request, 'via')}`;
    const isAgain = this.#answered.has(key);
    if (!isAgain) {
      this.requests.push(request);
      this.#answered.set(key, this.answer(request, this.of(request.method).length));
    }
    const answer = this.#answered.get(key);
    if (answer === undefined) return;
    const given = Object.entries(answer.headers ?? {}).flatMap(([name, value]) =>
      [value].flat().map((one) => makeHeader(name, one)),
    );
    const contact = header(request, 'contact');
    const granted =
      request.method === 'REGISTER' && answer.status === 200 && contact !== undefined && given.length === 0;
    const headers = granted ? [makeHeader('Contact', `${contact};expires=600`)] : given;
    this.#send(
      makeResponse(request, answer.status, { toTag: 'provider', headers, body: Buffer.from(answer.body ?? '') }),
    );
  }

  #send(message: SipMessage): void {
    this.#socket.send(serialize(message), this.#source.port, this.#source.address);
  }

  #until(wanted: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!wanted()) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }
}
