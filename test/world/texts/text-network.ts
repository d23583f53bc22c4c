/**
 * Telephones behind a trunk that carries texts: a UDP endpoint that takes and sends MESSAGE (RFC 3428), knows repeats, and can be
 * made to lose its answers. It reads only what it must of a message, so that it costs little beside what is measured.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { performance } from 'node:perf_hooks';

export interface TakenText {
  /** By which a repeat is known: Call-ID and From-tag. */
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** performance.now() at which the datagram was read. */
  readonly at: number;
}

export interface TextToSend {
  readonly from: string;
  readonly to: string;
  readonly body: string;
}

export interface SentText {
  /** performance.now() at which the first copy was handed to the socket. */
  readonly sentAt: number;
  /** From the first copy to the final answer. */
  readonly tookMs: number;
  readonly copies: number;
}

export interface TextNetworkOptions {
  /** What a MESSAGE is answered with: a status, or nothing at all. Default: 200. */
  readonly answer?: (text: TakenText, copy: number) => number | undefined;
  /** When a MESSAGE of ours is repeated while there is no answer, and then again and again after the last of these. */
  readonly repeatMs?: readonly number[];
}

const REPEAT_MS = [500, 1_000, 2_000, 4_000];

interface Waiting {
  readonly answered: (status: number) => void;
}

export class TextNetwork {
  /** Told of each text once, when its first copy comes; and of copies by `copies`. */
  onText: (text: TakenText) => void = () => {};
  /** Copies beyond the first of texts that came. */
  copies = 0;
  #answer: NonNullable<TextNetworkOptions['answer']>;
  readonly #repeatMs: readonly number[];
  readonly #socket: Socket;
  readonly #seen = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting>();
  #isClosed = false;

  private constructor(options: TextNetworkOptions, socket: Socket) {
    this.#answer = options.answer ?? (() => 200);
    this.#repeatMs = options.repeatMs ?? REPEAT_MS;
    this.#socket = socket;
    socket.on('message', (bytes, from) => {
      const at = performance.now();
      this.#read(bytes.toString('utf8'), from, at);
    });
  }

  static async start(options: TextNetworkOptions = {}): Promise<TextNetwork> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    socket.setRecvBufferSize(4 * 1024 * 1024);
    return new TextNetwork(options, socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  answerWith(answer: NonNullable<TextNetworkOptions['answer']>): void {
    this.#answer = answer;
  }

  stop(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  /**
   * Sends a text until it is answered for good: a server error or no answer is followed by the very same request, as from a
   * network that has stored it too. Rejects with what it was refused with.
   * @param andAgain another copy follows the answer, from a network that has not heard it
   */
  async send(text: TextToSend, toPort: number, { andAgain = false } = {}): Promise<SentText> {
    const callId = `${randomBytes(8).toString('hex')}@network`;
    const request = (branch: string) => messageRequest(text, { callId, branch, port: this.port });
    const sentAt = performance.now();
    let copies = 0;
    for (;;) {
      if (this.#isClosed) throw new Error('the network was shut down');
      const waitMs = this.#repeatMs[Math.min(copies, this.#repeatMs.length - 1)] ?? 500;
      copies += 1;
      const status = await this.#exchange(callId, request(randomBytes(6).toString('hex')), toPort, waitMs);
      if (status !== undefined && status >= 200 && status < 300) {
        if (andAgain) this.#socket.send(request(randomBytes(6).toString('hex')), toPort, '127.0.0.1');
        return { sentAt, tookMs: performance.now() - sentAt, copies };
      }
      if (status !== undefined && status < 500) throw new Error(`a text was refused with ${status}`);
    }
  }

  /** Undefined without an answer. A refusal lets some time go by too. */
  #exchange(callId: string, request: string, port: number, waitMs: number): Promise<number | undefined> {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    let status: number | undefined;
    const timer = setTimeout(() => resolve(status), waitMs);
    this.#waiting.set(callId, {
      answered: (said) => {
        status = said;
        if (said >= 500) return;
        clearTimeout(timer);
        resolve(said);
      },
    });
    this.#socket.send(request, port, '127.0.0.1');
    return promise.finally(() => this.#waiting.delete(callId));
  }

  #read(message: string, from: RemoteInfo, at: number): void {
    if (message.startsWith('SIP/2.0')) {
      const status = Number(message.slice(8, 11));
      if (status >= 200) this.#waiting.get(headerOf(message, 'Call-ID'))?.answered(status);
      return;
    }
    const respond = (status: number) => {
      if (!this.#isClosed) this.#socket.send(responseTo(message, status), from.port, from.address);
    };
    if (!message.startsWith('MESSAGE ')) {
      if (!message.startsWith('ACK ')) respond(200);
      return;
    }
    const fromHeader = headerOf(message, 'From');
    const key = `${headerOf(message, 'Call-ID')} ${fromHeader.match(/;tag=([^;\s]+)/)?.[1] ?? ''}`;
    const text: TakenText = {
      key,
      from: fromHeader.match(/sips?:([^@;>\s]+)/)?.[1] ?? '',
      to: message.match(/^MESSAGE sips?:([^@;\s]+)/)?.[1] ?? '',
      body: message.slice(message.indexOf('\r\n\r\n') + 4),
      at,
    };
    const before = this.#seen.get(key) ?? 0;
    const status = this.#answer(text, before);
    // A text that is refused has not been taken: a later copy is its first.
    const isTaken = status === undefined || status < 300;
    if (isTaken) {
      this.#seen.set(key, before + 1);
      if (before === 0) this.onText(text);
      else this.copies += 1;
    }
    if (status !== undefined) respond(status);
  }
}

function messageRequest(
  { from, to, body }: TextToSend,
  { callId, branch, port }: { readonly callId: string; readonly branch: string; readonly port: number },
): string {
  return [
    `MESSAGE sip:${to}@127.0.0.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${branch};rport`,
    'Max-Forwards: 70',
    `From: <sip:${from}@127.0.0.1:${port}>;tag=${callId.slice(0, 8)}`,
    `To: <sip:${to}@127.0.0.1>`,
    `Call-ID: ${callId}`,
    'CSeq: 1 MESSAGE',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

function responseTo(request: string, status: number): string {
  const head = request.slice(0, request.indexOf('\r\n\r\n'));
  const vias = head.match(/^Via:.*$/gim) ?? [];
  const to = headerOf(head, 'To');
  return [
    `SIP/2.0 ${status} ${status < 300 ? 'OK' : 'No'}`,
    ...vias.map((via) => via.trimEnd()),
    `From: ${headerOf(head, 'From')}`,
    `To: ${to.includes(';tag=') ? to : `${to};tag=network`}`,
    `Call-ID: ${headerOf(head, 'Call-ID')}`,
    `CSeq: ${headerOf(head, 'CSeq')}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

function headerOf(message: string, name: string): string {
  return message.match(new RegExp(`^${name}: *(.*?)\\r?$`, 'im'))?.[1] ?? '';
}
