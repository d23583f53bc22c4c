/**
 * Calls from one user of the gateway to another: to a number of our own. What goes out comes in again without any wire, as
 * a pair of legs of which each tells the other; SDP is handed over as it is.
 */
import type {
  InboundCall,
  InboundLeg,
  Party,
  Refusal,
  SipCallId,
  SipEnd,
  SipFailure,
  SipLeg,
  SipLegEvent,
  SipLegListener,
} from '../../sip/index.ts';
import { newCallRef } from './call-ref.ts';
import type { Clock } from './ports.ts';

/** The name of the trunk that such calls come by. */
export const insideTrunk = 'inside';

/** RFC 3261 §8.1.1.6. */
const mostForwards = 70;

export interface InsideRequest {
  readonly callRef: string;
  /** A number or extension of our own, or a Matrix user. */
  readonly called: string;
  readonly caller: Party;
  readonly sdp: string;
  readonly ringTimeoutMs: number;
  /** Max-Forwards that is left; default 70. */
  readonly maxForwards?: number;
}

export interface InsideCalls {
  /** Starts a call; returns at once. The first event never comes before this returned. */
  place(request: InsideRequest, listener: SipLegListener): SipLeg;
}

/** @param take whoever takes calls in */
export function createInsideCalls(take: (call: InboundCall) => void, clock: Clock): InsideCalls {
  return {
    place(request, listener) {
      const { caller, callee } = insidePair(request.callRef);
      caller.listener = listener;
      const maxForwards = (request.maxForwards ?? mostForwards) - 1;
      const ringing = clock.after(request.ringTimeoutMs, () => caller.giveUp(noAnswer));
      caller.onSettled = ringing;
      queueMicrotask(() => {
        if (caller.isSettled) return;
        // RFC 3261 §16.3: a call that goes round in circles ends here.
        if (maxForwards <= 0) return callee.reject({ status: 483, text: 'Too many hops' });
        try {
          take(inboundCall(request, callee, maxForwards));
        } catch (error) {
          callee.reject({ status: 503, text: error instanceof Error ? error.message : String(error) });
        }
      });
      return caller;
    },
  };
}

const noAnswer: SipFailure = { status: 408, phrase: 'No answer', sawProvisional: true, origin: 'timeout' };
const givenUp: SipFailure = { status: 487, phrase: 'Request Terminated', sawProvisional: true, origin: 'remote' };

function inboundCall({ called, caller, sdp }: InsideRequest, leg: InsideLeg, maxForwards: number): InboundCall {
  return {
    leg,
    callRef: newCallRef(),
    trunk: insideTrunk,
    called,
    caller,
    divertedBy: [],
    sdp,
    maxForwards,
    listen(listener) {
      leg.listener = listener;
    },
  };
}

/** Two legs of one call that never leaves the house. */
export function insidePair(callRef: string): { readonly caller: InsideLeg; readonly callee: InsideLeg } {
  const caller = new InsideLeg(`${callRef}-inside-a` as SipCallId);
  const callee = new InsideLeg(`${callRef}-inside-b` as SipCallId);
  caller.far = callee;
  callee.far = caller;
  return { caller, callee };
}

/** A pair that talks already, without anybody having called. */
export function connectedPair(callRef: string): { readonly caller: InsideLeg; readonly callee: InsideLeg } {
  const pair = insidePair(callRef);
  pair.caller.connect();
  pair.callee.connect();
  return pair;
}

const forkId = 'inside';

/** One end of such a call. */
export class InsideLeg implements InboundLeg {
  readonly trunk = insideTrunk;
  readonly sipCallId: SipCallId;
  far: InsideLeg | undefined;
  /** Called once when the call is answered or over. */
  onSettled: () => void = () => undefined;
  #listener: SipLegListener | undefined;
  #unheard: SipLegEvent[] = [];
  #state: 'calling' | 'ringing' | 'answered' | 'over' = 'calling';

  constructor(sipCallId: SipCallId) {
    this.sipCallId = sipCallId;
  }

  set listener(listener: SipLegListener) {
    this.#listener = listener;
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const event of unheard) listener(event);
  }

  get isSettled(): boolean {
    return this.#state === 'answered' || this.#state === 'over';
  }

  /** Answered, without a word. */
  connect(): void {
    this.#state = 'answered';
    this.onSettled();
  }

  hangup(cause?: { q850: number; text?: string }): void {
    if (this.#state === 'over') return;
    const wasAnswered = this.#state === 'answered';
    this.#over();
    if (wasAnswered) {
      this.far?.ended({ by: 'remote', ...(cause?.q850 === undefined ? {} : { q850: cause.q850 }), ...textOf(cause) });
    } else {
      this.far?.failed({ ...givenUp, ...(cause ? { q850: cause.q850 } : {}) });
    }
  }

  /** Nobody answered in time: both ends hear it. */
  giveUp(failure: SipFailure): void {
    if (this.isSettled) return;
    this.far?.failed(givenUp);
    this.failed(failure);
  }

  ring(): void {
    if (this.#state === 'calling') this.#state = 'ringing';
    if (this.#state === 'ringing') this.far?.provisional(180);
  }

  progress(sdp: string): void {
    if (this.#state === 'calling') this.#state = 'ringing';
    if (this.#state === 'ringing') this.far?.provisional(183, sdp);
  }

  async answer(sdp: string): Promise<string | undefined> {
    if (this.#state === 'over') throw new InsideRequestError(givenUp);
    if (this.#state === 'answered') return undefined;
    this.connect();
    this.far?.connect();
    this.far?.tell({ type: 'answered', forkId, sdp });
    return undefined;
  }

  reject({ status, q850, text, retryAfterS }: Refusal): void {
    if (this.isSettled) return;
    const sawProvisional = this.#state === 'ringing';
    this.#over();
    this.far?.failed({
      status,
      phrase: text ?? '',
      sawProvisional,
      origin: 'remote',
      ...(q850 === undefined ? {} : { q850 }),
      ...(text === undefined ? {} : { reasonText: text }),
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
    });
  }

  reoffer(sdp: string): Promise<string> {
    const { far } = this;
    if (this.#state !== 'answered' || !far) return Promise.reject(refused(481, 'No such call'));
    return new Promise((resolve, reject) => {
      far.tell({
        type: 'reoffer',
        sdp,
        accept: (answer) => {
          resolve(answer);
          return Promise.resolve(undefined);
        },
        reject: (status) => reject(refused(status, 'Not now')),
      });
    });
  }

  sendDtmfInfo(digit: string, durationMs: number): void {
    if (this.#state === 'answered') this.far?.tell({ type: 'dtmf', digit, durationMs });
  }

  /** There is nobody to ask: the gateway is both sides. */
  refer(): Promise<void> {
    return Promise.reject(refused(405, 'Method Not Allowed'));
  }

  /** What this end hears. */
  tell(event: SipLegEvent): void {
    queueMicrotask(() => {
      if (this.#listener) this.#listener(event);
      else this.#unheard.push(event);
    });
  }

  provisional(status: number, sdp?: string): void {
    if (this.isSettled) return;
    this.#state = 'ringing';
    this.tell({ type: 'provisional', status, forkId, reliable: true, ...(sdp === undefined ? {} : { sdp }) });
  }

  failed(failure: SipFailure): void {
    if (this.isSettled) return;
    this.#over();
    this.tell({ type: 'failed', failure });
  }

  ended(end: SipEnd): void {
    if (this.#state !== 'answered') return;
    this.#over();
    this.tell({ type: 'ended', end });
  }

  #over(): void {
    this.#state = 'over';
    this.onSettled();
  }
}

const textOf = (cause: { text?: string } | undefined) => (cause?.text === undefined ? {} : { text: cause.text });

/** Like the error of a leg with a wire; importing its class would load the SIP stack. */
class InsideRequestError extends Error {
  readonly failure: SipFailure;
  constructor(failure: SipFailure) {
    super(`${failure.status} ${failure.phrase}`);
    this.name = 'SipRequestError';
    this.failure = failure;
  }
}

function refused(status: number, phrase: string): InsideRequestError {
  return new InsideRequestError({ status, phrase, sawProvisional: false, origin: 'remote' });
}
