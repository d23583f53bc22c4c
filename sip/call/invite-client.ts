/** The INVITE of a call, over all its attempts: sends it, answers challenges, turns what comes back into the leg's inputs. */
import type { Logger } from 'pino';
import type { DigestSession, DigestTry } from '../digest/index.ts';
import {
  hasHeader,
  header,
  headerHasToken,
  lenient,
  parseCSeq,
  parseNameAddr,
  rseq,
  type SipRequest,
  sessionDescription,
  tagOf,
} from '../message/index.ts';
import type { InvitePlan } from '../trunk/index.ts';
import { authorizationHeaders, challengeOf, isChallenge } from './authorization.ts';
import { DialogClient, stackFailure } from './dialog-client.ts';
import { failureOf, reasonHeader } from './failure.ts';
import { MOST_FORKS } from './leg-machine.ts';
import type { HangupCause, LegInput } from './leg-states.ts';
import { nextPlan } from './next-invite.ts';
import { NO_RETRIES, planRetry, type Retry, type RetryPolicy } from './retry.ts';
import type { SipStack, StackResponse, StackTransaction } from './stack.ts';

interface InviteClientParts {
  readonly stack: SipStack;
  readonly plan: InvitePlan;
  readonly digest: DigestSession | undefined;
  readonly policy: RetryPolicy;
  /** Pins a retry with credentials to the node that challenged: where to send it, or undefined to let it be resolved again. */
  readonly pin: (source: StackResponse['source']) => string | undefined;
  readonly userAgent: string;
  readonly logger: Logger;
  readonly dispatch: (input: LegInput) => void;
}

/** What a fork has said of itself, by its To-tag. */
export interface ForkFacts {
  readonly dialogId: string | undefined;
  readonly response: StackResponse;
}

export class InviteClient {
  readonly #parts: InviteClientParts;
  readonly #forks = new Map<string, ForkFacts>();
  #plan: InvitePlan;
  #history = NO_RETRIES;
  #attempt: DigestTry | undefined;
  #transaction: StackTransaction | undefined;
  #sent: SipRequest | undefined;
  #number = 0;

  constructor(parts: InviteClientParts) {
    this.#parts = parts;
    this.#plan = parts.plan;
  }

  /** The request as it went out last; undefined before the server has said so. */
  get sent(): SipRequest | undefined {
    return this.#sent;
  }

  get transactionId(): string | undefined {
    return this.#transaction?.transactionId;
  }

  fork(forkId: string): ForkFacts | undefined {
    return this.#forks.get(forkId);
  }

  start(): void {
    this.#send(this.#plan);
  }

  /** The next attempt: same Call-ID, From and To, next CSeq (RFC 3261 §8.1.3.5, §22.2). */
  retry(retry: Retry): void {
    this.#plan = nextPlan(this.#plan, retry);
    this.#send({ ...this.#plan, headers: { ...this.#plan.headers, ...nextCSeq(this.#sent) } });
  }

  cancel(cause: HangupCause | undefined): void {
    this.#transaction?.cancel(cause === undefined ? {} : { Reason: reasonHeader(cause) });
  }

  prack(forkId: string): void {
    const fork = this.#forks.get(forkId);
    if (fork !== undefined) this.#dialogClient(fork).prack(fork.response, cseqOf(this.#sent));
  }

  ack(forkId: string): void {
    this.#forks.get(forkId)?.response.ack();
  }

  dialogClient(forkId: string): DialogClient | undefined {
    const fork = this.#forks.get(forkId);
    return fork === undefined ? undefined : this.#dialogClient(fork);
  }

  #dialogClient(fork: ForkFacts): DialogClient {
    const { stack, digest, userAgent, logger } = this.#parts;
    return new DialogClient({ stack, dialogId: fork.dialogId, digest, userAgent, logger });
  }

  #send(plan: InvitePlan): void {
    const { stack, logger, dispatch } = this.#parts;
    const number = ++this.#number;
    // What an earlier attempt still has to say is no longer about this call.
    const current = (run: () => void): void => {
      if (number === this.#number) run();
    };
    this.#transaction = stack.send(
      {
        method: 'INVITE',
        uri: plan.uri,
        ...(plan.proxy === undefined ? {} : { proxy: plan.proxy }),
        headers: plan.headers,
        body: plan.body,
      },
      {
        sent: (request) =>
          current(() => {
            this.#sent = request;
            dispatch({ type: 'sent' });
          }),
        response: (response) => current(() => this.#response(response)),
        error: (error) => current(() => dispatch({ type: 'unanswerable', failure: stackFailure(error) })),
      },
      logger,
    );
  }

  #response(response: StackResponse): void {
    const { dispatch } = this.#parts;
    const { message } = response;
    const forkId = forkOf(message);
    const sdp = lenient(() => sessionDescription(message));
    const description = sdp === undefined ? {} : { sdp };
    if (message.status < 300) {
      if (forkId !== '' && (message.status >= 200 || this.#forks.has(forkId) || this.#forks.size < MOST_FORKS)) {
        this.#forks.set(forkId, { dialogId: response.dialogId, response });
      }
      if (message.status >= 200) {
        this.#parts.digest?.succeeded(header(message, 'authentication-info'));
        dispatch({ type: 'success', forkId, ...description });
        return;
      }
      // RFC 3262 §4: reliable is what requires 100rel and is numbered.
      const number = headerHasToken(message, 'require', '100rel') ? rseq(message) : undefined;
      dispatch({
        type: 'provisional',
        status: message.status,
        forkId,
        ...description,
        ...(number === undefined ? {} : { rseq: number }),
      });
      return;
    }
    response.ack();
    const retry = this.#planRetry(response);
    dispatch({
      type: 'rejected',
      failure: failureOf(message, false, response.source.address),
      ...(retry === undefined ? {} : { retry }),
    });
  }

  #planRetry(response: StackResponse): Retry | undefined {
    const { policy, logger } = this.#parts;
    const { message } = response;
    if (isChallenge(message.status)) return this.#answerChallenge(response);
    const planned = planRetry(message, { ...this.#history, tried: [...this.#history.tried, this.#plan.uri] }, policy);
    if (planned === undefined) return undefined;
    this.#history = planned.history;
    logger.debug({ status: message.status, retry: planned.retry.kind }, 'the INVITE is sent again');
    return planned.retry;
  }

  #answerChallenge(response: StackResponse): Retry | undefined {
    const { digest, logger } = this.#parts;
    const { message } = response;
    const uri = this.#sent?.uri;
    if (digest === undefined || uri === undefined) {
      if (digest === undefined) logger.warn('the trunk asks for credentials and none are configured');
      return undefined;
    }
    this.#attempt ??= digest.begin({ method: 'INVITE', uri, body: this.#plan.body });
    const answer = this.#attempt.challenged(challengeOf(message));
    if (answer.kind === 'refused') {
      logger.warn({ reason: answer.reason }, `credentials: ${answer.message}`);
      return undefined;
    }
    const proxy = this.#parts.pin(response.source);
    return {
      kind: 'challenge',
      headers: authorizationHeaders(answer.headers),
      ...(proxy === undefined ? {} : { proxy }),
    };
  }
}

/** The To-tag: it tells forks apart. */
function forkOf(message: { headers: SipRequest['headers'] } & Parameters<typeof header>[0]): string {
  const to = header(message, 'to');
  return (to === undefined ? undefined : lenient(() => tagOf(parseNameAddr(to)))) ?? '';
}

function cseqOf(sent: SipRequest | undefined): string {
  return (sent === undefined ? undefined : header(sent, 'cseq')) ?? '1 INVITE';
}

function nextCSeq(sent: SipRequest | undefined): Record<string, string> {
  const number =
    sent !== undefined && hasHeader(sent, 'cseq') ? lenient(() => parseCSeq(cseqOf(sent)).number) : undefined;
  return number === undefined ? {} : { CSeq: `${number + 1} INVITE` };
}
