/** drachtio-srf's own objects, as far as they are used here (its types leave most of them out), and what calls see of them. */
import Srf from 'drachtio-srf';
import type { Logger } from 'pino';
import {
  lenient,
  makeHeader,
  parseMessage,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../message/index.ts';
import type { IncomingRequest, StackReply, StackResponse } from './stack.ts';

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
  on(event: 'response', listener: (response: SrfResponse, ack: () => void) => void): void;
  on(event: 'update', listener: (request: SrfRequest, response: SrfResponse) => void): void;
  on(event: 'cancel', listener: () => void): void;
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
    callback?: (error: unknown) => void,
  ): void;
}
export interface SrfLike {
  connect(options: {
    host: string;
    port: number;
    secret: string;
    enablePing: boolean;
    reconnect: { retryMaxDelay: number };
  }): void;
  disconnect(): void;
  use(middleware: (request: SrfRequest, response: SrfResponse, next: () => void) => void): void;
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
        reconnectVars?: { retryTimer?: NodeJS.Timeout | null };
        socket?: { destroy(): void };
      };
    };
  };
}

/** A new srf, not connected. */
export function makeSrf(): SrfLike {
  return new Srf() as unknown as SrfLike;
}

export class SrfStackResponse implements StackResponse {
  readonly message: SipResponse;
  readonly dialogId: string | undefined;
  readonly source: { address: string; port: number; protocol: string };
  readonly ack: () => void;

  constructor(response: SrfResponse, ack: () => void) {
    const { source_address: address = '', source_port: port = 0, protocol = 'udp' } = response;
    this.message = responseOf(response);
    this.dialogId = response.stackDialogId || undefined;
    this.source = { address, port, protocol };
    this.ack = ack;
  }
}

export class SrfIncomingRequest implements IncomingRequest {
  readonly message: SipRequest;
  readonly fromServer: boolean;
  readonly #request: SrfRequest;
  readonly #response: SrfResponse;
  readonly #logger: Logger;

  constructor(request: SrfRequest, response: SrfResponse, logger: Logger) {
    this.message = requestOf(request);
    this.fromServer = request.source === 'application';
    this.#request = request;
    this.#response = response;
    this.#logger = logger;
  }

  respond(status: number, reply: StackReply = {}): void {
    const { method } = this.#request;
    if (method === 'ACK' || this.fromServer || this.#response.finalResponseSent) return;
    try {
      this.#response.send(
        status,
        reply.reason,
        { headers: { ...reply.headers }, ...(reply.body === undefined ? {} : { body: reply.body }) },
        (error) => {
          if (error) this.#logger.debug({ status, reason: String(error) }, `the ${method} was not answered`);
        },
      );
    } catch (error) {
      this.#logger.debug({ err: error, status }, `the ${method} was not answered`);
    }
  }

  onCancel(run: () => void): void {
    this.#request.on('cancel', run);
  }
}

/** The message as our own parser reads it; what the server sent is well formed, or else taken as srf understood it. */
function parsed(from: SrfMessage): SipMessage | undefined {
  return lenient(() => parseMessage(Buffer.from(from.raw ?? '')));
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
