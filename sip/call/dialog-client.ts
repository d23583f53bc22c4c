/** Requests of ours inside one dialog: sent, authorised, awaited. */
import type { Logger } from 'pino';
import type { DigestSession, DigestTry } from '../digest/index.ts';
import { type SipFailure, SipRequestError } from '../leg.ts';
import { header, rseq, type SipResponse } from '../message/index.ts';
import { authorizationHeaders, challengeOf, isChallenge } from './authorization.ts';
import { failureOf, sanitise } from './failure.ts';
import type { SipStack, StackError, StackResponse } from './stack.ts';

export interface DialogRequest {
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface DialogClientParts {
  readonly stack: SipStack;
  readonly dialogId: string | undefined;
  readonly digest: DigestSession | undefined;
  readonly userAgent: string;
  readonly logger: Logger;
}

export class DialogClient {
  readonly #parts: DialogClientParts;

  constructor(parts: DialogClientParts) {
    this.#parts = parts;
  }

  /**
   * Sends a request and answers challenges to it, three requests at most (RFC 3261 §22). An INVITE's final response is
   * acknowledged.
   * @returns the 2xx
   * @throws SipRequestError with the final response, or with what came in place of one
   */
  request(request: DialogRequest): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      this.#send(request, undefined, {}, (outcome) => {
        if ('failure' in outcome) reject(new SipRequestError(outcome.failure));
        else resolve(outcome.success);
      });
    });
  }

  /** Acknowledges a reliable 1xx (RFC 3262 §4). Nothing waits for its answer. */
  prack(provisional: StackResponse, cseq: string): void {
    const number = rseq(provisional.message);
    if (number === undefined) return;
    this.request({ method: 'PRACK', headers: { RAck: `${number} ${cseq}` } }).catch((error: unknown) => {
      const status = error instanceof SipRequestError ? error.failure.status : undefined;
      this.#parts.logger.debug({ status }, 'the PRACK was not accepted');
    });
  }

  #send(
    request: DialogRequest,
    attempt: DigestTry | undefined,
    extra: { readonly uri?: string; readonly authorization?: Readonly<Record<string, string>> },
    settle: (outcome: { success: SipResponse } | { failure: SipFailure }) => void,
  ): void {
    const { stack, dialogId, digest, userAgent, logger } = this.#parts;
    let sentUri = extra.uri;
    let cseq = '';
    stack.send(
      {
        method: request.method,
        ...(extra.uri === undefined ? {} : { uri: extra.uri }),
        ...(dialogId === undefined ? {} : { dialogId }),
        headers: { 'User-Agent': userAgent, ...request.headers, ...extra.authorization },
        ...(request.body === undefined ? {} : { body: request.body }),
      },
      {
        sent: (sent) => {
          sentUri = sent.uri;
          cseq = header(sent, 'cseq') ?? '';
        },
        response: (response) => {
          const { message } = response;
          if (message.status < 200) {
            if (request.method === 'INVITE') this.#reliable(response, cseq);
            return;
          }
          if (request.method === 'INVITE') response.ack();
          if (message.status < 300) {
            digest?.succeeded(header(message, 'authentication-info'));
            settle({ success: message });
            return;
          }
          if (isChallenge(message.status) && digest !== undefined && sentUri !== undefined) {
            const current = attempt ?? digest.begin({ method: request.method, uri: sentUri, body: request.body ?? '' });
            const answer = current.challenged(challengeOf(message));
            if (answer.kind === 'retry') {
              this.#send(
                request,
                current,
                { uri: sentUri, authorization: authorizationHeaders(answer.headers) },
                settle,
              );
              return;
            }
            logger.warn({ method: request.method, reason: answer.reason }, `credentials: ${answer.message}`);
          }
          settle({ failure: failureOf(message, false, response.source.address) });
        },
        error: (error) => settle({ failure: stackFailure(error) }),
      },
      logger,
    );
  }

  #reliable(response: StackResponse, cseq: string): void {
    if (rseq(response.message) !== undefined) this.prack(response, cseq);
  }
}

/** What a request that got no response failed with. A dialog that the server does not know is the peer's 481 to us. */
export function stackFailure(error: StackError): SipFailure {
  const base = { phrase: sanitise(error.message), sawProvisional: false } as const;
  switch (error.kind) {
    case 'disconnected':
      return { ...base, status: 503, origin: 'transport' };
    case 'silent':
      return { ...base, status: 408, origin: 'timeout' };
    case 'no-dialog':
      return { ...base, status: 481, origin: 'local' };
    case 'refused':
      return { ...base, status: 503, origin: 'local' };
    default:
      return error.kind satisfies never;
  }
}
