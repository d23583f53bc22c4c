/**
 * One call as it runs: takes events in order, asks the machine, runs its effects. Whatever an effect comes to returns as an
 * event, so that no failure is lost; when the call is over nothing of it stays.
 */
import type { Party, SipCallId } from '../../sip/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';
import { CommonEffects, isCommonEffect } from './call-effects.ts';
import type { CallHooks, CallIdentity, CallParts } from './call-parts.ts';
import { enterOutbound, isAllowed } from './entering.ts';
import type { LiveCall } from './live-call.ts';
import {
  type CallEvent,
  type CallState,
  type Decided,
  type Effect,
  initialState,
  type Phase,
  step,
} from './machine.ts';
import { CallEventsLeg, type MatrixLeg } from './matrix-leg.ts';
import { type MediaLeg, mediaFailure } from './media-leg.ts';
import { OutboundEntry } from './outbound-entry.ts';
import { rtpOptions } from './outbound-request.ts';
import { Placing } from './placing.ts';
import { type CallOutcome, type OutboundRecord, recordOf } from './record.ts';
import { endOfLongest, gatewayFailed, handOver, MachineRun } from './running.ts';
import type { Sentence } from './sentences.ts';
import { Story } from './story.ts';
import type { TelephoneLeg } from './telephone-leg.ts';
import { type Ended, TelephonePage } from './telephone-page.ts';
import { TelephoneSide } from './telephone-side.ts';
import type { TransferableCall } from './transfer/transferable.ts';

export class Call implements TransferableCall {
  readonly identity: CallIdentity;
  /** Settles when the call is over and every trace of it is gone. */
  readonly done: Promise<void>;

  readonly #parts: CallParts;
  readonly #hooks: CallHooks;
  readonly #story: Story;
  readonly #matrix: MatrixLeg;
  readonly #side: TelephoneSide;
  readonly #effects: CommonEffects;
  readonly #page: TelephonePage<OutboundRecord>;
  readonly #placing: Placing;
  readonly #entry: OutboundEntry;
  readonly #machine = new MachineRun<CallState, CallEvent, Effect>(initialState, {
    step,
    onStep: (event, from, to, effects) => this.#onStep(event, from.phase, to.phase, effects),
    run: (effect) => this.#run(effect),
    failed: (what, error) => this.#gatewayFailed(what, error),
  });
  readonly #done = Promise.withResolvers<void>();
  #endsAt: number | undefined;
  /** Who the far side turned out to be. */
  #peer: Party | undefined;

  constructor(identity: CallIdentity, parts: CallParts, hooks: CallHooks) {
    const { callRef, roomId, callId, caller, ownParty, version, callee } = identity;
    const { clock, signalling, journal } = parts;
    const emit = (event: CallEvent): void => this.dispatch(event);
    const onTrouble = (error: unknown, what: string): void => this.#story.failure(error, what);
    const logger = parts.logger.child({ callRef });
    this.identity = identity;
    this.done = this.#done.promise;
    this.#parts = parts;
    this.#hooks = hooks;
    this.#story = new Story(logger, { caller, number: parts.showNumber(callee.dialled), roomId });
    this.#matrix = new CallEventsLeg({
      signalling,
      journal,
      callRef,
      address: { roomId, ghost: callee.ghost, callId, partyId: ownParty, version },
      emit,
      onJournalTrouble: (error) => onTrouble(error, 'the call journal could not be written'),
    });
    const side = new TelephoneSide(parts, { callRef, logger, route: () => this.#placing.route, emit });
    this.#side = side;
    this.#page = new TelephonePage({
      page: parts.books.page(callRef),
      side,
      telephoneIs: 'callee',
      clock,
      recordOf: (ended) => this.#recordOf(ended),
      emit,
    });
    this.#placing = new Placing({ identity, house: parts, side, page: this.#page, inside: hooks.inside });
    this.#entry = new OutboundEntry({ identity, journal, clock, onTrouble });
    this.#effects = new CommonEffects({
      callRef,
      side,
      matrix: this.#matrix,
      transfers: hooks.transfers(this),
      house: parts,
      by: caller,
      emit,
    });
  }

  /** Settles when the call is on record (or over): from then on a restart knows of it. */
  get begun(): Promise<void> {
    return this.#entry.begun;
  }

  get phase(): Phase {
    return this.#machine.state.phase;
  }

  get sipCallId(): SipCallId | undefined {
    return this.#side.telephone.sipCallId;
  }

  get user(): MatrixUserId {
    return this.identity.caller;
  }

  get ghost(): MatrixUserId {
    return this.identity.callee.ghost;
  }

  get peer(): Party {
    return this.#peer ?? { number: this.#placing.plan?.e164 ?? this.identity.callee.dialled, withheld: false };
  }

  get telephone(): TelephoneLeg {
    return this.#side.telephone;
  }

  get media(): MediaLeg {
    return this.#side.media;
  }

  get endsAt(): number | undefined {
    return this.#endsAt;
  }

  get live(): LiveCall {
    const { callRef, caller: user, roomId, callee } = this.identity;
    const { plan, route } = this.#placing;
    const { timeline } = this.#side;
    const answeredAt = timeline.at('answeredAt');
    return {
      callRef,
      direction: 'out',
      phase: this.phase,
      user,
      roomId,
      number: plan?.e164 ?? callee.dialled,
      ...(route ? { trunk: route.trunk } : {}),
      since: timeline.arrivedAt,
      ...(answeredAt === undefined ? {} : { answeredAt }),
      ...(plan?.emergency ? { isEmergency: true } : {}),
    };
  }

  say(sentence: Sentence): void {
    this.#effects.notice(sentence);
  }

  /** Takes an event: at once, or after those that are being handled. Never throws. */
  dispatch(event: CallEvent): void {
    this.#machine.dispatch(event);
  }

  #onStep(event: CallEvent, from: Phase, to: Phase, effects: readonly Effect[]): void {
    this.#side.timeline.note(event, from, to);
    if ('party' in event && event.party) this.#peer = event.party;
    if (event.type === 'sip-failed') this.#placing.attempts.failed(event.failure);
    if (event.type === 'sip-answered' || event.type === 'telephone-replaced') this.#entry.keepLastWill(this.telephone);
    this.#writeDown(event, from, to);
    this.#endsAt = endOfLongest(effects, this.#parts.clock.now()) ?? this.#endsAt;
    if (effects.some(({ type }) => type === 'handOver')) this.#page.givenAway(this.telephone.line);
    this.#story.step(event, from, to, effects);
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
        return this.#placing.place(effect.attempt, effect.sdp);
      case 'hangupSip':
        return this.telephone.hangup(effect.cause);
      case 'prepareMatrixAnswer':
        return this.#prepareMatrixAnswer(effect.final);
      case 'answerMatrix':
        return this.#matrix.answer(effect.sdp, () => this.#side.timeline.mark('matrixAnsweredAt'));
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
      if (isAllowed(entered)) this.#placing.decided(entered);
      this.dispatch({ type: 'decided', decision: entered });
    } catch (error) {
      this.#gatewayFailed('decision', error);
    }
  }

  /** What may be done is entered in the books, which may refuse it. */
  async #enter(decision: Decided): Promise<Decided> {
    if (!isAllowed(decision) || this.phase === 'ended') return decision;
    const { callRef, caller: user, roomId, callId, callee } = this.identity;
    const openedAt = Math.round(this.#parts.clock.now());
    const call = { callRef, user, roomId, callId, ...callee, openedAt };
    return enterOutbound(decision, call, (entry) => this.#page.enter(entry));
  }

  /** What must not be forgotten if the process dies. */
  #writeDown(event: CallEvent, from: Phase, to: Phase): void {
    const { attempts } = this.#placing;
    const now = this.#parts.clock.now();
    if (event.type === 'sip-ended' && to === 'referred') this.#page.telephoneLeft();
    if (to === 'ringing' && from !== 'ringing') attempts.rings(now);
    if (event.type === 'sip-answered' && to !== from) {
      attempts.answered(this.#side.timeline.at('answeredAt') ?? now, this.sipCallId);
    }
    if (event.type === 'telephone-replaced' && to !== 'ended') void this.#page.replaced();
  }

  #recordOf(ended: Ended): OutboundRecord {
    const { callRef, roomId, callId, caller, callee } = this.identity;
    const { ghost, dialled } = callee;
    const call = { callRef, roomId, callId, caller, ghost, dialled };
    return recordOf({ call, attempts: this.#placing.attempts.all, ...ended });
  }

  /** On record before anything leaves the house: a restart must be able to end what was begun. */
  async #prepare({ offerSdp, candidates }: Extract<Effect, { type: 'prepare' }>): Promise<void> {
    const { plan } = this.#placing;
    if (!plan) return this.#gatewayFailed('decision', new Error('allowed without a plan'));
    const media = this.media.open(offerSdp, candidates, rtpOptions(plan.routes[0])).catch((error: unknown) => {
      this.dispatch(mediaFailure('prepare', error));
      return undefined;
    });
    this.#entry.open((error) => this.#gatewayFailed('journal', error));
    const [rtpOffer, onRecord] = await Promise.all([media, this.#entry.isOnRecord]);
    if (onRecord && rtpOffer !== undefined) this.dispatch({ type: 'prepared', rtpOffer });
  }

  async #nextRoute(attempt: number): Promise<void> {
    const route = this.#placing.routeOf(attempt);
    if (!route) return this.#gatewayFailed('decision', new Error(`there is no route ${attempt}`));
    const rtpOffer = await this.media.run('prepare', (session) => session.createRtpOffer(rtpOptions(route)));
    if (rtpOffer !== undefined && (await this.#entry.isOnRecord)) this.dispatch({ type: 'prepared', rtpOffer });
  }

  async #prepareMatrixAnswer(final: { readonly sdp: string; readonly forkId: string } | undefined): Promise<void> {
    const sdp = await this.media.answerClient(final);
    if (sdp !== undefined) this.dispatch({ type: 'matrix-answer-ready', sdp });
  }

  #gatewayFailed(what: string, error: unknown): void {
    this.dispatch(gatewayFailed(this.#story, what, error));
  }

  /** The last effect: nothing of the call may stay behind, and what can be known of it is handed over. */
  async #finish(outcome: CallOutcome): Promise<void> {
    this.#side.stop();
    this.#entry.over();
    this.#hooks.onEnded();
    const endedAt = this.#parts.clock.now();
    const media = await this.media.close();
    this.#placing.attempts.name(this.sipCallId);
    const record = this.#recordOf({ outcome, times: this.#side.timeline.closed(endedAt), media });
    handOver(this.#story, record, this.#hooks.onRecord);
    // Before the journal forgets the call.
    if (outcome.cause !== 'not-ours') await this.#page.close(record);
    // The entry goes only when the last word is out: until then a restart must say it again (under the same key).
    await this.#matrix.idle;
    await this.#entry.close(record);
    this.#done.resolve();
  }
}
