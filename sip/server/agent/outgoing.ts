import { header, type SipHeader, type SipRequest, type SipResponse, serialize } from '../../message/index.ts';
import type { ClientTransaction } from '../transaction/client.ts';
import type { Flow, Target } from '../transport/types.ts';
import { ownVia } from '../transport/via.ts';
import type { AgentContext } from './context.ts';
import { newBranch } from './tokens.ts';

/** Who sends a request and hears of its end. */
export interface OutgoingUser {
  /** The request is on its way; again for each attempt. */
  onSent?(request: SipRequest, flow: Flow): void;
  onResponse(response: SipResponse, flow: Flow): void;
  /**
   * No peer answered (408), none could be reached (503), or it was cancelled and nobody said so (487).
   * @param isUnsent whether it certainly reached nobody
   */
  onFailed(status: 408 | 487 | 503, why: string, isUnsent?: boolean): void;
  /** Whether another server may still be tried; not after a CANCEL. */
  mayRetry?(): boolean;
  /** The transaction is over: no more responses. */
  onTerminated?(): void;
}

/** One way to try: a flow that is open already, or a target. */
interface Attempt {
  readonly target: Target | undefined;
  readonly flow: Flow | undefined;
  /** Only because the request is large: UDP to the same server follows. */
  readonly instead?: true;
  /** Attempts of one server; after a timeout or a 503 the next server is tried (RFC 3263 §4.3). */
  readonly server: number;
}

/** A request that goes to the first of its servers that takes it. */
export class Outgoing {
  readonly #context: AgentContext;
  readonly #draft: SipRequest;
  readonly #user: OutgoingUser;
  readonly #targets: readonly Target[] | Promise<readonly Target[]>;
  readonly #preferred: Flow | undefined;
  #attempts: readonly Attempt[] = [];
  #abandoned = false;
  #next = 0;
  /** Of the present attempt: what earlier ones still hear is of no interest. */
  #branch = '';
  #transaction: ClientTransaction | undefined;
  #answered = false;
  /** An attempt was made after which a peer may have it. */
  #mayHaveArrived = false;

  /**
   * @param draft the request without our Via
   * @param targets the servers, best first; a rejection means that there are none
   * @param preferred a connection to use first, open now
   */
  constructor(
    context: AgentContext,
    draft: SipRequest,
    targets: readonly Target[] | Promise<readonly Target[]>,
    user: OutgoingUser,
    preferred?: Flow,
  ) {
    this.#context = context;
    this.#draft = draft;
    this.#user = user;
    this.#targets = targets;
    this.#preferred = preferred;
  }

  /** The transaction of the present attempt. */
  get transaction(): ClientTransaction | undefined {
    return this.#transaction;
  }

  /** Sends it, at once when the targets are known. */
  start(): void {
    if (!(this.#targets instanceof Promise)) {
      this.#begin(this.#targets);
      return;
    }
    this.#targets.then(
      (targets) => this.#begin(targets),
      (error: unknown) => {
        if (!this.#abandoned)
          this.#user.onFailed(503, error instanceof Error ? error.message : 'the name is not known', true);
      },
    );
  }

  /** Ends it silently. */
  abandon(): void {
    this.#abandoned = true;
    this.#transaction?.abandon();
  }

  #begin(targets: readonly Target[]): void {
    if (this.#abandoned) return;
    this.#attempts = planAttempts(this.#context, this.#draft, targets, this.#preferred);
    this.#try('the name leads to no server');
  }

  #try(lastFault: string): void {
    const attempt = this.#attempts[this.#next];
    this.#next += 1;
    if (attempt === undefined) {
      this.#user.onFailed(503, lastFault, !this.#mayHaveArrived);
      return;
    }
    const patienceMs = attempt.instead === true ? INSTEAD_CONNECT_MS : undefined;
    const flow = attempt.flow ?? (attempt.target && this.#context.transport.flowTo(attempt.target, patienceMs));
    if (flow === undefined) {
      this.#try(`requested protocol/transport not available`);
      return;
    }
    const branch = newBranch();
    const request = withVia(this.#draft, flow, branch);
    this.#branch = branch;
    const current = (): boolean => this.#branch === branch;
    this.#user.onSent?.(request, flow);
    this.#transaction = this.#context.transactions.send(request, branch, flow, {
      onResponse: (response, from) => {
        if (current()) this.#receive(response, from, attempt);
      },
      onTimeout: () => {
        if (!current()) return;
        this.#mayHaveArrived = true;
        this.#fail(408, 'no response in time', attempt, true);
      },
      onTransportError: (error) => {
        if (!current() || this.#answered) return;
        // What UDP says cannot have arrived (`Flow.send`); a connection may break behind what it carried.
        if (flow.opened === true) this.#mayHaveArrived = true;
        this.#fail(503, error.message, attempt, false);
      },
      onTerminated: () => {
        if (current()) this.#user.onTerminated?.();
      },
    });
  }

  #receive(response: SipResponse, flow: Flow, attempt: Attempt): void {
    if (response.status >= 200) this.#answered = true;
    if (response.status === 503 && this.#advance(attempt)) {
      this.#try(`${flow.remoteAddress} answered 503`);
      return;
    }
    this.#user.onResponse(response, flow);
  }

  #fail(status: 408 | 503, why: string, attempt: Attempt, serverDown: boolean): void {
    const callId = header(this.#draft, 'call-id');
    this.#context.logger.debug(
      { callId, method: this.#draft.method, to: attempt.target, why },
      'a server was not reached',
    );
    if (attempt.instead === true && attempt.target !== undefined) this.#context.withoutTcp.add(hostOf(attempt.target));
    const more = serverDown ? this.#advance(attempt) : this.#mayRetry();
    if (more) this.#try(why);
    else this.#user.onFailed(status, why, !this.#mayHaveArrived);
  }

  /** Skips what is left of a server. @returns whether another is there and may be tried */
  #advance(attempt: Attempt): boolean {
    const next = this.#attempts.findIndex((one, index) => index >= this.#next && one.server !== attempt.server);
    if (next < 0 || this.#user.mayRetry?.() === false) return false;
    this.#next = next;
    this.#answered = false;
    return true;
  }

  #mayRetry(): boolean {
    return this.#next < this.#attempts.length && this.#user.mayRetry?.() !== false;
  }
}

/** A copy with our Via on top. */
export function withVia(request: SipRequest, flow: Flow, branch: string): SipRequest {
  const { local } = flow;
  const via: SipHeader = {
    key: 'via',
    name: 'Via',
    value: ownVia(flow.transport, local.advertisedHost, local.advertisedPort, branch),
  };
  return { ...request, headers: [via, ...request.headers] };
}

function planAttempts(
  context: AgentContext,
  draft: SipRequest,
  targets: readonly Target[],
  preferred: Flow | undefined,
): Attempt[] {
  const attempts: Attempt[] = [];
  if (preferred !== undefined) attempts.push({ target: undefined, flow: preferred, server: 0 });
  targets.forEach((target, server) => {
    // RFC 3261 §18.1.1: a request that UDP might cut to pieces goes by TCP, and by UDP after all where TCP is refused.
    if (target.transport === 'udp' && target.pinned !== true && tooLargeForUdp(context, draft)) {
      const overTcp: Target = { ...target, transport: 'tcp' };
      if (context.transport.localFor(overTcp) !== undefined && !context.withoutTcp.has(hostOf(overTcp)))
        attempts.push({ target: overTcp, flow: undefined, server, instead: true });
    }
    attempts.push({ target, flow: undefined, server });
  });
  return attempts;
}

/** A caller does not wait longer for a connection that UDP can replace; firewalls drop what they do not want. */
const INSTEAD_CONNECT_MS = 1_000;

function hostOf(target: Target): string {
  return `${target.address}:${target.port}`;
}

/** What our Via adds at most. */
const VIA_BYTES = 120;

function tooLargeForUdp(context: AgentContext, draft: SipRequest): boolean {
  const limit = context.settings.udpMtu;
  if (limit === Number.POSITIVE_INFINITY) return false;
  let estimate = draft.body.length + draft.uri.length + VIA_BYTES;
  for (const one of draft.headers) estimate += one.name.length + one.value.length + 4;
  // Text beyond ASCII is longer in bytes: near the limit it is counted exactly.
  return estimate > limit || (estimate * 3 > limit && serialize(draft).length + VIA_BYTES > limit);
}
