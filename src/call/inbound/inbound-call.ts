/**
 * One call in as it runs: takes events in order, asks the machine, runs its effects. What an effect comes to returns as an event;
 * when the call is over nothing of it stays.
 */
import type { MediaStats } from '../../../media/index.ts';
import type { InboundCall, Party, Refusal } from '../../../sip/index.ts';
import type { CallId, IncomingCallEvent, MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { BookPage } from '../books.ts';
import { CommonEffects, digitSender, isCommonEffect } from '../call-effects.ts';
import type { CallParts } from '../call-parts.ts';
import { Keys } from '../keys.ts';
import type { LiveCall } from '../live-call.ts';
import type { CallEvent, Phase } from '../machine.ts';
import { MediaLeg, mediaFailure } from '../media-leg.ts';
import { plainNaming } from '../naming.ts';
import type { InboundDecided } from '../ports.ts';
import { explainGateway } from '../reasons.ts';
import { type CallOutcome, type CallTimes, untilGone, untilLeft } from '../record.ts';
import {
  asHouseEvent,
  EventQueue,
  endOfLongest,
  gatewayFailed,
  handOver,
  keepLastWill,
  runEffects,
} from '../running.ts';
import { englishCatalogue, type Sentence, say } from '../sentences.ts';
import { SipLine } from '../sip-line.ts';
import { TelephoneLeg } from '../telephone-leg.ts';
import { Timeline } from '../timeline.ts';
import { Timers } from '../timers.ts';
import type { Onward, OnwardCall } from '../transfer/onward.ts';
import type { PairMember } from '../transfer/pair.ts';
import type { TransferableCall } from '../transfer/transferable.ts';
import { Answering } from './answering.ts';
import { callingParty, forwardedCall, givenUpCall, missedCall } from './caller.ts';
import type { InboundEffect } from './effects.ts';
import type { InboundEvent, RingTimerName } from './events.ts';
import { asInCallEvent, asRingEvent } from './from-matrix.ts';
import type { InboundHooks, InboundParts } from './inbound-parts.ts';
import { initialInboundState, stepInbound } from './machine.ts';
import { type InboundRecord, inboundRecordOf } from './record.ts';
import { isRingEffect, Rings } from './rings.ts';
import type { InboundState } from './state.ts';
import { InboundStory } from './story.ts';

/** Q.850 cause 41, temporary failure. */
const notTakenNow: Refusal = { status: 480, q850: 41, text: 'Temporary failure' };

export class InboundCallRun implements TransferableCall, OnwardCall {
  /** Settles when the call is over and every trace of it is gone. */
  readonly done: Promise<void>;
  readonly telephone: TelephoneLeg;
  readonly media: MediaLeg;

  readonly #call: InboundCall;
  readonly #parts: CallParts;
  readonly #inbound: InboundParts;
  readonly #hooks: InboundHooks;
  readonly #story: InboundStory;
  readonly #timers: Timers;
  readonly #ringTimers: Timers<RingTimerName>;
  readonly #keys: Keys;
  readonly #timeline: Timeline;
  readonly #rings: Rings;
  readonly #answering: Answering;
  readonly #page: BookPage;
  readonly #queue = new EventQueue<InboundEvent>((event) => this.#handle(event));
  readonly #done = Promise.withResolvers<void>();
  #onward: Onward | undefined;
  #forwarding: { cancel(): void } | undefined;
  #state: InboundState = initialInboundState;
  /** Of the Matrix call that was answered. */
  #effects: CommonEffects | undefined;
  #answered:
    | { readonly by: MatrixUserId; readonly ghost: MatrixUserId; readonly roomId: RoomId; readonly callId: CallId }
    | undefined;
  #endsAt: number | undefined;
  /** When the telephone left, where the call did not end with it: it has asked for another in its place. */
  #telephoneLeftAt: number | undefined;
  /** The telephone, where it goes on without this call. */
  #givenAway: SipLine | undefined;
  /** Who the far side turned out to be. */
  #peer: Party | undefined;

  constructor(call: InboundCall, parts: CallParts, inbound: InboundParts, hooks: InboundHooks) {
    const { callRef, trunk, account, called, caller } = call;
    const { clock, signalling } = parts;
    const emit = (event: CallEvent): void => this.dispatch(event);
    const logger = parts.logger.child({ callRef });
    this.done = this.#done.promise;
    this.#call = call;
    this.#parts = parts;
    this.#inbound = inbound;
    this.#hooks = hooks;
    this.#story = new InboundStory(logger, {
      trunk,
      ...(account === undefined ? {} : { account }),
      caller: caller.withheld || caller.number === undefined ? 'withheld' : parts.showNumber(caller.number),
      called: parts.showNumber(called),
    });
    this.#page = parts.books.page(callRef);
    this.#rings = this.#makeRings();
    this.#timeline = new Timeline(clock);
    this.#timers = new Timers(clock, (timer) => this.dispatch({ type: 'timer', timer }));
    this.#ringTimers = new Timers(clock, (timer) => this.dispatch({ type: 'ring-timer', timer }));
    const turnServer = () => signalling.turnServer();
    this.media = new MediaLeg({ engine: parts.media, callRef, turnServer, clock, logger, emit });
    this.telephone = new TelephoneLeg({ sip: parts.sip, media: this.media, callRef, emit });
    this.#answering = new Answering({
      leg: call.leg,
      telephone: this.telephone,
      emit: (event) => this.dispatch(event),
    });
    this.#keys = new Keys(
      clock,
      digitSender(this.media, this.telephone, () => this.#route),
    );
  }

  /** Begins: from here on nothing of the telephone is missed. */
  begin(ownParty: string): void {
    const { trunk, called, sdp } = this.#call;
    this.telephone.take(SipLine.of(this.#call));
    this.dispatch({ type: 'sip-invite', facts: { trunk, called, ownParty, ...(sdp === undefined ? {} : { sdp }) } });
  }

  get callRef(): string {
    return this.#call.callRef;
  }

  get identity(): TransferableCall['identity'] {
    if (!this.#answered) throw new Error('only a call that was answered is in a room');
    return { callRef: this.callRef, roomId: this.#answered.roomId, callId: this.#answered.callId };
  }

  get user(): MatrixUserId {
    if (!this.#answered) throw new Error('only a call that was answered has a user');
    return this.#answered.by;
  }

  get ghost(): MatrixUserId {
    if (!this.#answered) throw new Error('only a call that was answered has a ghost');
    return this.#answered.ghost;
  }

  get peer(): Party {
    return this.#peer ?? this.#call.caller;
  }

  get maxForwards(): number {
    return this.#call.maxForwards;
  }

  /** As of any call. */
  get phase(): Phase {
    if (this.#state.phase === 'answered') return this.#state.inCall.phase;
    return this.#state.phase === 'forwarding' ? 'ringing' : this.#state.phase;
  }

  /** The room in which it is talked. */
  get roomId(): RoomId | undefined {
    return this.#answered?.roomId;
  }

  /** The number that was called, then whoever forwarded the call to it. */
  get divertedBy(): readonly Party[] {
    return [{ number: this.#call.called, withheld: false }, ...this.#call.divertedBy];
  }

  /** 200, for a call that goes on to another number. */
  async answer(): Promise<void> {
    if (this.#state.phase !== 'forwarding') throw new Error('the call is over');
    const { media, plan } = this.#state;
    const ours = media?.telephone?.sdp ?? (await this.media.runOrThrow((session) => session.createRtpOffer(plan.rtp)));
    if (ours === undefined) throw new Error('the call is over');
    this.#progressed('answered', 'answeredAt');
    const sdp = await this.#answering.answerNow(ours);
    if (media?.telephone) return;
    if (sdp === undefined) throw new Error('the ACK had no answer to our offer');
    await this.media.runOrThrow((session) => session.acceptRtpAnswer(sdp, { early: false, forkId: 'ack' }));
  }

  get longestMs(): number | undefined {
    return this.#state.phase === 'forwarding' ? this.#state.plan.longestCallMs : undefined;
  }

  giveAway(): PairMember | undefined {
    const line = this.telephone.release();
    if (!line) return undefined;
    this.#givenAway = line;
    return { line, media: this.media.handOver(), told: 'sendrecv', wish: 'sendrecv' };
  }

  get endsAt(): number | undefined {
    return this.#endsAt;
  }

  get live(): LiveCall {
    const { trunk, called, caller } = this.#call;
    const answeredAt = this.#timeline.at('answeredAt');
    const number = caller.withheld ? undefined : (caller.number ?? caller.name);
    return {
      callRef: this.callRef,
      direction: 'in',
      phase: this.phase,
      ...(this.#answered ? { user: this.#answered.by, roomId: this.#answered.roomId } : {}),
      ...(number === undefined ? {} : { number }),
      called,
      trunk,
      since: this.#timeline.arrivedAt,
      ...(answeredAt === undefined ? {} : { answeredAt }),
    };
  }

  say(sentence: Sentence): void {
    if (this.#effects) this.#effects.notice(sentence);
    else this.#rings.say(sentence.key, this.#say(sentence));
  }

  /** Takes an event: at once, or after those that are being handled. Never throws. */
  dispatch(event: InboundEvent): void {
    this.#queue.push(event);
  }

  /** A call event of the room in which this ring is. */
  hear(event: IncomingCallEvent, ring: number): void {
    const room = this.#rings.roomOf(ring);
    if (!room) return;
    if (this.#state.phase !== 'answered') {
      const heard = asRingEvent(event, ring, room);
      if (heard) this.dispatch(heard);
      return;
    }
    const { winner } = this.#state;
    if (winner.ring !== ring) return;
    const heard = asInCallEvent(event, winner.party);
    if (heard) this.dispatch(heard);
  }

  /** Nobody is left in the room of this ring. */
  left(ring: number): void {
    if (this.#state.phase !== 'answered') this.dispatch({ type: 'ring-left', ring });
    else if (this.#state.winner.ring === ring) this.dispatch({ type: 'matrix-left' });
  }

  #handle(event: InboundEvent): void {
    const before = this.#state;
    const { state, effects } = stepInbound(before, event);
    this.#state = state;
    if ('party' in event && event.party && 'withheld' in event.party) this.#peer = event.party;
    this.#note(event);
    if (event.type === 'sip-acknowledged' || event.type === 'telephone-replaced') this.#keepLastWill();
    if (event.type === 'sip-ended' && this.phase === 'referred') this.#telephoneLeftAt ??= this.#parts.clock.now();
    this.#endsAt = endOfLongest(effects, this.#parts.clock.now()) ?? this.#endsAt;
    if (event.type === 'telephone-replaced' && before.phase === 'answered') void this.#closePage();
    if (effects.some(({ type }) => type === 'handOver')) this.#givenAway = this.telephone.line;
    this.#story.step(event, before, state, effects);
    runEffects(
      effects,
      (effect) => this.#run(effect),
      (what, error) => this.#gatewayFailed(what, error),
    );
  }

  #note({ type }: InboundEvent): void {
    if (type === 'inbound-decided') this.#timeline.mark('decidedAt');
    if (type === 'webrtc-connected' && this.#state.phase === 'answered') this.#timeline.mark('mediaAt');
  }

  /** Starts an effect; what comes back is a promise where it goes on. */
  #run(effect: InboundEffect): unknown {
    if (isRingEffect(effect)) return this.#rings.run(effect);
    switch (effect.type) {
      case 'decideInbound':
        return this.#decide();
      case 'prepareInbound':
        return this.#prepare(effect);
      case 'selectAnswer':
        return this.#select(effect);
      case 'acceptClient':
        return this.#acceptClient(effect);
      case 'alertSip':
        this.#progressed('ringing', 'ringingAt');
        return this.#answering.alert();
      case 'answerSip':
        this.#progressed('answered', 'answeredAt');
        return this.#answering.answer(effect.sdp);
      case 'refuseSip':
        return this.#answering.refuse(effect.refusal);
      case 'hangupSip':
        return this.#answering.hangup(effect.cause);
      case 'startForward':
        this.#onward = effect.onward;
        this.#forwarding = this.#hooks.forward(this, effect.onward);
        return undefined;
      case 'cancelForward':
        return this.#forwarding?.cancel();
      case 'setRingTimer':
        return this.#ringTimers.set(effect.timer, effect.afterMs);
      case 'clearRingTimer':
        return this.#ringTimers.clear(effect.timer);
      case 'finish':
        return this.#finish(effect.outcome);

      case 'closeMedia':
        return this.media.close();
      case 'refuseSipReoffer':
        return this.telephone.refuse(effect.id, effect.status);
      case 'refuseReferral':
        return this.telephone.refuseReferral(effect.id, effect.status);
      case 'refuseReplacement':
        return this.telephone.refuseReplacement(effect.id);
      default:
        return isCommonEffect(effect) ? this.#effects?.run(effect) : undefined;
    }
  }

  async #decide(): Promise<void> {
    const { callRef, trunk, account, called, caller } = this.#call;
    try {
      const decision = await this.#inbound.decide({
        callRef,
        trunk,
        ...(account === undefined ? {} : { account }),
        called,
        caller,
        live: this.#hooks.live(),
      });
      this.dispatch({ type: 'inbound-decided', decision: await this.#enter(decision) });
    } catch (error) {
      this.#gatewayFailed('decision', error);
    }
  }

  /** A call that rings is entered in the books, which may refuse it. */
  async #enter(decision: InboundDecided): Promise<InboundDecided> {
    if (decision.kind === 'refuse' || this.#state.phase === 'ended') return decision;
    const { callRef, trunk, account, called, caller, leg } = this.#call;
    const answer = await this.#page.enter(
      {
        direction: 'in',
        callRef,
        trunk,
        ...(account === undefined ? {} : { account }),
        sipCallId: leg.sipCallId,
        ...(caller.withheld || caller.number === undefined ? {} : { callerNumber: caller.number }),
        called,
        openedAt: Math.round(this.#parts.clock.now()),
      },
      (event) => (this.#givenAway ? this.#givenAway.credit(event) : this.dispatch(asHouseEvent(event))),
    );
    if (answer.kind === 'entered') return decision;
    return { kind: 'refuse', refusal: notTakenNow, admin: answer.admin ?? answer.cause };
  }

  #progressed(type: 'ringing' | 'answered', moment: 'ringingAt' | 'answeredAt'): void {
    if (this.#timeline.at(moment) !== undefined) return;
    this.#timeline.mark(moment);
    this.#page.progressed({ type, attempt: 0, at: this.#timeline.at(moment) ?? this.#parts.clock.now() });
  }

  /** Its telephone is gone; whoever is there now has a page of its own, if any. */
  async #closePage(): Promise<void> {
    const { cause, reason } = explainGateway('transferred');
    const times = this.#timeline.closed(this.#telephoneLeftAt ?? this.#parts.clock.now());
    const media = await this.media.runOrThrow((session) => session.stats()).catch(() => undefined);
    await this.#page.close(this.#recordOf({ endedBy: 'caller', cause, reason }, times, media));
  }

  #recordOf(outcome: CallOutcome, times: CallTimes, media: MediaStats | undefined): InboundRecord {
    const rings = 'rings' in this.#state ? this.#state.rings : [];
    return inboundRecordOf({
      call: this.#call,
      rings,
      onward: this.#onward,
      answered: this.#answered,
      times,
      outcome,
      media,
    });
  }

  async #prepare({ sdp, rtp }: Extract<InboundEffect, { type: 'prepareInbound' }>): Promise<void> {
    try {
      const media = await this.media.openInbound(sdp, rtp);
      if (media) this.dispatch({ type: 'media-ready', ...media });
    } catch (error) {
      this.dispatch(mediaFailure('prepare', error));
    }
  }

  get #rangMs(): number {
    const now = this.#parts.clock.now();
    return now - (this.#timeline.at('ringingAt') ?? now);
  }

  #makeRings(): Rings {
    const { signalling, journal, clock, mayNotify = () => true } = this.#parts;
    const { takenBy, onRing, onRingOver } = this.#hooks;
    return new Rings({
      callRef: this.callRef,
      ownParty: ownPartyOf(this.callRef),
      caller: callingParty(this.#call),
      missed: this.#say(missedCall(this.#call.caller)),
      forwarded: (to) => this.#say(forwardedCall(this.#call.caller, to)),
      givenUp: () => this.#say(givenUpCall(this.#call, this.#rangMs)),
      answeredBy: (user) => this.#say({ key: 'answered-by', params: { who: user } }),
      rooms: this.#inbound.rooms,
      signalling,
      journal,
      mayNotify,
      now: () => clock.now(),
      takenBy,
      onRing,
      onRingOver,
      emit: (event) => this.dispatch(event),
      onTrouble: (error, what) => this.#story.failure(error, what),
    });
  }

  #select({ ring, party, user }: Extract<InboundEffect, { type: 'selectAnswer' }>): void {
    const run = this.#rings.get(ring);
    if (!run?.room || !run.leg) return;
    this.#timeline.mark('matrixAnsweredAt');
    const { roomId, ghost } = run.room;
    this.#answered = { by: user, ghost, roomId, callId: run.callId };
    this.#page.progressed({ type: 'taken', at: this.#parts.clock.now(), user, roomId, callId: run.callId });
    run.leg.selectAnswer(party);
    const { naming = plainNaming, words, mayNotify } = this.#parts;
    this.#effects = new CommonEffects({
      callRef: this.callRef,
      media: this.media,
      telephone: this.telephone,
      matrix: run.leg,
      timers: this.#timers,
      keys: this.#keys,
      transfers: this.#hooks.transfers(this),
      naming,
      ...(words ? { words } : {}),
      user: () => user,
      ...(mayNotify ? { mayNotify } : {}),
      emit: (event) => this.dispatch(event),
    });
  }

  async #acceptClient({ sdp, candidates, rtp }: Extract<InboundEffect, { type: 'acceptClient' }>): Promise<void> {
    const accepted = await this.media.acceptClient(sdp, candidates, rtp);
    if (accepted) this.dispatch({ type: 'client-accepted', ...accepted });
  }

  get #route() {
    return this.#state.phase === 'answered' ? this.#state.inCall.plan.routes[0] : undefined;
  }

  #say(sentence: Sentence): string {
    return say(sentence, { ref: this.callRef }, this.#parts.words ?? englishCatalogue);
  }

  /** From now on a restart can hang the telephone up. */
  #keepLastWill(): void {
    if (!this.#answered) return;
    keepLastWill(this.#parts.journal, this.#answered.callId, this.telephone, (error, what) =>
      this.#story.failure(error, what),
    );
  }

  #gatewayFailed(what: string, error: unknown): void {
    this.dispatch(gatewayFailed(this.#story, what, error));
  }

  /** The last effect: nothing of the call may stay behind, and what can be known of it is handed over. */
  async #finish(outcome: CallOutcome): Promise<void> {
    this.#timers.clearAll();
    this.#ringTimers.clearAll();
    this.#keys.stop();
    this.telephone.refuseAll();
    this.#hooks.onEnded();
    const endedAt = this.#parts.clock.now();
    const media = await this.media.close();
    const record = this.#recordOf(outcome, this.#timeline.closed(endedAt), media);
    handOver(this.#story, record, this.#hooks.onRecord);
    const line = this.#givenAway;
    // A telephone that was given away talks on, and is not waited for.
    if (line) line.onOver((by) => void this.#page.close(untilGone(record, this.#parts.clock.now(), by)));
    else await this.#page.close(untilLeft(record, this.#telephoneLeftAt));
    await this.#rings.close(record);
    this.#done.resolve();
  }
}

/** Must not be a client's device ID, which clients take for their own echo. */
export const ownPartyOf = (callRef: string): string => `trunkline-${callRef}`;
