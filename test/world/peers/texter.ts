/**
 * The far side of a trunk that carries texts (RFC 3428) over UDP, with telephones behind it: it repeats what is not answered and
 * knows what it had already (RFC 3261 §17), as a provider's server does.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Waiting } from '../wait.ts';

/** A text that reached it; repeats of one are one. */
export interface PeerText {
  /** User part of From. */
  readonly from: string;
  /** User part of the Request-URI: the telephone. */
  readonly to: string;
  readonly contentType: string;
  readonly body: string;
  /** The body as it came. */
  readonly bytes: Buffer;
  readonly callId: string;
  /** What it was answered with. */
  readonly status: number;
}

export interface TextToSend {
  /** The telephone's number. */
  readonly from: string;
  readonly to: string;
  readonly body: string | Buffer;
  /** Default: text/plain in UTF-8. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Call-ID and From-tag: the same for a text that is sent again because nobody answered. */
  readonly id?: string;
}

/** RFC 3261 §17.1.2.2, ms: the first pause, the longest, and when nobody will answer any more. */
const T1 = 500;
const T2 = 4_000;
const TIMER_F = 64 * T1;

/** What it answers to a text; undefined: nothing. */
export type TextAnswer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined;

export class TextPeer {
  readonly host = '127.0.0.1';
  readonly texts: PeerText[] = [];
  /** How texts are answered. */
  answer: (text: Omit<PeerText, 'status'>) => TextAnswer = () => ({ status: 200 });
  readonly #socket: Socket;
  readonly #target: () => { readonly host: string; readonly port: number };
  readonly #waiting = new Waiting();
  readonly #answers = new Map<string, string>();
  readonly #statuses = new Map<string, number>();
  #count = 0;

  private constructor(socket: Socket, target: () => { readonly host: string; readonly port: number }) {
    this.#socket = socket;
    this.#target = target;
    socket.on('message', (datagram) => this.#receive(datagram));
    socket.on('error', () => undefined);
  }

  /** @param target where the gateway is, from here */
  static async start(target: () => { readonly host: string; readonly port: number }): Promise<TextPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new TextPeer(socket, target);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  stop(): void {
    this.#socket.close();
  }

  /** Settles with the first text that `matches`, past or future. */
  receives(matches: (text: PeerText) => boolean, timeoutMs = 30_000): Promise<PeerText> {
    const seen = () =>
      this.texts.map(({ from, to, body, status }) => `${from} → ${to} (${status}): ${body}`).join('\n');
    const error = () => new Error(`the text did not come within ${timeoutMs} ms; there were:\n${seen()}`);
    return this.#waiting.until(() => this.texts.find(matches), { timeoutMs, error });
  }

  /** Settles when so many texts have come to a telephone. */
  receivesMany(to: string, count: number, timeoutMs = 60_000): Promise<readonly PeerText[]> {
    const of = () => this.texts.filter((text) => text.to === to);
    const error = () => new Error(`${of().length} of ${count} texts came to ${to} within ${timeoutMs} ms`);
    return this.#waiting.until(() => (of().length >= count ? of() : undefined), { timeoutMs, error });
  }

  /** Sends a text until it is answered. @returns the final status; 408 when nobody answers */
  async send(text: TextToSend): Promise<number> {
    const { from, to, body, contentType = 'text/plain;charset=UTF-8', headers = {} } = text;
    this.#count += 1;
    const branch = `${this.port}-${this.#count}-${Math.random().toString(36).slice(2)}`;
    const id = text.id ?? branch;
    const { host, port } = this.#target();
    const bytes = Buffer.from(body);
    const lines = [
      `MESSAGE sip:${to}@${host}:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${branch};rport`,
      'Max-Forwards: 70',
      `From: <sip:${from}@127.0.0.1:${this.port}>;tag=${id}`,
      `To: <sip:${to}@${host}:${port}>`,
      `Call-ID: ${id}`,
      'CSeq: 1 MESSAGE',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      ...(bytes.length === 0 ? [] : [`Content-Type: ${contentType}`]),
      `Content-Length: ${bytes.length}`,
    ];
    const datagram = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]);
    const repeat = this.#repeat(() => this.#socket.send(datagram, port, host));
    try {
      return await this.#waiting.until(() => this.#statuses.get(id), {
        timeoutMs: TIMER_F,
        error: () => new Error('nobody answered'),
      });
    } catch {
      return 408;
    } finally {
      repeat.stop();
    }
  }

  /** Timer E: again after T1, twice as long each time up to T2. */
  #repeat(send: () => void): { stop(): void } {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = (pause: number) => {
      send();
      timer = setTimeout(() => run(Math.min(pause * 2, T2)), pause);
    };
    run(T1);
    return { stop: () => clearTimeout(timer) };
  }

  #receive(datagram: Buffer): void {
    const end = datagram.indexOf('\r\n\r\n');
    const [startLine = '', ...lines] = datagram.toString('utf8', 0, end).split('\r\n');
    const head = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const callId = head.get('call-id') ?? '';
    if (startLine.startsWith('SIP/2.0 ')) {
      const status = Number(startLine.split(' ')[1]);
      if (status < 200) return;
      this.#statuses.set(callId, status);
      this.#waiting.announce();
      return;
    }
    const method = startLine.split(' ')[0] ?? '';
    const transaction = `${/branch=([^;\s]+)/u.exec(head.get('via') ?? '')?.[1]} ${method}`;
    let reply = this.#answers.get(transaction);
    if (reply === undefined) {
      const { port } = this.#target();
      const answer = this.#decide(method, startLine, head, datagram.subarray(end + 4));
      if (answer === undefined) return;
      reply = [
        `SIP/2.0 ${answer.status} Answer`,
        ...lines.filter((line) => /^via:/iu.test(line)),
        `From: ${head.get('from')}`,
        `To: ${head.get('to')};tag=peer${port}`,
        `Call-ID: ${callId}`,
        `CSeq: ${head.get('cseq')}`,
        ...Object.entries(answer.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n');
      this.#answers.set(transaction, reply);
    }
    const { host, port } = this.#target();
    this.#socket.send(reply, port, host);
    this.#waiting.announce();
  }

  #decide(method: string, startLine: string, head: ReadonlyMap<string, string>, bytes: Buffer): TextAnswer {
    if (method !== 'MESSAGE') return { status: method === 'OPTIONS' ? 200 : 405 };
    const text = {
      from: userOf(head.get('from') ?? ''),
      to: userOf(startLine),
      contentType: head.get('content-type') ?? '',
      body: bytes.toString('utf8'),
      bytes,
      callId: head.get('call-id') ?? '',
    };
    const answer = this.answer(text);
    if (answer !== undefined) this.texts.push({ ...text, status: answer.status });
    return answer;
  }
}

function userOf(header: string): string {
  return decodeURIComponent(/sips?:([^@;>\s]+)@/u.exec(header)?.[1] ?? '');
}
