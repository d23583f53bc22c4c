/** A SIP stack and a clock under the test's control. */
import type { Logger } from 'pino';
import { pino } from 'pino';
import type { Clock } from '../../../sip/call/clock.ts';
import type {
  IncomingRequest,
  SipStack,
  StackReply,
  StackRequest,
  StackResponse,
  StackTransaction,
  TransactionListener,
} from '../../../sip/call/stack.ts';
import { makeHeader, type SipRequest } from '../../../sip/message/index.ts';

export const silent: Logger = pino({ level: 'silent' });

/** A clock that stands still until it is told. */
export class FakeClock implements Clock {
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on; timers fire in order. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
    await settled();
  }
}

/** Everything that waits for promises has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface SentByTest extends StackRequest {
  readonly listener: TransactionListener;
  cancelled: Readonly<Record<string, string>> | undefined;
  acks: number;
  respond(status: number, more?: ResponseParts): void;
}

export interface ResponseParts {
  readonly phrase?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tag?: string;
  readonly dialogId?: string;
  readonly source?: StackResponse['source'];
}

/** Keeps what is sent, and lets the test answer it. */
export class FakeStack implements SipStack {
  connected = true;
  updateKeepsTimer = true;
  tellsTrying = true;
  readonly sent: SentByTest[] = [];
  readonly #handlers = new Map<string, (request: IncomingRequest) => void>();

  send(request: StackRequest, listener: TransactionListener): StackTransaction {
    const sent: SentByTest = {
      ...request,
      listener,
      cancelled: undefined,
      acks: 0,
      respond(status, more = {}) {
        const { phrase = '', headers = {}, body = '', tag = 'far', dialogId = `dialog-${tag}`, source } = more;
        const lines = Object.entries({
          To: `<sip:far@192.0.2.1>;tag=${tag}`,
          ...(body === '' ? {} : { 'Content-Type': 'application/sdp' }),
          ...headers,
        });
        listener.response({
          message: {
            kind: 'response',
            status,
            phrase,
            headers: lines.map(([name, value]) => makeHeader(name, value)),
            body: Buffer.from(body),
          },
          dialogId,
          source: source ?? { address: '192.0.2.1', port: 5060, protocol: 'udp' },
          ack: () => {
            sent.acks++;
          },
        });
      },
    };
    this.sent.push(sent);
    const cseq = request.headers.CSeq ?? `1 ${request.method}`;
    queueMicrotask(() =>
      listener.sent?.({
        kind: 'request',
        method: request.method,
        uri: request.uri ?? 'sip:far@192.0.2.1',
        headers: [makeHeader('CSeq', cseq), makeHeader('Contact', '<sip:us@198.51.100.1>')],
        body: Buffer.alloc(0),
      }),
    );
    return {
      transactionId: `t${this.sent.length}`,
      cancel: (headers) => {
        sent.cancelled = headers;
      },
      abandon: () => undefined,
    };
  }

  onRequest(): void {}

  attach(callId: string, handle: (request: IncomingRequest) => void): () => void {
    this.#handlers.set(callId, handle);
    return () => this.#handlers.delete(callId);
  }

  get attached(): number {
    return this.#handlers.size;
  }

  /** A request of the far side in this call. */
  receive(callId: string, request: IncomingRequest): void {
    this.#handlers.get(callId)?.(request);
  }

  /** The last request with this method. */
  last(method: string): SentByTest {
    const found = this.sent.findLast((one) => one.method === method);
    if (found === undefined) throw new Error(`no ${method} was sent: ${this.sent.map((one) => one.method).join(', ')}`);
    return found;
  }
}

export interface TestRequest extends IncomingRequest {
  readonly replies: { readonly status: number; readonly reply: StackReply | undefined }[];
  cancel(): void;
}

/** A request of the far side. */
export function incoming(
  method: string,
  more: { cseq?: number; headers?: Record<string, string>; body?: string; tag?: string; fromServer?: boolean } = {},
): TestRequest {
  const { cseq = 1, headers = {}, body = '', tag = 'far', fromServer = false } = more;
  const replies: { status: number; reply: StackReply | undefined }[] = [];
  let onCancel: (cancel: SipRequest | undefined) => void = () => undefined;
  const lines = Object.entries({
    From: `<sip:far@192.0.2.1>;tag=${tag}`,
    CSeq: `${cseq} ${method}`,
    ...(body === '' ? {} : { 'Content-Type': 'application/sdp' }),
    ...headers,
  });
  const message: SipRequest = {
    kind: 'request',
    method,
    uri: 'sip:us@198.51.100.1',
    headers: lines.map(([name, value]) => makeHeader(name, value)),
    body: Buffer.from(body),
  };
  return {
    message,
    fromServer,
    source: { address: '192.0.2.1', port: 5060, protocol: 'udp' },
    replies,
    respond: (status, reply) => {
      if (method !== 'ACK') replies.push({ status, reply });
    },
    onUpdate: () => undefined,
    onCancel: (run) => {
      onCancel = run;
    },
    cancel: () => onCancel(undefined),
  };
}
