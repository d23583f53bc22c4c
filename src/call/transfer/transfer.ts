/** One transfer as it runs: asks the machine, runs its effects, brings back what came of them. */
import type { Logger } from 'pino';
import type { Party, SipCalls, SipLegEvent, SipLegListener } from '../../../sip/index.ts';
import type { Books } from '../books.ts';
import { type Allowed, isAllowed } from '../entering.ts';
import type { InsideCalls } from '../inside.ts';
import type { Route } from '../machine.ts';
import { mediaCodeOf } from '../media-code.ts';
import { outboundRequest, redirectsOf } from '../outbound-request.ts';
import type { Clock, CreditEvent, Decide, MayBeSentOn } from '../ports.ts';
import type { OutboundRecord } from '../record.ts';
import { MachineRun } from '../running.ts';
import { SipLine } from '../sip-line.ts';
import type { ThirdParty, TransferHands } from './hands.ts';
import {
  beginTransfer,
  stepTransfer,
  type TransferEffect,
  type TransferMachineEvent,
  type TransferState,
} from './machine.ts';
import { ThirdBooks } from './third-books.ts';
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
  readonly #books: ThirdBooks;
  readonly #machine: MachineRun<TransferState, TransferMachineEvent, TransferEffect>;
  #decided: Allowed | undefined;
  #line: SipLine | undefined;
  #party: Party | undefined;
  /** The third one's telephone is in other hands. */
  #isGivenAway = false;
  /** That credit ends soon, said before anybody could hear of it. */
  #low: CreditEvent | undefined;

  /** @param trunk of the telephone, where it may be asked to do the transfer */
  constructor(parts: TransferParts, third: ThirdCall, hands: TransferHands, trunk: string | undefined) {
    this.#parts = parts;
    this.#third = third;
    this.#hands = hands;
    this.#books = new ThirdBooks(third, parts);
    const { state, effects } = beginTransfer(trunk);
    this.#machine = new MachineRun(state, {
      step: stepTransfer,
      onStep: (event, from, to) => this.#onStep(event, from.phase, to.phase),
      run: (effect) => this.#run(effect),
      failed: (what, error) => this.#broken(what, error),
    });
    this.#machine.run(effects);
  }

  cancel(): void {
    this.#dispatch({ type: 'cancel' });
  }

  #dispatch(event: TransferMachineEvent): void {
    this.#machine.dispatch(event);
  }

  #onStep(event: TransferMachineEvent, from: TransferState['phase'], to: TransferState['phase']): void {
    this.#parts.logger.debug({ event: event.type, from, to }, 'transfer step');
    if (event.type === 'sip-failed') this.#books.attempts.failed(event.failure);
    if (to === 'ringing' && from !== 'ringing') this.#books.rings();
    if (event.type === 'sip-answered' && from !== to) this.#books.answered(this.#line?.leg.sipCallId);
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
        this.#books.close({ endedBy: effect.failure.by, cause: effect.failure.cause, admin: effect.failure.why });
        return hands.fail(effect.failure);
      case 'abandon':
        this.#books.close({ endedBy: 'caller', cause: 'normal' });
        return hands.abandon();
      default:
        return effect satisfies never;
    }
  }

  async #decide(): Promise<void> {
    const decision = this.#third.decided ?? (await this.#parts.decide(this.#third.request));
    const isOver = this.#machine.state.phase === 'over';
    const entered = isOver ? decision : await this.#books.enter(decision, (event) => this.#onCredit(event));
    if (isAllowed(entered)) this.#decided = entered;
    this.#dispatch({ type: 'decided', decision: entered });
  }

  /** Whoever has the telephone hears of its credit. */
  #onCredit(event: CreditEvent): void {
    if (this.#isGivenAway) this.#line?.credit(event);
    else if (event.type === 'low') this.#low = event;
    else this.#dispatch({ type: 'credit-used-up' });
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
    this.#books.attempts.begin(attempt, route);
    try {
      const line = new SipLine((listener) => this.#call(route, sdp, listener));
      this.#line?.mute();
      line.callRef = this.#third.request.callRef;
      this.#line = line;
      line.hear((event) => this.#onLeg(event));
      this.#books.attempts.placed(line.leg.sipCallId);
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
      this.#books.close({ endedBy: 'caller', cause: 'transferred' });
      this.#hands.succeed(undefined);
      return;
    }
    const third = this.#thirdParty();
    third.line.onOver((by) => this.#books.close({ endedBy: by === 'us' ? 'caller' : 'callee', cause: 'normal' }));
    this.#isGivenAway = true;
    this.#hands.succeed(third);
    if (this.#low) third.line.credit(this.#low);
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
    const attempts = this.#books.attempts.all;
    const plan = this.#decided?.plan;
    const route = plan?.routes[attempts.length - 1];
    if (!this.#line || !plan || !route) throw new Error('nobody has answered');
    return { line: this.#line, party: this.#party ?? named(route.target), plan, route, attempts };
  }

  #mediaFailed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#dispatch({ type: 'media-failed', code: mediaCodeOf(error), message });
  }

  #broken(what: string, error: unknown): void {
    this.#parts.logger.error({ err: error }, `the transfer's ${what} failed`);
    this.#dispatch({ type: 'gateway-failed', message: error instanceof Error ? error.message : String(error) });
  }
}

/** Who was called, as long as nobody says otherwise. */
const named = (target: string): Party => ({ number: target, withheld: false });
