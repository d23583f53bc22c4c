/**
 * One call in as it runs: takes events in order, asks the machine, runs its effects. What an effect comes to returns as an event;
 * when the call is over nothing of it stays.
 */
import type { InboundCall, Party } from '../../../sip/index.ts';
import type { IncomingCallEvent, MatrixUserId, RoomId } from '../../matrix/index.ts';
import { isCommonEffect } from '../call-effects.ts';
import type { CallParts } from '../call-parts.ts';
import type { LiveCall } from '../live-call.ts';
import type { Phase } from '../machine.ts';
import type { MediaLeg } from '../media-leg.ts';
import type { CallOutcome } from '../record.ts';
import { endOfLongest, gatewayFailed, handOver, keepLastWill, MachineRun } from '../running.ts';
import type { Sentence } from '../sentences.ts';
import { SipLine } from '../sip-line.ts';
import type { TelephoneLeg } from '../telephone-leg.ts';
import { type Ended, TelephonePage } from '../telephone-page.ts';
import { TelephoneSide } from '../telephone-side.ts';
import { Timers } from '../timers.ts';
import type { TransferableCall } from '../transfer/transferable.ts';
import { admit } from './admission.ts';
import { Answering, isAnsweringEffect } from './answering.ts';
import type { InboundEffect } from './effects.ts';
import type { InboundEvent, RingTimerName } from './events.ts';
import { ForwardingRun } from './forwarding-run.ts';
import { asInboundEvent } from './from-matrix.ts';
import type { InboundHooks, InboundParts } from './inbound-parts.ts';
import { liveInbound } from './live.ts';
import { initialInboundState, stepInbound } from './machine.ts';
import { type InboundRecord, inboundRecordOf } from './record.ts';
import { isRingEffect, Rings } from './rings.ts';
import type { InboundState } from './state.ts';
import { InboundStory } from './story.ts';
import { TakenCall } from './taken.ts';
import { InboundWords } from './words.ts';

export class InboundCallRun implements TransferableCall {
  /** Settles when the call is over and every trace of it is gone. */
  readonly done: Promise<void>;

  readonly #call: InboundCall;
  readonly #parts: CallParts;
  readonly #inbound: InboundParts;
  readonly #hooks: InboundHooks;
  readonly #story: InboundStory;
  readonly #side: TelephoneSide;
  readonly #ringTimers: Timers<RingTimerName>;
  readonly #rings: Rings;
  readonly #answering: Answering;
  readonly #page: TelephonePage<InboundRecord>;
  readonly #machine = new MachineRun<InboundState, InboundEvent, InboundEffect>(initialInboundState, {
    step: stepInbound,
    onStep: (event, from, to, effects) => this.#onStep(event, from, to, effects),
    run: (effect) => this.#run(effect),
    failed: (what, error) => this.#gatewayFailed(what, error),
  });
  readonly #done = Promise.withResolvers<void>();
  readonly #onTrouble = (error: unknown, what: string): void => this.#story.failure(error, what);
  #forwarding: ForwardingRun | undefined;
  #answered: TakenCall | undefined;
  #endsAt: number | undefined;
  /** Who the far side turned out to be. */
  #peer: Party | undefined;

  constructor(call: InboundCall, parts: CallParts, inbound: InboundParts, hooks: InboundHooks) {
    const { callRef, leg } = call;
    const { clock } = parts;
    const emit = (event: InboundEvent): void => this.dispatch(event);
    const logger = parts.logger.child({ callRef });
    this.done = this.#done.promise;
    this.#call = call;
    this.#parts = parts;
    this.#inbound = inbound;
    this.#hooks = hooks;
    this.#story = new InboundStory(logger, call, parts.showNumber);
    const side = new TelephoneSide(parts, { callRef, logger, route: () => this.#route, emit });
    this.#side = side;
    this.#ringTimers = new Timers(clock, (timer) => emit({ type: 'ring-timer', timer }));
    this.#page = new TelephonePage({
      page: parts.books.page(callRef),
      side,
      telephoneIs: 'caller',
      clock,
      recordOf: (ended) => this.#recordOf(ended),
      emit,
    });
    this.#rings = new Rings({
      call,
      house: parts,
      rooms: inbound.rooms,
      words: new InboundWords(call, () => side.timeline.since('ringingAt'), parts.words),
      timers: this.#ringTimers,
      hooks,
      emit,
      onTrouble: this.#onTrouble,
    });
    this.#answering = new Answering({ leg, side, page: this.#page, emit });
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
    const { roomId, callId } = this.#taken;
    return { callRef: this.callRef, roomId, callId };
  }

  get user(): MatrixUserId {
    return this.#taken.by;
  }

  get ghost(): MatrixUserId {
    return this.#taken.ghost;
  }

  get #taken(): TakenCall {
    if (!this.#answered) throw new Error('only a call that was answered has a user, and is in a room');
    return this.#answered;
  }

  get telephone(): TelephoneLeg {
    return this.#side.telephone;
  }

  get media(): MediaLeg {
    return this.#side.media;
  }

  get peer(): Party {
    return this.#peer ?? this.#call.caller;
  }

  get maxForwards(): number {
    return this.#call.maxForwards;
  }

  /** As of any call. */
  get phase(): Phase {
    const { state } = this.#machine;
    if (state.phase === 'answered') return state.inCall.phase;
    return state.phase === 'forwarding' ? 'ringing' : state.phase;
  }

  /** The room in which it is talked. */
  get roomId(): RoomId | undefined {
    return this.#answered?.roomId;
  }

  get endsAt(): number | undefined {
    return this.#endsAt;
  }

  get live(): LiveCall {
    return liveInbound(this.#call, this.phase, this.#answered, this.#side.timeline);
  }

  say(sentence: Sentence): void {
    if (this.#answered) this.#answered.effects.notice(sentence);
    else this.#rings.say(sentence);
  }

  /** Takes an event: at once, or after those that are being handled. Never throws. */
  dispatch(event: InboundEvent): void {
    this.#machine.dispatch(event);
  }

  /** A call event of the room in which this ring is. */
  hear(event: IncomingCallEvent, ring: number): void {
    const room = this.#rings.roomOf(ring);
    const heard = room && asInboundEvent(event, ring, room, this.#machine.state);
    if (heard) this.dispatch(heard);
  }

  /** Nobody is left in the room of this ring. */
  left(ring: number): void {
    const { state } = this.#machine;
    if (state.phase !== 'answered') this.dispatch({ type: 'ring-left', ring });
    else if (state.winner.ring === ring) this.dispatch({ type: 'matrix-left' });
  }

  #onStep(event: InboundEvent, from: InboundState, to: InboundState, effects: readonly InboundEffect[]): void {
    const { type } = event;
    const { timeline } = this.#side;
    if ('party' in event && event.party && 'withheld' in event.party) this.#peer = event.party;
    if (type === 'inbound-decided') timeline.mark('decidedAt');
    if (type === 'webrtc-connected' && to.phase === 'answered') timeline.mark('mediaAt');
    if (type === 'sip-acknowledged' || type === 'telephone-replaced') this.#keepLastWill();
    if (type === 'sip-ended' && this.phase === 'referred') this.#page.telephoneLeft();
    this.#endsAt = endOfLongest(effects, this.#parts.clock.now()) ?? this.#endsAt;
    if (type === 'telephone-replaced' && from.phase === 'answered') void this.#page.replaced();
    if (effects.some((effect) => effect.type === 'handOver')) this.#page.givenAway(this.telephone.line);
    this.#story.step(event, from, to, effects);
  }

  /** Starts an effect; what comes back is a promise where it goes on. */
  #run(effect: InboundEffect): unknown {
    if (isRingEffect(effect)) return this.#rings.run(effect);
    if (isAnsweringEffect(effect)) return this.#answering.run(effect);
    switch (effect.type) {
      case 'decideInbound':
        return this.#decide();
      case 'selectAnswer':
        return this.#select(effect);
      case 'startForward':
        return this.#forward(effect.onward);
      case 'cancelForward':
        return this.#forwarding?.cancel();
      case 'finish':
        return this.#finish(effect.outcome);
      default:
        return isCommonEffect(effect) ? this.#answered?.effects.run(effect) : undefined;
    }
  }

  async #decide(): Promise<void> {
    try {
      const decision = await admit(this.#call, this.#hooks.live(), {
        decide: this.#inbound.decide,
        enter: (entry) => this.#page.enter(entry),
        clock: this.#parts.clock,
        isOver: () => this.phase === 'ended',
      });
      this.dispatch({ type: 'inbound-decided', decision });
    } catch (error) {
      this.#gatewayFailed('decision', error);
    }
  }

  #recordOf(ended: Ended): InboundRecord {
    const { state } = this.#machine;
    const rings = 'rings' in state ? state.rings : [];
    const onward = this.#forwarding?.onward;
    return inboundRecordOf({ call: this.#call, rings, onward, answered: this.#answered, ...ended });
  }

  #forward(onward: ForwardingRun['onward']): void {
    this.#forwarding = new ForwardingRun(onward, {
      call: this.#call,
      side: this.#side,
      answering: this.#answering,
      peer: () => this.peer,
      state: () => this.#machine.state,
      onGivenAway: (line) => this.#page.givenAway(line),
      say: (sentence) => this.say(sentence),
      emit: (event) => this.dispatch(event),
    });
    this.#forwarding.begin(this.#hooks.forward);
  }

  #select({ ring, party, user }: Extract<InboundEffect, { type: 'selectAnswer' }>): void {
    const run = this.#rings.get(ring);
    if (!run?.room || !run.leg) return;
    this.#side.timeline.mark('matrixAnsweredAt');
    const { room, leg, callId } = run;
    this.#page.progressed({ type: 'taken', at: this.#parts.clock.now(), user, roomId: room.roomId, callId });
    leg.selectAnswer(party);
    this.#answered = new TakenCall({
      by: user,
      room,
      callId,
      callRef: this.callRef,
      side: this.#side,
      matrix: leg,
      transfers: this.#hooks.transfers(this),
      house: this.#parts,
      emit: (event) => this.dispatch(event),
    });
  }

  get #route() {
    const { state } = this.#machine;
    return state.phase === 'answered' ? state.inCall.plan.routes[0] : undefined;
  }

  /** From now on a restart can hang the telephone up. */
  #keepLastWill(): void {
    if (!this.#answered) return;
    keepLastWill(this.#parts.journal, this.#answered.callId, this.telephone, this.#onTrouble);
  }

  #gatewayFailed(what: string, error: unknown): void {
    this.dispatch(gatewayFailed(this.#story, what, error));
  }

  /** The last effect: nothing of the call may stay behind, and what can be known of it is handed over. */
  async #finish(outcome: CallOutcome): Promise<void> {
    this.#side.stop();
    this.#ringTimers.clearAll();
    this.#hooks.onEnded();
    const endedAt = this.#parts.clock.now();
    const media = await this.media.close();
    const record = this.#recordOf({ outcome, times: this.#side.timeline.closed(endedAt), media });
    handOver(this.#story, record, this.#hooks.onRecord);
    await this.#page.close(record);
    await this.#rings.close(record);
    this.#done.resolve();
  }
}
