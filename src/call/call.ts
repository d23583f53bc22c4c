/**
 * One call as it runs: takes events in order, asks the machine, runs its effects. Whatever an effect comes to returns as an
 * event, so that no failure is lost; when the call is over nothing of it stays.
 */
import type { MediaStats } from '../../media/index.ts';
import type { Party, SipCallId } from '../../sip/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';
import { Attempts } from './attempts.ts';
import { type BookPage, noLonger } from './books.ts';
import { CommonEffects, digitSender, isCommonEffect } from './call-effects.ts';
import type { CallHooks, CallIdentity, CallParts } from './call-parts.ts';
import { Keys } from './keys.ts';
import type { LiveCall } from './live-call.ts';
import {
  type CallEvent,
  type CallState,
  type Decided,
  type Effect,
  initialState,
  type Phase,
  type Plan,
  type Route,
  step,
} from './machine.ts';
import { CallEventsLeg, type MatrixLeg } from './matrix-leg.ts';
import { MediaLeg, mediaFailure } from './media-leg.ts';
import { plainNaming } from './naming.ts';
import { redirectsOf, rtpOptions } from './outbound-request.ts';
import type { CreditEvent } from './ports.ts';
import { explainGateway } from './reasons.ts';
import { type CallOutcome, type CallTimes, type OutboundRecord, recordOf, untilGone, untilLeft } from './record.ts';
import {
  asHouseEvent,
  EventQueue,
  endOfLongest,
  gatewayFailed,
  handOver,
  keepLastWill,
  runEffects,
} from './running.ts';
import type { Sentence } from './sentences.ts';
import { SipLine } from './sip-line.ts';
import { Story } from './story.ts';
import { TelephoneLeg } from './telephone-leg.ts';
import { Timeline } from './timeline.ts';
import { Timers } from './timers.ts';
import type { TransferableCall } from './transfer/transferable.ts';

type Inside = Extract<Decided, { kind: 'inside' }>;

export class Call implements TransferableCall {
  readonly identity: CallIdentity;
  /** Settles when the call is on record (or over): from then on a restart knows of it. */
  readonly begun: Promise<void>;
  /** Settles when the call is over and every trace of it is gone. */
  readonly done: Promise<void>;

  readonly #parts: CallParts;
  readonly #hooks: CallHooks;
  readonly #story: Story;
  readonly #matrix: MatrixLeg;
  readonly #media: MediaLeg;
  readonly #telephone: TelephoneLeg;
  readonly #timers: Timers;
  readonly #keys: Keys;
  readonly #effects: CommonEffects;
  readonly #timeline: Timeline;
  readonly #attempts: Attempts;
  /** Of the telephone that was called. */
  readonly #page: BookPage;
  readonly #queue = new EventQueue<CallEvent>((event) => this.#handle(event));
  readonly #begun = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  #state: CallState = initialState;
  #plan: Plan | undefined;
  /** Of a call that stays inside. */
  #inside: Inside | undefined;
  #endsAt: number | undefined;
  /** When the telephone left, where the call did not end with it: it has asked for another in its place. */
  #telephoneLeftAt: number | undefined;
  /** The telephone, where it goes on without this call. */
  #givenAway: SipLine | undefined;
  /** Who the far side turned out to be. */
  #peer: Party | undefined;
  /** Whether the journal knows the call. */
  #onRecord: Promise<boolean> = Promise.resolve(false);

  constructor(identity: CallIdentity, parts: CallParts, hooks: CallHooks) {
    const { callRef, roomId, callId, ownParty, version, callee } = identity;
    const { clock, signalling, journal } = parts;
    const emit = (event: CallEvent): void => this.dispatch(event);
    const logger = parts.logger.child({ callRef });
    this.identity = identity;
    this.begun = this.#begun.promise;
    this.done = this.#done.promise;
    this.#parts = parts;
    this.#hooks = hooks;
    this.#story = new Story(logger, {
      caller: identity.caller,
      number: parts.showNumber(callee.dialled),
      roomId,
    });
    this.#timeline = new Timeline(clock);
    this.#attempts = new Attempts(clock);
    this.#timers = new Timers(clock, (timer) => emit({ type: 'timer', timer }));
    this.#matrix = new CallEventsLeg({
      signalling,
      journal,
      callRef,
      address: { roomId, ghost: callee.ghost, callId, partyId: ownParty, version },
      emit,
      onJournalTrouble: (error) => this.#story.failure(error, 'the call journal could not be written'),
    });
    const engine = parts.media;
    const turnServer = () => signalling.turnServer();
    this.#media = new MediaLeg({ engine, callRef, turnServer, clock, logger, emit });
    this.#telephone = new TelephoneLeg({ sip: parts.sip, media: this.#media, callRef, emit });
    this.#page = parts.books.page(callRef);
    const route = () => this.#plan?.routes[this.#attempts.all.at(-1)?.route ?? 0];
    this.#keys = new Keys(clock, digitSender(this.#media, this.#telephone, route));
    this.#effects = new CommonEffects({
      callRef,
      media: this.#media,
      telephone: this.#telephone,
      matrix: this.#matrix,
      timers: this.#timers,
      keys: this.#keys,
      transfers: hooks.transfers(this),
      naming: parts.naming ?? plainNaming,
      user: () => identity.caller,
      ...(parts.mayNotify ? { mayNotify: parts.mayNotify } : {}),
      ...(parts.words ? { words: parts.words } : {}),
      emit,
    });
  }

  get phase(): Phase {
    return this.#state.phase;
  }

  get sipCallId(): SipCallId | undefined {
    return this.#telephone.sipCallId;
  }

  get user(): MatrixUserId {
    return this.identity.caller;
  }

  get ghost(): MatrixUserId {
    return this.identity.callee.ghost;
  }

  get peer(): Party {
    return this.#peer ?? { number: this.#plan?.e164 ?? this.identity.callee.dialled, withheld: false };
  }

  get telephone(): TelephoneLeg {
    return this.#telephone;
  }

  get media(): MediaLeg {
    return this.#media;
  }

  get endsAt(): number | undefined {
    return this.#endsAt;
  }

  get live(): LiveCall {
    const { callRef, caller: user, roomId, callee } = this.identity;
    const route = this.#plan?.routes[this.#attempts.all.at(-1)?.route ?? 0];
    const answeredAt = this.#timeline.at('answeredAt');
    return {
      callRef,
      direction: 'out',
      phase: this.phase,
      user,
      roomId,
      number: this.#plan?.e164 ?? callee.dialled,
      ...(route ? { trunk: route.trunk } : {}),
      since: this.#timeline.arrivedAt,
      ...(answeredAt === undefined ? {} : { answeredAt }),
      ...(this.#plan?.emergency ? { isEmergency: true } : {}),
    };
  }

  say(sentence: Sentence): void {
    this.#effects.notice(sentence);
  }

  /** Takes an event: at once, or after those that are being handled. Never throws. */
  dispatch(event: CallEvent): void {
    this.#queue.push(event);
  }

  #handle(event: CallEvent): void {
    const before = this.#state;
    const { state, effects } = step(before, event);
    this.#state = state;
    this.#timeline.note(event, before.phase, state.phase);
    if ('party' in event && event.party) this.#peer = event.party;
    if (event.type === 'sip-failed') this.#attempts.failed(event.failure);
    if (event.type === 'sip-answered' || event.type === 'telephone-replaced') this.#keepLastWill();
    this.#writeDown(event, before.phase);
    this.#endsAt = endOfLongest(effects, this.#parts.clock.now()) ?? this.#endsAt;
    if (effects.some(({ type }) => type === 'handOver')) this.#givenAway = this.#telephone.line;
    this.#story.step(event, before.phase, state.phase, effects);
    runEffects(
      effects,
      (effect) => this.#run(effect),
      (what, error) => this.#gatewayFailed(what, error),
    );
  }

  /** Starts an effect; what comes back is a promise where it goes on. */
  #run(effect: Effect): unknown {
    if (isCommonEffect(effect)) return this.#effects.run(effect);
    switch (effect.type) {
      case 'decide':
        return this.#decide();
      case 'prepare':
        return this.#prepare(effect);
      case 'nextRoute':
        return this.#nextRoute(effect.attempt);
      case 'placeSip':
        return this.#place(effect.attempt, effect.sdp);
      case 'hangupSip':
        return this.#telephone.hangup(effect.cause);
      case 'prepareMatrixAnswer':
        return this.#prepareMatrixAnswer(effect.final);
      case 'answerMatrix':
        return this.#matrix.answer(effect.sdp, () => this.#timeline.mark('matrixAnsweredAt'));
      case 'finish':
        return this.#finish(effect.outcome);
      default:
        return effect satisfies never;
    }
  }

  async #decide(): Promise<void> {
    const { callRef, caller, roomId, callee } = this.identity;
    try {
      const request = { callRef, caller, roomId, dialled: callee.dialled, live: this.#hooks.liveCounts() };
      const decision = await this.#parts.decide(request);
      const entered = await this.#enter(decision);
      if (entered.kind === 'inside') this.#inside = entered;
      if (entered.kind !== 'refuse' && entered.kind !== 'not-ours') this.#plan = entered.plan;
      this.dispatch({ type: 'decided', decision: entered });
    } catch (error) {
      this.#gatewayFailed('decision', error);
    }
  }

  /** What may be done is entered in the books, which may refuse it. */
  async #enter(decision: Decided): Promise<Decided> {
    if (decision.kind === 'refuse' || decision.kind === 'not-ours' || this.#state.phase === 'ended') return decision;
    const { callRef, caller: user, roomId, callId, callee } = this.identity;
    const openedAt = Math.round(this.#parts.clock.now());
    const isInside = decision.kind === 'inside';
    const { plan } = decision;
    const answer = await this.#page.enter(
      { direction: 'out', callRef, user, roomId, callId, ...callee, plan, isInside, openedAt },
      (event) => this.#onCredit(event),
    );
    return answer.kind === 'refused' ? { ...answer, kind: 'refuse' } : noLonger(decision, answer.longestMs);
  }

  /** Whoever has the telephone hears of its credit. */
  #onCredit(event: CreditEvent): void {
    if (this.#givenAway) this.#givenAway.credit(event);
    else this.dispatch(asHouseEvent(event));
  }

  /** What must not be forgotten if the process dies. */
  #writeDown(event: CallEvent, before: Phase): void {
    const attempt = this.#attempts.all.at(-1)?.route ?? 0;
    const now = this.#parts.clock.now();
    if (event.type === 'sip-ended' && this.#state.phase === 'referred') this.#telephoneLeftAt ??= now;
    if (this.#state.phase === 'ringing' && before !== 'ringing') {
      this.#page.progressed({ type: 'ringing', attempt, at: now });
    }
    if (event.type === 'sip-answered' && this.#state.phase !== before) {
      const sipCallId = this.#telephone.sipCallId;
      const at = this.#timeline.at('answeredAt') ?? now;
      this.#page.progressed({ type: 'answered', attempt, at, ...(sipCallId === undefined ? {} : { sipCallId }) });
    }
    // The one that was called, and costs, is gone; whoever is there now has a page of its own, if any.
    if (event.type === 'telephone-replaced' && this.#state.phase !== 'ended') void this.#closePage();
  }

  async #closePage(): Promise<void> {
    const { cause, reason } = explainGateway('transferred');
    const times = this.#timeline.closed(this.#telephoneLeftAt ?? this.#parts.clock.now());
    const media = await this.#media.runOrThrow((session) => session.stats()).catch(() => undefined);
    await this.#page.close(this.#recordOf({ endedBy: 'callee', cause, reason }, times, media));
  }

  #recordOf(outcome: CallOutcome, times: CallTimes, media: MediaStats | undefined): OutboundRecord {
    return recordOf({ identity: this.identity, attempts: this.#attempts.all, times, outcome, media });
  }

  /** On record before anything leaves the house: a restart must be able to end what was begun. */
  async #prepare({ offerSdp, candidates }: Extract<Effect, { type: 'prepare' }>): Promise<void> {
    const plan = this.#plan;
    if (!plan) return this.#gatewayFailed('decision', new Error('allowed without a plan'));
    const media = this.#media.open(offerSdp, candidates, rtpOptions(plan.routes[0])).catch((error: unknown) => {
      this.dispatch(mediaFailure('prepare', error));
      return undefined;
    });
    this.#onRecord = this.#open().then(
      () => true,
      (error: unknown) => {
        this.#gatewayFailed('journal', error);
        return false;
      },
    );
    const [rtpOffer, onRecord] = await Promise.all([media, this.#onRecord]);
    if (onRecord && rtpOffer !== undefined) this.dispatch({ type: 'prepared', rtpOffer });
  }

  async #nextRoute(attempt: number): Promise<void> {
    const route = this.#plan?.routes[attempt];
    if (!route) return this.#gatewayFailed('decision', new Error(`there is no route ${attempt}`));
    const rtpOffer = await this.#media.run('prepare', (session) => session.createRtpOffer(rtpOptions(route)));
    if (rtpOffer !== undefined && (await this.#onRecord)) this.dispatch({ type: 'prepared', rtpOffer });
  }

  #place(attempt: number, sdp: string): void {
    const route = this.#plan?.routes[attempt];
    if (!route) return;
    this.#timeline.mark('inviteSentAt');
    this.#attempts.begin(attempt, route);
    const inside = this.#inside;
    if (inside) this.#placeInside(inside, route, sdp);
    else this.#telephone.place(route, sdp, redirectsOf(this.identity.caller, route, this.#parts));
    const { sipCallId } = this.#telephone;
    this.#attempts.name(sipCallId);
    const at = this.#parts.clock.now();
    this.#page.progressed({ type: 'placed', attempt, at, ...(sipCallId === undefined ? {} : { sipCallId }) });
  }

  /** The number is one of our own: the call comes in again. */
  #placeInside({ called, caller }: Inside, { ringTimeoutMs }: Route, sdp: string): void {
    const { callRef } = this.identity;
    const request = { callRef, called, caller, sdp, ringTimeoutMs };
    this.#telephone.take(new SipLine((listener) => this.#hooks.inside.place(request, listener)));
  }

  async #open(): Promise<void> {
    const { callRef, roomId, callId, caller, ownParty, version, callee } = this.identity;
    const openedAt = Math.round(this.#parts.clock.now());
    const entry = { callRef, roomId, callId, caller, partyId: ownParty, version, ghost: callee.ghost, openedAt };
    await this.#parts.journal.opened({ ...entry, matrixAnswered: false });
    this.#begun.resolve();
  }

  async #prepareMatrixAnswer(final: { readonly sdp: string; readonly forkId: string } | undefined): Promise<void> {
    const sdp = await this.#media.answerClient(final);
    if (sdp !== undefined) this.dispatch({ type: 'matrix-answer-ready', sdp });
  }

  /** From now on a restart can hang the telephone up. */
  #keepLastWill(): void {
    keepLastWill(this.#parts.journal, this.identity.callRef, this.#telephone, (error, what) =>
      this.#story.failure(error, what),
    );
  }

  #gatewayFailed(what: string, error: unknown): void {
    this.dispatch(gatewayFailed(this.#story, what, error));
  }

  /** The last effect: nothing of the call may stay behind, and what can be known of it is handed over. */
  async #finish(outcome: CallOutcome): Promise<void> {
    this.#timers.clearAll();
    this.#keys.stop();
    this.#telephone.refuseAll();
    this.#begun.resolve();
    this.#hooks.onEnded();
    const endedAt = this.#parts.clock.now();
    const stats = await this.#media.close();
    this.#attempts.name(this.#telephone.sipCallId);
    const record = this.#recordOf(outcome, this.#timeline.closed(endedAt), stats);
    handOver(this.#story, record, this.#hooks.onRecord);
    if (outcome.cause !== 'not-ours') await this.#closeBooks(record);
    // The entry goes only when the last word is out: until then a restart must say it again (under the same key).
    await this.#matrix.idle;
    if (await this.#onRecord) {
      await this.#parts.journal.closed(this.identity.callRef, record).catch((error: unknown) => {
        this.#story.failure(error, 'the call journal could not be written');
      });
    }
    this.#done.resolve();
  }

  /** Before the journal forgets the call. A telephone that was given away costs until it is gone, and is not waited for. */
  async #closeBooks(record: OutboundRecord): Promise<void> {
    const line = this.#givenAway;
    if (!line) return this.#page.close(untilLeft(record, this.#telephoneLeftAt));
    line.onOver((by) => void this.#page.close(untilGone(record, this.#parts.clock.now(), by)));
  }
}
