/** A SIP endpoint by hand: sends what it is told, byte for byte, and hands out what comes, in order. */
import { createSocket, type Socket } from 'node:dgram';
import {
  header,
  lenient,
  makeHeader,
  makeResponse,
  parseMessage,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  serialize,
} from '../../../sip/message/index.ts';
import { SDP } from './harness.ts';

const PATIENCE_MS = 5_000;

export class RawPeer {
  readonly port: number;
  readonly #socket: Socket;
  /** The port of the server; may be set later. */
  server: number;
  readonly #inbox: SipMessage[] = [];
  readonly #waiting: { matches: (message: SipMessage) => boolean; take: (message: SipMessage) => void }[] = [];
  /** All that came, including what was taken. */
  readonly seen: SipMessage[] = [];

  private constructor(socket: Socket, server: number) {
    this.#socket = socket;
    this.server = server;
    this.port = socket.address().port;
    socket.on('message', (bytes) => {
      // A refusal echoes what was wrong with the request.
      const message = lenient(() => parseMessage(bytes));
      if (message === undefined) return;
      this.seen.push(message);
      const index = this.#waiting.findIndex((one) => one.matches(message));
      if (index < 0) this.#inbox.push(message);
      else this.#waiting.splice(index, 1)[0]?.take(message);
    });
  }

  /** @param address host:port of the server; `server` can be set when it is known */
  static async open(address = ':0'): Promise<RawPeer> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new RawPeer(socket, Number(address.split(':').at(-1)));
  }

  /** As if nothing had come. */
  forget(): void {
    this.seen.length = 0;
    this.#inbox.length = 0;
  }

  get uri(): string {
    return `sip:peer@127.0.0.1:${this.port}`;
  }

  close(): void {
    this.#socket.close();
  }

  send(message: SipMessage | Buffer | string, port = this.server): void {
    const bytes =
      typeof message === 'string' ? Buffer.from(message) : Buffer.isBuffer(message) ? message : serialize(message);
    this.#socket.send(bytes, port, '127.0.0.1');
  }

  /** The first message that matches, of those that came or the next ones. */
  async next(what: string, matches: (message: SipMessage) => boolean): Promise<SipMessage> {
    const index = this.#inbox.findIndex(matches);
    if (index >= 0) return this.#inbox.splice(index, 1)[0] as SipMessage;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${what} did not come; there came: ${this.seen.map(summary).join(', ')}`)),
        PATIENCE_MS,
      );
      this.#waiting.push({
        matches,
        take: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
      });
    });
  }

  async request(method: string): Promise<SipRequest> {
    return (await this.next(method, (one) => one.kind === 'request' && one.method === method)) as SipRequest;
  }

  /** @param status one status, or the lowest of a class: 200 takes 2xx only when `method` of its CSeq fits */
  async response(status: number, method?: string): Promise<SipResponse> {
    return (await this.next(
      `${status} ${method ?? ''}`,
      (one) =>
        one.kind === 'response' &&
        one.status === status &&
        (method === undefined || (header(one, 'cseq') ?? '').endsWith(method)),
    )) as SipResponse;
  }

  /** Answers a request; a 2xx to INVITE carries Contact and SDP. */
  answer(
    request: SipRequest,
    status: number,
    options: { tag?: string; headers?: SipHeader[]; sdp?: boolean } = {},
  ): SipResponse {
    const described = options.sdp === true;
    const response = makeResponse(request, status, {
      toTag: options.tag ?? 'peer-tag',
      headers: [
        makeHeader('Contact', `<${this.uri}>`),
        ...(described ? [makeHeader('Content-Type', 'application/sdp')] : []),
        ...(options.headers ?? []),
      ],
      body: described ? Buffer.from(SDP) : Buffer.alloc(0),
    });
    this.send(response);
    return response;
  }

  /** A request as text, with what is not given filled in. */
  write(method: string, lines: Readonly<Record<string, string>> = {}, body = ''): string {
    const { uri = `sip:service@127.0.0.1:${this.server}`, ...given } = lines;
    const headers: Record<string, string> = {
      Via: `SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${Math.random().toString(36).slice(2)}`,
      'Max-Forwards': '70',
      From: '<sip:peer@example.com>;tag=peer-tag',
      To: `<sip:service@127.0.0.1:${this.server}>`,
      'Call-ID': `call-${this.port}`,
      CSeq: `1 ${method}`,
      Contact: `<${this.uri}>`,
      ...(body === '' ? {} : { 'Content-Type': 'application/sdp' }),
      'Content-Length': String(Buffer.byteLength(body)),
      ...given,
    };
    const head = Object.entries(headers)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    return `${method} ${uri} SIP/2.0\r\n${head}\r\n${body}`;
  }
}

function summary(message: SipMessage): string {
  return message.kind === 'request' ? message.method : `${message.status} ${header(message, 'cseq')}`;
}
