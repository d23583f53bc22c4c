/** drachtio-srf's own objects, as far as they are used here (its types leave most of them out), and what calls see of them. */
import { createRequire } from 'node:module';
import type { Server, Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import Srf from 'drachtio-srf';
import type { Logger } from 'pino';
import {
  lenient,
  makeHeader,
  parseMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  unwrapBody,
} from '../message/index.ts';
import { redactSip } from './redact.ts';
import type { IncomingRequest, SentReply, Source, StackReply, StackResponse } from './stack.ts';

export interface SrfMessage {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body?: string;
  readonly raw?: string;
  get(name: string): string | undefined;
}
export interface SrfRequest extends SrfMessage {
  readonly method: string;
  readonly uri: string;
  readonly source: string;
  readonly stackTxnId: string;
  readonly source_address?: string;
  readonly source_port?: number;
  readonly protocol?: string;
  on(event: 'response', listener: (response: SrfResponse, ack: () => void) => void): void;
  on(event: 'update', listener: (request: SrfRequest, response: SrfResponse) => void): void;
  on(event: 'cancel', listener: (cancel?: SrfMessage) => void): void;
  removeAllListeners(event?: string): void;
}
export interface SrfResponse extends SrfMessage {
  readonly status: number;
  readonly reason?: string;
  readonly stackDialogId?: string;
  readonly source_address?: string;
  readonly source_port?: number;
  readonly protocol?: string;
  readonly finalResponseSent: boolean;
  send(
    status: number,
    reason: string | undefined,
    options: { headers: Record<string, string>; body?: string },
    callback?: (error: unknown, sent?: SrfMessage) => void,
  ): void;
}
export interface SrfLike {
  connect(options: {
    host: string;
    port: number;
    secret: string;
    tls?: ConnectionOptions;
    reconnect: { maxAttempts: number };
  }): void;
  listen(options: { server: Server; secret: string }): void;
  disconnect(): void;
  use(middleware: (request: SrfRequest, response: SrfResponse, next: () => void) => void): void;
  /** Asks the server for requests with this method outside of dialogs. */
  use(method: string, middleware: () => void): void;
  on(event: 'connect', listener: (error: Error | null, hostport?: string, version?: string) => void): void;
  on(event: 'error' | 'close' | 'reconnecting', listener: (detail?: unknown) => void): void;
  request(
    uri: string,
    options: Record<string, unknown>,
    callback: (error: (Error & { code?: string }) | null, request?: SrfRequest) => void,
  ): void;
  readonly app?: {
    readonly client?: {
      readonly wp?: {
        closing?: boolean;
        send(socket: Socket, message: string): void;
        on(event: 'connect', listener: (socket: Socket) => void): void;
      };
    };
  };
}

/** Final responses that srf does not know and therefore would not send (RFC 5079, RFC 8197, RFC 8688). */
const MORE_STATUSES: Readonly<Record<number, string>> = {
  433: 'Anonymity Disallowed',
  607: 'Unwanted',
  608: 'Rejected',
};

/** A new srf, not connected. */
export function makeSrf(): SrfLike {
  const known = createRequire(import.meta.resolve('drachtio-srf'))('sip-status') as Record<number, string>;
  for (const [status, phrase] of Object.entries(MORE_STATUSES)) known[Number(status)] ??= phrase;
  return new Srf() as unknown as SrfLike;
}

export class SrfStackResponse implements StackResponse {
  readonly message: SipResponse;
  readonly dialogId: string | undefined;
  readonly source: Source;
  readonly ack: () => void;

  /** @param wrap makes a name of the server's one that is unlike those of other servers */
  constructor(response: SrfResponse, ack: () => void, wrap: (id: string) => string) {
    this.message = responseOf(response);
    this.dialogId = wrapped(response.stackDialogId, wrap);
    this.source = sourceOf(response);
    this.ack = ack;
  }
}

export class SrfIncomingRequest implements IncomingRequest {
  readonly message: SipRequest;
  readonly fromServer: boolean;
  readonly source: Source;
  readonly #request: SrfRequest;
  readonly #response: SrfResponse;
  readonly #logger: Logger;
  readonly #wrap: (id: string) => string;

  constructor(request: SrfRequest, response: SrfResponse, logger: Logger, wrap: (id: string) => string) {
    this.message = requestOf(request);
    this.fromServer = request.source === 'application';
    this.source = sourceOf(request);
    this.#request = request;
    this.#response = response;
    this.#logger = logger;
    this.#wrap = wrap;
  }

  respond(status: number, reply: StackReply = {}, done: (sent: SentReply | undefined) => void = () => undefined): void {
    const { method } = this.#request;
    if (method === 'ACK' || this.fromServer || this.#response.finalResponseSent) {
      queueMicrotask(() => done(undefined));
      return;
    }
    const failed = (reason: unknown): void => {
      this.#logger.debug({ status, reason: String(reason) }, `the ${method} was not answered`);
      done(undefined);
    };
    try {
      this.#response.send(
        status,
        reply.reason,
        { headers: { ...reply.headers }, ...(reply.body === undefined ? {} : { body: reply.body }) },
        (error, sent) => {
          if (error || sent === undefined) failed(error);
          else {
            trace(this.#logger, 'sent', sent.raw);
            done({
              message: responseOf(sent as SrfResponse),
              dialogId: wrapped(this.#response.stackDialogId, this.#wrap),
            });
          }
        },
      );
    } catch (error) {
      queueMicrotask(() => failed(error));
    }
  }

  onCancel(run: (cancel: SipRequest | undefined) => void): void {
    this.#request.on('cancel', (cancel) => {
      const message = cancel === undefined ? undefined : parsed(cancel);
      run(message?.kind === 'request' ? message : undefined);
    });
  }

  onUpdate(run: (update: IncomingRequest) => void): void {
    this.#request.on('update', (request, response) => {
      trace(this.#logger, 'received', request.raw);
      run(new SrfIncomingRequest(request, response, this.#logger, this.#wrap));
    });
  }
}

function wrapped(id: string | undefined, wrap: (id: string) => string): string | undefined {
  return id ? wrap(id) : undefined;
}

/** One SIP message of a call, redacted, at debug level. */
export function trace(logger: Logger, direction: 'sent' | 'received', raw: string | undefined): void {
  if (raw === undefined || !logger.isLevelEnabled('debug')) return;
  const [first = '', second = ''] = raw.slice(0, 200).split(/\s/, 2);
  logger.debug({ sip: redactSip(raw) }, `${direction} ${first.startsWith('SIP/') ? second : first}`);
}

function sourceOf(from: SrfRequest | SrfResponse): Source {
  const { source_address: address = '', source_port: port = 0, protocol = 'udp' } = from;
  return { address, port, protocol };
}

/** The message as our own parser reads it; what the server sent is well formed, or else taken as srf understood it. */
function parsed(from: SrfMessage): SipMessage | undefined {
  const raw = from.raw ?? '';
  return lenient(() => unwrapBody(parseMessage(Buffer.from(raw.includes('\uFFFD') ? withoutLength(raw) : raw))));
}

/**
 * srf reads its connection as text: bytes that are no UTF-8, such as those of an ISUP part (RFC 3204), have become longer, and
 * Content-Length would cut off what follows them. The message ends where its frame does.
 */
function withoutLength(raw: string): string {
  const end = raw.search(/\r?\n\r?\n/);
  return end < 0
    ? raw
    : `${raw.slice(0, end).replace(/\r?\n(?:content-length|l)[ \t]*:[^\r\n]*/gi, '')}${raw.slice(end)}`;
}

export function requestOf(from: SrfRequest): SipRequest {
  const message = parsed(from);
  return message?.kind === 'request'
    ? message
    : { kind: 'request', method: from.method, uri: from.uri, ...parts(from) };
}

function responseOf(from: SrfResponse): SipResponse {
  const message = parsed(from);
  return message?.kind === 'response'
    ? message
    : { kind: 'response', status: from.status, phrase: from.reason ?? '', ...parts(from) };
}

function parts(from: SrfMessage): Pick<SipMessage, 'headers' | 'body'> {
  return {
    headers: Object.entries(from.headers).map(([name, value]) => makeHeader(name, String(value))),
    body: Buffer.from(from.body ?? ''),
  };
}
