/** drachtio-srf as a `SipStack`. It runs the same against drachtio and the embedded server. */
import type { Logger } from 'pino';
import { header, lenient, parseNameAddr, tagOf } from '../message/index.ts';
import type { Clock } from './clock.ts';
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
  SipStack,
  StackError,
  StackRequest,
  StackTransaction,
  TransactionListener,
} from './stack.ts';

/** Where the SIP server's control port is. */
export interface DrachtioAddress {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/** RFC 3261 §17: every transaction is over after 64·T1 = 32 s; the server says so, unless something is wrong with it. */
const SILENCE_MS = 40_000;
/** How the embedded server's version ends. */
const EMBEDDED = '-trunkline';
const MAX_RECONNECT_DELAY_MS = 5_000;

interface Attached {
  readonly handle: (request: IncomingRequest) => void;
  readonly logger: Logger;
}

export interface DrachtioOptions {
  readonly address: DrachtioAddress;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface DrachtioHealth {
  readonly connected: boolean;
  /** The server's version, as it said when it was last connected. */
  readonly serverVersion: string | undefined;
  /** `udp/192.0.2.1:5060,…`: where the server listens for SIP. */
  readonly endpoints: string | undefined;
  /** Connections lost since the start. */
  readonly lost: number;
}

export class DrachtioStack implements SipStack {
  readonly #srf: SrfLike;
  readonly #options: DrachtioOptions;
  readonly #attached = new Map<string, Attached>();
  readonly #outside = new Map<string, (request: IncomingRequest) => void>();
  readonly #pending = new Set<(error: StackError) => void>();
  readonly #upListeners = new Set<() => void>();
  readonly #downListeners = new Set<() => void>();
  #connected = false;
  #closed = false;
  #lost = 0;
  #serverVersion: string | undefined;
  #endpoints: string | undefined;

  /** Begins to connect; `whenUp` says when it is done. Lost connections are made again, with back-off up to 5 s. */
  constructor(options: DrachtioOptions) {
    this.#options = options;
    this.#srf = makeSrf();
    this.#srf.use((request, response) => this.#incoming(request, response));
    this.#srf.on('connect', (error, endpoints, version) => this.#onConnect(error, endpoints, version));
    this.#srf.on('error', (error) => this.#onGone(error));
    this.#srf.on('close', () => this.#onGone(undefined));
    this.#srf.connect({
      ...options.address,
      enablePing: true,
      reconnect: { retryMaxDelay: MAX_RECONNECT_DELAY_MS },
    });
  }

  get connected(): boolean {
    return this.#connected;
  }

  get updateKeepsTimer(): boolean {
    return this.#serverVersion?.endsWith(EMBEDDED) ?? false;
  }

  health(): DrachtioHealth {
    return {
      connected: this.#connected,
      serverVersion: this.#serverVersion,
      endpoints: this.#endpoints,
      lost: this.#lost,
    };
  }

  onUp(listener: () => void): void {
    this.#upListeners.add(listener);
  }

  onDown(listener: () => void): void {
    this.#downListeners.add(listener);
  }

  /** Settles with true when connected, with false when that has not come about after `timeoutMs`. */
  whenUp(timeoutMs: number): Promise<boolean> {
    if (this.#connected) return Promise.resolve(true);
    return new Promise((resolve) => {
      const up = (): void => {
        this.#upListeners.delete(up);
        stop();
        resolve(true);
      };
      const stop = this.#options.clock.after(timeoutMs, () => {
        this.#upListeners.delete(up);
        resolve(false);
      });
      this.#upListeners.add(up);
    });
  }

  send(request: StackRequest, listener: TransactionListener, logger: Logger): StackTransaction {
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
    let stopGuard = this.#options.clock.after(SILENCE_MS, () =>
      fail({ kind: 'silent', message: 'the SIP server gave no response' }),
    );
    this.#pending.add(fail);
    const later = (error: StackError): void => queueMicrotask(() => fail(error));

    const onResponse = (response: SrfResponse, ack: () => void): void => {
      if (done) return;
      trace(logger, 'received', response.raw);
      // A first response shows that the server is there. An INVITE may ring for minutes; its caller has a timer for that.
      stopGuard();
      if (response.status >= 200) finish();
      else if (request.method !== 'INVITE')
        stopGuard = this.#options.clock.after(SILENCE_MS, () =>
          fail({ kind: 'silent', message: 'the SIP server gave no final response' }),
        );
      listener.response(new SrfStackResponse(response, () => this.#guarded(logger, ack)));
    };

    if (!this.#connected) {
      later({ kind: 'disconnected', message: 'the SIP server is not connected' });
    } else {
      try {
        this.#srf.request(
          // Inside a dialog srf lets the server choose the target; this is its way to say so.
          request.uri ?? 'sip:placeholder',
          {
            method: request.method,
            headers: { ...request.headers },
            ...(request.body === undefined ? {} : { body: request.body }),
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
        return sent?.stackTxnId;
      },
      cancel: (headers) => {
        if (sent !== undefined) this.#cancel(sent.uri, sent.stackTxnId, headers, logger);
      },
      abandon: finish,
    };
  }

  attach(callId: string, handle: (request: IncomingRequest) => void, logger: Logger): () => void {
    const attached: Attached = { handle, logger };
    this.#attached.set(callId, attached);
    return () => {
      if (this.#attached.get(callId) === attached) this.#attached.delete(callId);
    };
  }

  onRequest(method: OutsideMethod, handle: (request: IncomingRequest) => void): void {
    const known = this.#outside.has(method);
    this.#outside.set(method, handle);
    // What comes is served by the middleware that was there first: this only asks the server for it.
    if (!known) this.#srf.use(method.toLowerCase(), () => undefined);
  }

  /** Cancels a transaction that was begun before the connection was lost. */
  cancelLeftBehind(uri: string, transactionId: string, logger: Logger): void {
    this.#cancel(uri, transactionId, {}, logger);
  }

  close(): void {
    this.#closed = true;
    this.#connected = false;
    this.#failPending('the SIP connection was closed');
    const wire = this.#srf.app?.client?.wp;
    try {
      this.#srf.disconnect();
    } catch {
      // srf has no socket to end while it waits to connect again: end that wait.
      if (wire !== undefined) {
        wire.closing = true;
        clearTimeout(wire.reconnectVars?.retryTimer ?? undefined);
        wire.socket?.destroy();
      }
    }
  }

  #cancel(uri: string, transactionId: string, headers: Readonly<Record<string, string>>, logger: Logger): void {
    if (!this.#connected) return;
    try {
      // No response is ever passed up for a CANCEL: the INVITE's final response tells what came of it.
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

  #incoming(request: SrfRequest, response: SrfResponse): void {
    const attached = this.#attached.get(request.get('call-id') ?? '');
    const logger = attached?.logger ?? this.#options.logger;
    trace(logger, 'received', request.raw);
    const incoming = new SrfIncomingRequest(request, response, logger);
    if (incoming.fromServer || hasToTag(incoming)) {
      if (attached !== undefined) this.#guarded(logger, () => attached.handle(incoming));
      // RFC 3261 §12.2.2: no such dialog here.
      else incoming.respond(481);
      return;
    }
    const take = this.#outside.get(request.method);
    // RFC 3261 §8.2.2.2: the same call has come another way, or one of ours has come back to us.
    if (attached !== undefined && request.method === 'INVITE') incoming.respond(482);
    else if (take !== undefined) this.#guarded(logger, () => take(incoming));
    else incoming.respond(405);
  }

  #onConnect(error: Error | null, endpoints: string | undefined, version: string | undefined): void {
    const { logger, address } = this.#options;
    if (this.#closed) return;
    if (error) {
      logger.error(
        { host: address.host, port: address.port },
        'the SIP server refused the connection: check its secret',
      );
      return;
    }
    this.#connected = true;
    this.#endpoints = endpoints;
    this.#serverVersion = version;
    logger.info({ endpoints, version }, 'connected to the SIP server');
    for (const listener of [...this.#upListeners]) listener();
  }

  #onGone(error: unknown): void {
    const { logger, address } = this.#options;
    if (this.#closed) return;
    if (!this.#connected) {
      logger.debug({ err: error, host: address.host, port: address.port }, 'the SIP server cannot be reached');
      return;
    }
    this.#connected = false;
    this.#lost++;
    logger.error({ err: error }, 'the connection to the SIP server is lost: its calls end, and it is being made again');
    for (const listener of [...this.#downListeners]) listener();
    this.#failPending('the connection to the SIP server was lost');
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

function hasToTag({ message }: IncomingRequest): boolean {
  const to = lenient(() => parseNameAddr(header(message, 'to') ?? ''));
  return to !== undefined && tagOf(to) !== undefined;
}
