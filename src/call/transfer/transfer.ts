/** One transfer as it runs: asks the machine, runs its effects, brings back what came of them. */
import type { Logger } from 'pino';
import type { Party, SipCalls, SipLegEvent, SipLegListener } from '../../../sip/index.ts';
import { Attempts } from '../attempts.ts';
import { type BookPage, type Books, noLonger } from '../books.ts';
import type { InsideCalls } from '../inside.ts';
import type { Decided, Route } from '../machine.ts';
import { mediaCodeOf } from '../media-code.ts';
import { outboundRequest, redirectsOf } from '../outbound-request.ts';
import type { Clock, CreditEvent, Decide, MayBeSentOn } from '../ports.ts';
import { type CallOutcome, type OutboundRecord, talkMsOf } from '../record.ts';
import { SipLine } from '../sip-line.ts';
import type { ThirdParty, TransferHands } from './hands.ts';
import {
  beginTransfer,
  stepTransfer,
  type TransferEffect,
  type TransferMachineEvent,
  type TransferState,
} from './machine.ts';
import type { ThirdCall } from './third-call.ts';

export interface TransferParts {
  /** What is left of the call to the third one, when it is over. */
  readonly onRecord: (record: OutboundRecord) => void;
  readonly sip: Pick<SipCalls, 'placeCall'>;
  readonly inside: InsideCalls;
  readonly books: Books;
  readonly decide: Decide;
  readonly mayBeSentOn?: MayBeSentOn;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Transfer {
  readonly #parts: TransferParts;
  readonly #third: ThirdCall;
  readonly #hands: TransferHands;
  readonly #attempts: Attempts;
  readonly #page: BookPage;
  readonly #queue: TransferMachineEvent[] = [];
  #state: TransferState;
  #draining = false;
  #decided: Exclude<Decided, { kind: 'refuse' | 'not-ours' }> | undefined;
  #line: SipLine | undefined;
  #party: Party | undefined;
  readonly #beganAt: number;
  #ringingAt: number | undefined;
  #answeredAt: number | undefined;
  /** The third one's telephone is in other hands. */
  #isGivenAway = false;
  /** That credit ends soon, said before anybody could hear of it. */
  #low: CreditEvent | undefined;

  /** @param trunk of the telephone, where it may be asked to do the transfer */
  constructor(parts: TransferParts, third: ThirdCall, hands: TransferHands, trunk: string | undefined) {
    this.#parts = parts;
    this.#third = third;
    this.#hands = hands;
    this.#attempts = new Attempts(parts.clock);
    this.#page = parts.books.page(third.request.callRef);
    this.#beganAt = parts.clock.now();
    const { state, effects } = beginTransfer(trunk);
    this.#state = state;
    for (const effect of effects) this.#start(effect);
  }

  cancel(): void {
    this.#dispatch({ type: 'cancel' });
  }

  #dispatch(event: TransferMachineEvent): void {
    this.#queue.push(event);
    if (this.#draining) return;
    this.#draining = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const { state, effects } = stepTransfer(this.#state, next);
      this.#parts.logger.debug({ event: next.type, from: this.#state.phase, to: state.phase }, 'transfer step');
      if (next.type === 'sip-failed') this.#attempts.failed(next.failure);
      this.#writeDown(next, this.#state.phase, state.phase);
      this.#state = state;
      for (const effect of effects) this.#start(effect);
    }
    this.#draining = false;
  }

  #start(effect: TransferEffect): void {
    try {
      const running = this.#run(effect);
      if (running instanceof Promise) running.catch((error: unknown) => this.#broken(effect, error));
    } catch (error) {
      this.#broken(effect, error);
    }
  }

  #run(effect: TransferEffect): unknown {
    const hands = this.#hands;
    switch (effect.type) {
      case 'decide':
        return this.#decide();
      case 'accept':
        return hands.accept();
      case 'askTrunk':
        return this.#askTrunk(effect.target);
      case 'offer':
        return this.#offer(effect.attempt);
      case 'place':
        return this.#place(effect.attempt, effect.sdp);
      case 'hangup':
        return this.#line?.hangup(effect.cause);
      case 'early':
        return hands.early(effect.sdp, effect.forkId);
      case 'ringback':
        return hands.ringback(this.#decided?.plan.toneCountry);
      case 'take':
        return this.#take(effect.sdp, effect.forkId);
      case 'report':
        return hands.report(effect.status);
      case 'succeed':
        return this.#succeed(effect.byTrunk);
      case 'fail':
        this.#record({ endedBy: effect.failure.by, cause: effect.failure.cause, admin: effect.failure.why });
        return hands.fail(effect.failure);
      case 'abandon':
        this.#record({ endedBy: 'caller', cause: 'normal' });
        return hands.abandon();
      default:
        return effect satisfies never;
    }
  }

  async #decide(): Promise<void> {
    const decision = await this.#enter(this.#third.decided ?? (await this.#parts.decide(this.#third.request)));
    if (decision.kind !== 'refuse' && decision.kind !== 'not-ours') this.#decided = decision;
    this.#dispatch({ type: 'decided', decision });
  }

  /** As any call: what may be done is entered in the books, which may refuse it. */
  async #enter(decision: Decided): Promise<Decided> {
    if (decision.kind === 'refuse' || decision.kind === 'not-ours' || this.#state.phase === 'over') return decision;
    const { request, of, isForwarded } = this.#third;
    if (isForwarded && decision.plan.emergency)
      return { kind: 'refuse', cause: 'destination-denied', admin: 'calls are not forwarded to emergency numbers' };
    const answer = await this.#page.enter(
      {
        direction: 'out',
        callRef: request.callRef,
        user: request.caller,
        ...roomOf(of),
        dialled: request.dialled,
        plan: decision.plan,
        isInside: decision.kind === 'inside',
        transferOf: of.callRef,
        openedAt: Math.round(this.#parts.clock.now()),
      },
      (event) => this.#onCredit(event),
    );
    return answer.kind === 'refused' ? { ...answer, kind: 'refuse' } : noLonger(decision, answer.longestMs);
  }

  /** Whoever has the telephone hears of its credit. */
  #onCredit(event: CreditEvent): void {
    if (this.#isGivenAway) this.#line?.credit(event);
    else if (event.type === 'low') this.#low = event;
    else this.#dispatch({ type: 'credit-used-up' });
  }

  #writeDown(event: TransferMachineEvent, from: TransferState['phase'], to: TransferState['phase']): void {
    const attempt = this.#attempts.all.at(-1)?.route ?? 0;
    const at = this.#parts.clock.now();
    if (to === 'ringing' && from !== 'ringing') {
      this.#ringingAt ??= at;
      this.#page.progressed({ type: 'ringing', attempt, at });
    }
    if (event.type !== 'sip-answered' || from === to) return;
    this.#answeredAt ??= at;
    const sipCallId = this.#line?.leg.sipCallId;
    this.#page.progressed({ type: 'answered', attempt, at, ...(sipCallId === undefined ? {} : { sipCallId }) });
  }

  async #askTrunk(target: string): Promise<void> {
    try {
      await this.#hands.askTrunk(target);
      this.#dispatch({ type: 'trunk-did-it' });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#parts.logger.info({ message }, 'the trunk did not take the transfer; it is made in the gateway');
      this.#dispatch({ type: 'trunk-refused', message });
    }
  }

  async #offer(attempt: number): Promise<void> {
    const route = this.#decided?.plan.routes[attempt];
    if (!route) throw new Error(`there is no route ${attempt}`);
    try {
      const sdp = await this.#hands.offer(route);
      if (sdp !== undefined) this.#dispatch({ type: 'offered', sdp });
    } catch (error) {
      this.#mediaFailed(error);
    }
  }

  #place(attempt: number, sdp: string): void {
    const route = this.#decided?.plan.routes[attempt];
    if (!route) return;
    this.#attempts.begin(attempt, route);
    try {
      const line = new SipLine((listener) => this.#call(route, sdp, listener));
      this.#line?.mute();
      line.callRef = this.#third.request.callRef;
      this.#line = line;
      line.hear((event) => this.#onLeg(event));
      const { sipCallId } = line.leg;
      this.#attempts.name(sipCallId);
      this.#page.progressed({ type: 'placed', attempt, at: this.#parts.clock.now(), sipCallId });
    } catch (error) {
      const phrase = error instanceof Error ? error.message : String(error);
      this.#dispatch({
        type: 'sip-failed',
        failure: { status: 500, phrase, sawProvisional: false, origin: 'local' },
      });
    }
  }

  #call(route: Route, sdp: string, listener: SipLegListener) {
    const { request, replaces, referredBy, divertedBy } = this.#third;
    const { callRef, maxForwards } = request;
    const hops = maxForwards === undefined ? {} : { maxForwards };
    if (this.#decided?.kind === 'inside') {
      const { called, caller } = this.#decided;
      const { ringTimeoutMs } = route;
      return this.#parts.inside.place({ callRef, called, caller, sdp, ringTimeoutMs, ...hops }, listener);
    }
    const more = {
      ...(replaces === undefined ? {} : { replaces }),
      ...(referredBy === undefined ? {} : { referredBy }),
      ...(divertedBy === undefined ? {} : { divertedBy }),
    };
    const mayRedirectTo = redirectsOf(request.caller, route, this.#parts);
    const redirects = mayRedirectTo ? { mayRedirectTo } : {};
    const call = outboundRequest(route, { callRef, sdp, ...hops, ...more, ...redirects });
    return this.#parts.sip.placeCall(call, listener);
  }

  #onLeg(event: SipLegEvent): unknown {
    switch (event.type) {
      case 'provisional':
        return this.#dispatch({ ...event, type: 'sip-provisional' });
      case 'answered':
        return this.#dispatch({ ...event, type: 'sip-answered' });
      case 'failed':
        return this.#dispatch({ type: 'sip-failed', failure: event.failure });
      case 'ended':
        return this.#dispatch({ type: 'sip-ended', end: event.end });
      case 'identity':
        this.#party = event.party;
        return undefined;
      // Its audio is only being put in place.
      case 'reoffer':
        return event.reject(491);
      case 'refer':
        return event.reject(603);
      case 'dtmf':
        return undefined;
      default:
        return event satisfies never;
    }
  }

  #succeed(byTrunk: boolean): void {
    if (byTrunk) {
      this.#record({ endedBy: 'caller', cause: 'transferred' });
      this.#hands.succeed(undefined);
      return;
    }
    const third = this.#thirdParty();
    third.line.onOver((by) => this.#record({ endedBy: by === 'us' ? 'caller' : 'callee', cause: 'normal' }));
    this.#isGivenAway = true;
    this.#hands.succeed(third);
    if (this.#low) third.line.credit(this.#low);
  }

  #record(outcome: CallOutcome): void {
    const record = this.#recordOf(outcome);
    void this.#page.close(record);
    // A call that was never made counts nowhere.
    if (record.attempts.length > 0) this.#parts.onRecord(record);
  }

  #recordOf(outcome: CallOutcome): OutboundRecord {
    const attempts = this.#attempts.all;
    const [first] = attempts;
    const last = attempts.at(-1);
    const { request, of } = this.#third;
    const times = {
      arrivedAt: this.#beganAt,
      ...(first ? { inviteSentAt: first.startedAt } : {}),
      ...(this.#ringingAt === undefined ? {} : { ringingAt: this.#ringingAt }),
      ...(this.#answeredAt === undefined ? {} : { answeredAt: this.#answeredAt }),
      endedAt: this.#parts.clock.now(),
    };
    return {
      direction: 'out',
      callRef: request.callRef,
      transferOf: of.callRef,
      ...roomOf(of),
      caller: request.caller,
      dialled: request.dialled,
      ...(last ? { target: last.target, trunk: last.trunk } : {}),
      ...(last?.sipCallId === undefined ? {} : { sipCallId: last.sipCallId }),
      attempts,
      times,
      talkMs: talkMsOf(times),
      outcome,
    };
  }

  async #take(sdp: string, forkId: string): Promise<void> {
    try {
      await this.#hands.take(sdp, forkId);
      this.#dispatch({ type: 'taken' });
    } catch (error) {
      this.#mediaFailed(error);
    }
  }

  #thirdParty(): ThirdParty {
    const attempts = this.#attempts.all;
    const plan = this.#decided?.plan;
    const route = plan?.routes[attempts.length - 1];
    if (!this.#line || !plan || !route) throw new Error('nobody has answered');
    return { line: this.#line, party: this.#party ?? named(route.target), plan, route, attempts };
  }

  #mediaFailed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#dispatch({ type: 'media-failed', code: mediaCodeOf(error), message });
  }

  #broken({ type }: TransferEffect, error: unknown): void {
    this.#parts.logger.error({ err: error }, `the transfer's ${type} failed`);
    this.#dispatch({ type: 'gateway-failed', message: error instanceof Error ? error.message : String(error) });
  }
}

/** A call that goes on although nobody was rung is in no room. */
const roomOf = ({ roomId, callId, ghost }: ThirdCall['of']) => ({
  ...(roomId === undefined ? {} : { roomId }),
  ...(callId === undefined ? {} : { callId }),
  ...(ghost === undefined ? {} : { ghost }),
});

/** Who was called, as long as nobody says otherwise. */
const named = (target: string): Party => ({ number: target, withheld: false });
