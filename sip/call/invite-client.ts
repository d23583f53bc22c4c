/** The INVITE of a call, over all its attempts: sends it, answers challenges, turns what comes back into the leg's inputs. */
import type { Logger } from 'pino';
import type { DigestSession, DigestTry } from '../digest/index.ts';
import type { SipFailure } from '../leg.ts';
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
  splitList,
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
  /**
   * Pins a retry with credentials to the node that challenged: where to send it, or undefined to let it be resolved again.
   * `hop`: where the one that was challenged went.
   */
  readonly pin: (source: StackResponse['source'], hop: string) => string | undefined;
  /** Names the retry with credentials anew, for trunks that take it for a repetition otherwise. */
  readonly newCallId?: () => string;
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
  /** A 1xx other than 100 has come. */
  #sawProvisional = false;

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

  /**
   * Gives up the place that says nothing, for the next one that the trunk has.
   * @returns whether there was one
   */
  tryBackup(): boolean {
    const retry = this.#backup();
    if (retry === undefined) return false;
    this.#parts.logger.info({ to: retry.proxy }, 'nobody answers at this place of the trunk: the next one is tried');
    this.#transaction?.cancel({});
    this.#parts.dispatch({ type: 'rejected', failure: NO_REPLY, retry });
    return true;
  }

  #backup(): Extract<Retry, { kind: 'backup' }> | undefined {
    const [proxy] = this.#plan.backups ?? [];
    // Where somebody's telephone has rung, no other place may ring it again.
    return proxy === undefined || this.#sawProvisional ? undefined : { kind: 'backup', proxy };
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
        response: (response) => (number === this.#number ? this.#response(response) : this.#late(response)),
        error: (error) => current(() => dispatch({ type: 'unanswerable', failure: stackFailure(error) })),
      },
      logger,
    );
  }

  /** An answer to an INVITE that was given up for another: nobody may be left talking to nobody. */
  #late(response: StackResponse): void {
    const { status } = response.message;
    if (status < 200) return;
    response.ack();
    if (status >= 300) return;
    this.#parts.logger.info('a place of the trunk that was given up has answered: it is hung up');
    this.#dialogClient({ dialogId: response.dialogId, response })
      .request({ method: 'BYE', headers: { Reason: 'Q.850;cause=26;text="Non-selected user clearing"' } })
      .catch(() => undefined);
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
      if (message.status > 100) this.#sawProvisional = true;
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
    const failure = failureOf(message, false, response.source.address);
    const isDown = failure.origin !== 'remote' || failure.status === 503;
    const retry = this.#planRetry(response) ?? (isDown ? this.#backup() : undefined);
    dispatch({
      type: 'rejected',
      failure,
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
    const proxy = this.#parts.pin(response.source, hopOf(this.#plan));
    return {
      kind: 'challenge',
      headers: authorizationHeaders(answer.headers),
      ...(proxy === undefined ? {} : { proxy }),
      ...(this.#parts.newCallId === undefined ? {} : { callId: this.#parts.newCallId() }),
    };
  }
}

const NO_REPLY: SipFailure = { status: 408, phrase: 'No reply', sawProvisional: false, origin: 'timeout' };

/** Where an INVITE goes: what its Route says first, when nothing else is said. */
function hopOf({ uri, proxy, headers }: InvitePlan): string {
  const route =
    headers.Route === undefined ? undefined : lenient(() => parseNameAddr(splitList(headers.Route ?? '')[0] ?? ''));
  return proxy ?? route?.uri ?? uri;
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
