/** One control connection to one SIP server, from its making to its end. */
import { createServer, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { textBody } from '../message/index.ts';
import type { Clock } from './clock.ts';
import { connectFault, type DrachtioServerSettings, type LinkFault, tlsOptions } from './drachtio-settings.ts';
import {
  makeSrf,
  requestOf,
  SrfIncomingRequest,
  type SrfLike,
  type SrfRequest,
  type SrfResponse,
  SrfStackResponse,
  trace,
} from './srf.ts';
import type {
  IncomingRequest,
  OutsideMethod,
  StackError,
  StackRequest,
  StackTransaction,
  TransactionListener,
} from './stack.ts';

/** RFC 3261 §17: every transaction is over after 64·T1 = 32 s; the server says so, unless something is wrong with it. */
const SILENCE_MS = 40_000;
/** How long a connection may take until the server has taken our secret. */
const CONNECT_MS = 10_000;
const PING_MS = 15_000;
/** So many unanswered pings show that the server hangs. */
const MOST_PINGS = 3;
/**
 * drachtio-server keeps what it has not read through in 12 228 bytes and never gets to the end of a longer message: the
 * connection would be dead from then on. The frame's own head takes some.
 */
const MOST_BYTES = 12_000;
/** How the embedded server's version ends. */
const EMBEDDED = '-trunkline';

export interface LinkParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Makes the server's names of dialogs and transactions unlike those of other servers. */
  readonly wrap: (id: string) => string;
  readonly onUp: (link: DrachtioLink) => void;
  /** Called once, whether it was up or not, unless we closed it. */
  readonly onGone: (link: DrachtioLink, fault: LinkFault) => void;
  /** The logger of the call with this Call-ID. */
  readonly loggerOf: (callId: string) => Logger;
  readonly onRequest: (link: DrachtioLink, request: IncomingRequest, callId: string) => void;
}

export class DrachtioLink {
  readonly #parts: LinkParts;
  readonly #srf: SrfLike;
  readonly #pending = new Set<(error: StackError) => void>();
  #state: 'opening' | 'up' | 'gone' = 'opening';
  #socket: Socket | undefined;
  #stopTimer: () => void = () => undefined;
  #unanswered = 0;
  #version: string | undefined;
  #endpoints: string | undefined;

  private constructor(parts: LinkParts, methods: Iterable<OutsideMethod>) {
    this.#parts = parts;
    this.#srf = makeSrf();
    this.#srf.use((request, response) => this.#incoming(request, response));
    for (const method of methods) this.ask(method);
    this.#srf.on('connect', (error, endpoints, version) => {
      if (error) this.#end({ kind: 'secret' });
      else this.#up(endpoints, version);
    });
    this.#srf.on('close', () =>
      this.#end(
        this.up
          ? { kind: 'lost', error: undefined }
          : { kind: 'unreachable', error: new Error('it closes the connection: does the port want TLS?') },
      ),
    );
    this.#stopTimer = parts.clock.after(CONNECT_MS, () =>
      this.#end({ kind: 'unreachable', error: new Error('no answer in time') }),
    );
  }

  /**
   * Begins to connect to a server.
   * @param methods of the requests outside of calls that we want
   */
  static connect(settings: DrachtioServerSettings, parts: LinkParts, methods: Iterable<OutsideMethod>): DrachtioLink {
    const link = new DrachtioLink(parts, methods);
    const { host, port, secret, tls } = settings;
    link.#srf.on('error', (error) => link.#end(connectFault(error, tls !== undefined)));
    link.#srf.connect({
      host,
      port,
      secret,
      // srf makes a connection that was lost anew without TLS, and says the secret there: we connect ourselves.
      reconnect: { maxAttempts: 1 },
      ...(tls === undefined ? {} : { tls: tlsOptions(host, tls) }),
    });
    link.#srf.app?.client?.wp?.on('connect', (socket) => link.#guard(socket));
    return link;
  }

  /** Takes a connection that a server made to us. */
  static accept(socket: Socket, secret: string, parts: LinkParts): DrachtioLink {
    const link = new DrachtioLink(parts, []);
    // It never listens: srf only takes the one connection that it is handed.
    const server = createServer();
    link.#srf.on('error', (error) => link.#end({ kind: 'lost', error }));
    link.#srf.listen({ server, secret });
    server.emit('connection', socket);
    link.#guard(socket);
    return link;
  }

  get up(): boolean {
    return this.#state === 'up';
  }

  /** The server's version, as it said. */
  get version(): string | undefined {
    return this.#version;
  }

  /** `udp/192.0.2.1:5060,…`: where the server listens for SIP. */
  get endpoints(): string | undefined {
    return this.#endpoints;
  }

  get embedded(): boolean {
    return this.#version?.endsWith(EMBEDDED) ?? false;
  }

  /** Transactions whose end has not been heard. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Asks the server for requests with this method outside of calls. What comes is served by the one middleware. */
  ask(method: OutsideMethod): void {
    this.#srf.use(method.toLowerCase(), () => undefined);
  }

  send(request: StackRequest, listener: TransactionListener, logger: Logger): StackTransaction {
    const { clock, wrap } = this.#parts;
    let sent: SrfRequest | undefined;
    let done = false;
    const finish = (): void => {
      done = true;
      stopGuard();
      this.#pending.delete(fail);
    };
    const fail = (error: StackError): void => {
      if (done) return;
      finish();
      this.#guarded(logger, () => listener.error(error));
    };
    let stopGuard = clock.after(SILENCE_MS, () => fail({ kind: 'silent', message: 'the SIP server gave no response' }));
    this.#pending.add(fail);
    const later = (error: StackError): void => queueMicrotask(() => fail(error));

    const onResponse = (response: SrfResponse, ack: () => void): void => {
      if (done) return;
      trace(logger, 'received', response.raw);
      // A first response shows that the server is there. An INVITE may ring for minutes; its caller has a timer for that.
      stopGuard();
      if (response.status >= 200) finish();
      else if (request.method !== 'INVITE')
        stopGuard = clock.after(SILENCE_MS, () =>
          fail({ kind: 'silent', message: 'the SIP server gave no final response' }),
        );
      // RFC 3261 §17.1.1.3: the server acknowledges a failure itself. One of ours to a re-INVITE would be an ACK too many.
      const acknowledge = response.status < 300 ? (): void => this.#guarded(logger, ack) : (): void => undefined;
      listener.response(new SrfStackResponse(response, acknowledge, wrap));
    };

    const carried = request.body === undefined ? undefined : textBody(request.body, this.embedded);
    if (!this.up) {
      later({ kind: 'disconnected', message: 'the SIP server is not connected' });
    } else if (!this.embedded && bytesOf(request) > MOST_BYTES) {
      later({ kind: 'refused', message: 'the message is longer than a drachtio server can take (12 000 bytes)' });
    } else if (request.body !== undefined && carried === undefined) {
      later({ kind: 'refused', message: 'a drachtio server can carry no body that is not text' });
    } else {
      try {
        this.#srf.request(
          // Inside a dialog srf lets the server choose the target; this is its way to say so.
          request.uri ?? 'sip:placeholder',
          {
            method: request.method,
            headers: { ...request.headers, ...carried?.headers },
            ...(carried === undefined ? {} : { body: carried.body }),
            ...(request.proxy === undefined ? {} : { proxy: request.proxy }),
            ...(request.dialogId === undefined ? {} : { stackDialogId: request.dialogId }),
          },
          (error, made) => {
            // Listeners must be there before this callback returns: a fast response is lost otherwise.
            if (error || made === undefined) {
              fail({
                kind: error?.code === 'ENODIALOG' ? 'no-dialog' : 'refused',
                message: error?.message ?? 'the SIP server did not send the request',
              });
              return;
            }
            sent = made;
            made.on('response', (response, ack) => this.#guarded(logger, () => onResponse(response, ack)));
            // An UPDATE that comes while any request of the call is open is handed to that request alone.
            made.on('update', (update, response) => this.#incoming(update, response));
            if (done) return;
            trace(logger, 'sent', made.raw);
            this.#guarded(logger, () => listener.sent?.(requestOf(made)));
          },
        );
      } catch (error) {
        // srf asserts on a socket that has just gone.
        later({ kind: 'disconnected', message: error instanceof Error ? error.message : 'the request was not sent' });
      }
    }

    return {
      get transactionId() {
        return sent === undefined ? undefined : wrap(sent.stackTxnId);
      },
      cancel: (headers) => {
        if (sent !== undefined) this.cancel(sent.uri, sent.stackTxnId, headers, logger);
      },
      abandon: finish,
    };
  }

  /** Cancels an INVITE. No response is ever passed up for a CANCEL: the INVITE's final response tells what came of it. */
  cancel(uri: string, transactionId: string, headers: Readonly<Record<string, string>>, logger: Logger): void {
    if (!this.up) return;
    try {
      this.#srf.request(
        uri,
        { method: 'CANCEL', stackTxnId: transactionId, headers: { ...headers } },
        (error, made) => {
          if (error) logger.debug({ reason: error.message }, 'the SIP server did not send the CANCEL');
          else trace(logger, 'sent', made?.raw);
        },
      );
    } catch (error) {
      logger.debug({ err: error }, 'the CANCEL was not sent');
    }
  }

  /** Ends the connection; `onGone` is not called. */
  close(): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#tearDown();
    this.#failPending('the SIP connection was closed');
  }

  #up(endpoints: string | undefined, version: string | undefined): void {
    if (this.#state !== 'opening') return;
    this.#state = 'up';
    this.#endpoints = endpoints;
    this.#version = version;
    this.#ping();
    this.#parts.onUp(this);
  }

  /** A server that hangs keeps its TCP connection: only an answer shows that it lives. */
  #ping(): void {
    this.#stopTimer();
    this.#stopTimer = this.#parts.clock.after(PING_MS, () => {
      if (this.#unanswered >= MOST_PINGS) {
        this.#end({ kind: 'silent' });
        return;
      }
      this.#unanswered++;
      if (this.#socket !== undefined) this.#srf.app?.client?.wp?.send(this.#socket, 'ping');
      this.#ping();
    });
  }

  /** What srf throws on bytes that it does not understand would end the process. */
  #guard(socket: Socket): void {
    this.#socket = socket;
    const readers = socket.listeners('data');
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => {
      this.#unanswered = 0;
      try {
        for (const read of readers) read(chunk);
      } catch (error) {
        this.#end({ kind: 'nonsense', error });
      }
    });
  }

  #incoming(request: SrfRequest, response: SrfResponse): void {
    const callId = request.get('call-id') ?? '';
    const logger = this.#parts.loggerOf(callId);
    trace(logger, 'received', request.raw);
    const incoming = new SrfIncomingRequest(request, response, logger, this.#parts.wrap);
    this.#guarded(logger, () => this.#parts.onRequest(this, incoming, callId));
  }

  #end(fault: LinkFault): void {
    if (this.#state === 'gone') return;
    this.#state = 'gone';
    this.#tearDown();
    this.#parts.onGone(this, fault);
    this.#failPending('the connection to the SIP server was lost');
  }

  #tearDown(): void {
    this.#stopTimer();
    const wire = this.#srf.app?.client?.wp;
    if (wire !== undefined) wire.closing = true;
    this.#socket?.destroy();
    if (this.#socket !== undefined) return;
    try {
      this.#srf.disconnect();
    } catch {
      // There is no socket yet, or none any more.
    }
  }

  #failPending(message: string): void {
    for (const fail of [...this.#pending]) fail({ kind: 'disconnected', message });
  }

  /** An exception in a handler would break srf's reading of the control connection, and with it every call. */
  #guarded(logger: Logger, run: () => void): void {
    try {
      run();
    } catch (error) {
      logger.error({ err: error }, 'a SIP message could not be handled');
    }
  }
}

function bytesOf(request: StackRequest): number {
  let bytes = Buffer.byteLength(request.body ?? '') + Buffer.byteLength(request.uri ?? '');
  for (const [name, value] of Object.entries(request.headers)) bytes += name.length + Buffer.byteLength(value) + 4;
  return bytes;
}
