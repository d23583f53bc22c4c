/** Requests of ours outside of calls (REGISTER, OPTIONS, SUBSCRIBE, MESSAGE): sent, authorised, awaited. */
import type { Logger } from 'pino';
import type { DigestRefusalReason, DigestSession, DigestTry } from '../digest/index.ts';
import type { SipFailure } from '../leg.ts';
import { header, isUnsent, type SipRequest } from '../message/index.ts';
import { authorizationHeaders, challengeOf, isChallenge } from './authorization.ts';
import type { Clock } from './clock.ts';
import { stackFailure } from './dialog-client.ts';
import { failureOf } from './failure.ts';
import type { SipStack, StackResponse } from './stack.ts';

export interface OutsideRequest {
  readonly method: string;
  readonly uri: string;
  /** Where it is sent when that is not what `uri` or its Route says. */
  readonly proxy?: string;
  /** With Call-ID, From and To; without CSeq. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export type OutsideOutcome =
  /** A final answer of the far side; of a challenge that is not answered: `credentials` says why. */
  | {
      readonly kind: 'answered';
      readonly response: StackResponse;
      /** The request as it was sent last. */
      readonly sent: SipRequest | undefined;
      readonly credentials?: { readonly reason: DigestRefusalReason; readonly message: string };
    }
  /** Nobody answered. `offline`: our own SIP server is not connected. `isUnsent`: it certainly reached nobody. */
  | {
      readonly kind: 'unanswered';
      readonly failure: SipFailure;
      readonly offline?: true;
      readonly isUnsent?: true;
    };

export interface OutsideClientParts {
  readonly stack: SipStack;
  /** Without it a challenge is an answer like any other. */
  readonly digest: DigestSession | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * The next number; counts on over requests with the same Call-ID (RFC 3261 §10.2).
   * @param isAuthorized whether the request carries credentials
   */
  readonly nextCSeq: (isAuthorized: boolean) => number;
  /**
   * A nonce may be known to the node that made it alone: where a request with credentials is sent.
   * @param hop where the request was sent that was challenged
   */
  readonly pin: (source: StackResponse['source'], hop: string) => string | undefined;
}

export class OutsideClient {
  readonly #parts: OutsideClientParts;

  constructor(parts: OutsideClientParts) {
    this.#parts = parts;
  }

  /**
   * Sends a request.
   * @param done called once
   * @param timeoutMs nobody answers after this time; without it, when the SIP server gives up (RFC 3261 §17.1.2: 32 s)
   * @returns stops waiting; `done` is not called any more
   */
  send(request: OutsideRequest, done: (outcome: OutsideOutcome) => void, timeoutMs?: number): () => void {
    const { clock, digest } = this.#parts;
    let over = false;
    const finish = (outcome: OutsideOutcome): void => {
      if (over) return;
      over = true;
      stopTimer();
      done(outcome);
    };
    const stopTimer =
      timeoutMs === undefined
        ? () => undefined
        : clock.after(timeoutMs, () =>
            finish({
              kind: 'unanswered',
              failure: { status: 408, phrase: 'No answer in time', sawProvisional: false, origin: 'timeout' },
            }),
          );
    const { method, uri, body } = request;
    const attempt = digest?.begin({ method, uri, ...(body === undefined ? {} : { body }) });
    this.#send(request, attempt, authorizationHeaders(attempt?.headers ?? []), finish);
    return () => {
      over = true;
      stopTimer();
    };
  }

  #send(
    request: OutsideRequest,
    attempt: DigestTry | undefined,
    authorization: Readonly<Record<string, string>>,
    finish: (outcome: OutsideOutcome) => void,
  ): void {
    const { stack, logger, nextCSeq, pin, digest } = this.#parts;
    const { method, headers } = request;
    let sent: SipRequest | undefined;
    const wasConnected = stack.connected;
    const cseq = nextCSeq(Object.keys(authorization).length > 0);
    stack.send(
      { ...request, headers: { ...headers, CSeq: `${cseq} ${method}`, ...authorization } },
      {
        sent: (message) => {
          sent = message;
        },
        response: (response) => {
          const { message, source } = response;
          if (message.status < 200) return;
          const failure = failureOf(message, false, source.address);
          if (failure.origin !== 'remote') {
            finish({ kind: 'unanswered', failure, ...(isUnsent(message) ? { isUnsent: true } : {}) });
            return;
          }
          if (message.status < 300) digest?.succeeded(header(message, 'authentication-info'));
          if (!isChallenge(message.status) || attempt === undefined) {
            finish({ kind: 'answered', response, sent });
            return;
          }
          const answer = attempt.challenged(challengeOf(message));
          if (answer.kind === 'refused') {
            finish({ kind: 'answered', response, sent, credentials: answer });
            return;
          }
          const proxy = pin(source, request.proxy ?? request.uri);
          const again = proxy === undefined ? request : { ...request, proxy };
          this.#send(again, attempt, authorizationHeaders(answer.headers), finish);
        },
        error: (error) =>
          finish({
            kind: 'unanswered',
            failure: stackFailure(error),
            ...(error.kind === 'disconnected' ? { offline: true } : {}),
            // A server that is lost may have sent what it was given, whether it came to say so or not.
            ...(error.kind === 'refused' || !wasConnected ? { isUnsent: true } : {}),
          }),
      },
      logger,
    );
  }
}
