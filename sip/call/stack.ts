/**
 * What a call needs of a SIP stack, and nothing else of drachtio-srf: requests with their responses, requests that come inside
 * and outside a dialog, and whether the server can be reached. `drachtio.ts` is the real one; tests pass one of their own.
 */
import type { Logger } from 'pino';
import type { SipRequest, SipResponse } from '../message/index.ts';

export interface StackRequest {
  readonly method: string;
  /** The Request-URI. Inside a dialog it may be left out: the server then takes the remote target. */
  readonly uri?: string;
  /** Where to send it when that is not what the URI says. */
  readonly proxy?: string;
  /** The server's name for the dialog that the request belongs to. */
  readonly dialogId?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A Buffer need not be text; a drachtio server can carry nothing else, and the request is refused then. */
  readonly body?: string | Buffer;
}

export interface StackResponse {
  readonly message: SipResponse;
  /** The server's name for the dialog that this response belongs to, when it makes one. */
  readonly dialogId: string | undefined;
  readonly source: Source;
  /** Acknowledges a final response to an INVITE; does nothing when the server is gone. */
  ack(): void;
}

/** Why no final response will come. */
export interface StackError {
  readonly kind: /** The connection to the SIP server is down. */
    | 'disconnected'
    /** The server would not send it; `message` says why. */
    | 'refused'
    /** The server does not know the dialog (any more). */
    | 'no-dialog'
    /** The server has fallen silent. */
    | 'silent';
  readonly message: string;
}

export interface TransactionListener {
  /** The request as the server sent it. */
  sent?(request: SipRequest): void;
  response(response: StackResponse): void;
  error(error: StackError): void;
}

export interface StackTransaction {
  /** Cancels an INVITE that has had a 1xx. */
  cancel(headers: Readonly<Record<string, string>>): void;
  /** The server's name for the transaction, once it is sent. */
  readonly transactionId: string | undefined;
  /** Hears nothing more of it. */
  abandon(): void;
}

export interface StackReply {
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Where a message came from. */
export interface Source {
  readonly address: string;
  readonly port: number;
  /** `udp`, `tcp`, `tls`. */
  readonly protocol: string;
}

/** A response of ours as the server sent it. */
export interface SentReply {
  readonly message: SipResponse;
  /** The server's name for the dialog that it makes or belongs to. */
  readonly dialogId: string | undefined;
}

/** A request of the far side, or (`fromServer`) one that the server itself sent in our name. */
export interface IncomingRequest {
  readonly message: SipRequest;
  readonly fromServer: boolean;
  readonly source: Source;
  /**
   * Answers it; an answer after the final one and one to an ACK do nothing.
   * @param done called once with the response as it was sent, or with undefined when the server did not send it
   */
  respond(status: number, reply?: StackReply, done?: (sent: SentReply | undefined) => void): void;
  /** `run` is called when the far side cancels it, with the CANCEL when the server passes it on. */
  onCancel(run: (cancel: SipRequest | undefined) => void): void;
  /** Of an INVITE without a final response: `run` is called with the UPDATEs of its dialog. */
  onUpdate(run: (update: IncomingRequest) => void): void;
}

/** Methods of requests that make sense outside of a call. */
export type OutsideMethod = 'INVITE' | 'NOTIFY' | 'MESSAGE' | 'OPTIONS' | 'REFER' | 'REGISTER';

export interface SipStack {
  readonly connected: boolean;
  /**
   * Whether an UPDATE of ours starts the server's session timer anew. drachtio heeds re-INVITEs alone, the embedded server both.
   */
  readonly updateKeepsTimer: boolean;
  /** Whether a 100 is passed on. drachtio keeps it to itself, so that a trunk that is slow to ring looks like one that is dead. */
  readonly tellsTrying: boolean;
  /** Sends a request. The listener is not called before this has returned. */
  send(request: StackRequest, listener: TransactionListener, logger: Logger): StackTransaction;
  /** Hears the requests that carry this Call-ID, until the result is called. */
  attach(callId: string, handle: (request: IncomingRequest) => void, logger: Logger): () => void;
  /**
   * Hears the requests with this method that belong to no call of ours and to no dialog (they have no To-tag). One taker a
   * method; without one the server answers them itself.
   */
  onRequest(method: OutsideMethod, handle: (request: IncomingRequest) => void): void;
}
