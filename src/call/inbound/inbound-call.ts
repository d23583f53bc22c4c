/**
 * One call in as it runs: takes events in order, asks the machine, runs its effects. What an effect comes to returns as an event;
 * when the call is over nothing of it stays.
 */
import type { InboundCall, Party } from '../../../sip/index.ts';
import type {
  CallId,
  CallRooms,
  HangupReason,
  IncomingCallEvent,
  MatrixUserId,
  RingRoom,
  RoomId,
} from '../../matrix/index.ts';
import { type CallTransfers, CommonEffects, digitSender, isCommonEffect } from '../call-effects.ts';
import type { CallParts } from '../call-parts.ts';
import { Keys } from '../keys.ts';
import type { CallEvent, Phase } from '../machine.ts';
import { MediaLeg, mediaFailure } from '../media-leg.ts';
import { plainNaming } from '../naming.ts';
import type { DecideInbound, MayNotify } from '../ports.ts';
import type { CallOutcome } from '../record.ts';
import { englishCatalogue, type Sentence, say } from '../sentences.ts';
import { SipLine } from '../sip-line.ts';
import { TelephoneLeg } from '../telephone-leg.ts';
import { Timeline } from '../timeline.ts';
import { Timers } from '../timers.ts';
import type { TransferableCall } from '../transfer/transferable.ts';
import { callingParty, missedCall } from './caller.ts';
import type { InboundEffect } from './effects.ts';
import type { InboundEvent, RingTimerName } from './events.ts';
import { asInCallEvent, asRingEvent } from './from-matrix.ts';
import { initialInboundState, stepInbound } from './machine.ts';
import { asRefusal } from './outcome.ts';
import { type InboundRecord, inboundRecordOf } from './record.ts';
import { RingRun, type TakenBy } from './ring-run.ts';
import type { InboundState, Ring } from './state.ts';
import { InboundStory } from './story.ts';

/** What calls in need beside what every call does. */
export interface InboundParts {
  readonly decide: DecideInbound;
  readonly rooms: CallRooms;
  /** Default: everybody wants every notice. */
  readonly mayNotify?: MayNotify;
}

export interface InboundHooks {
  /** All live calls of the gateway beside this one. */
  readonly live: () => number;
  /** Whose call there is in the room already. */
  readonly takenBy: (room: RingRoom) => TakenBy | undefined;
  /** From now on events of this room and call ID are for this ring. */
  readonly onRing: (roomId: RoomId, callId: CallId, ring: number) => void;
  /** From now on they are for nobody. */
  readonly onRingOver: (roomId: RoomId, callId: CallId) => void;
  readonly transfers: (call: TransferableCall) => CallTransfers;
  readonly onEnded: () => void;
  readonly onRecord: (record: InboundRecord) => void;
}

export class InboundCallRun implements TransferableCall {
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
  readonly #missed: string;
  readonly #rings = new Map<number, RingRun>();
  readonly #telling: Promise<void>[] = [];
  readonly #queue: InboundEvent[] = [];
  readonly #done = Promise.withResolvers<void>();
  #state: InboundState = initialInboundState;
  /** Of the Matrix call that was answered. */
  #effects: CommonEffects | undefined;
  #answered:
    | { readonly by: MatrixUserId; readonly ghost: MatrixUserId; readonly roomId: RoomId; readonly callId: CallId }
    | undefined;
  /** 200 is out: from now on the telephone is hung up and not refused. */
  #isTelephoneAnswered = false;
  #draining = false;
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
    this.#missed = this.#say(missedCall(caller));
    this.#timeline = new Timeline(clock);
    this.#timers = new Timers(clock, (timer) => this.dispatch({ type: 'timer', timer }));
    this.#ringTimers = new Timers(clock, (timer) => this.dispatch({ type: 'ring-timer', timer }));
    const turnServer = () => signalling.turnServer();
    this.media = new MediaLeg({ engine: parts.media, callRef, turnServer, clock, logger, emit });
    this.telephone = new TelephoneLeg({ sip: parts.sip, media: this.media, callRef, emit });
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
    return this.#state.phase === 'answered' ? this.#state.inCall.phase : this.#state.phase;
  }

  /** The room in which it is talked. */
  get roomId(): RoomId | undefined {
    return this.#answered?.roomId;
  }

  /** Takes an event: at once, or after those that are being handled. Never throws. */
  dispatch(event: InboundEvent): void {
    this.#queue.push(event);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#handle(next);
    } finally {
      this.#draining = false;
    }
  }

  /** A call event of the room in which this ring is. */
  hear(event: IncomingCallEvent, ring: number): void {
    const room = this.#rings.get(ring)?.room;
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
    this.#story.step(event, before, state, effects);
    for (const effect of effects) {
      try {
        const running = this.#run(effect);
        if (running instanceof Promise) running.catch((error: unknown) => this.#gatewayFailed(effect.type, error));
      } catch (error) {
        this.#gatewayFailed(effect.type, error);
      }
    }
  }

  #note({ type }: InboundEvent): void {
    if (type === 'inbound-decided') this.#timeline.mark('decidedAt');
    if (type === 'webrtc-connected' && this.#state.phase === 'answered') this.#timeline.mark('mediaAt');
  }

  /** Starts an effect; what comes back is a promise where it goes on. */
  #run(effect: InboundEffect): unknown {
    switch (effect.type) {
      case 'decideInbound':
        return this.#decide();
      case 'prepareInbound':
        return this.#prepare(effect);
      case 'seekRoom':
        return this.#seek(effect);
      case 'inviteClient':
        return this.#rings.get(effect.ring)?.invite(effect.sdp, effect.lifetimeMs);
      case 'endRing':
        return this.#endRing(effect.ring, effect.reason);
      case 'dropRing':
        return this.#endRing(effect.ring, undefined);
      case 'selectAnswer':
        return this.#select(effect);
      case 'acceptClient':
        return this.#acceptClient(effect);
      case 'alertSip':
        this.#timeline.mark('ringingAt');
        return this.#call.leg.ring();
      case 'answerSip':
        return this.#answerTelephone(effect.sdp);
      case 'refuseSip':
        return this.#call.leg.reject(effect.refusal);
      case 'hangupSip':
        if (this.#isTelephoneAnswered) return this.telephone.hangup(effect.cause);
        return this.#call.leg.reject(asRefusal(effect.cause));
      case 'tellMissed':
        return this.#tell(effect.ring, 'missed', this.#missed);
      case 'tellAnsweredBy':
        return this.#tell(effect.ring, 'elsewhere', this.#say({ key: 'answered-by', params: { who: effect.user } }));
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
      this.dispatch({ type: 'inbound-decided', decision });
    } catch (error) {
      this.#gatewayFailed('decision', error);
    }
  }

  async #prepare({ sdp, rtp }: Extract<InboundEffect, { type: 'prepareInbound' }>): Promise<void> {
    try {
      const media = await this.media.openInbound(sdp, rtp);
      if (media) this.dispatch({ type: 'media-ready', ...media });
    } catch (error) {
      this.dispatch(mediaFailure('prepare', error));
    }
  }

  #seek({ ring, target }: Extract<InboundEffect, { type: 'seekRoom' }>): Promise<void> {
    const { signalling, journal, clock } = this.#parts;
    const run = new RingRun(ring, target, {
      callRef: this.callRef,
      ownParty: ownPartyOf(this.callRef),
      caller: callingParty(this.#call),
      missed: this.#missed,
      rooms: this.#inbound.rooms,
      signalling,
      journal,
      now: () => clock.now(),
      takenBy: this.#hooks.takenBy,
      onRoom: ({ id, callId }, { roomId }) => this.#hooks.onRing(roomId, callId, id),
      emit: (event) => this.dispatch(event),
      onTrouble: (error, what) => this.#story.failure(error, what),
    });
    this.#rings.set(ring, run);
    return run.seek();
  }

  #endRing(ring: number, reason: HangupReason | undefined): void {
    const run = this.#rings.get(ring);
    if (!run) return;
    run.end(reason);
    if (run.room) this.#hooks.onRingOver(run.room.roomId, run.callId);
  }

  #select({ ring, party, user }: Extract<InboundEffect, { type: 'selectAnswer' }>): void {
    const run = this.#rings.get(ring);
    if (!run?.room || !run.leg) return;
    this.#timeline.mark('matrixAnsweredAt');
    this.#answered = { by: user, ghost: run.room.ghost, roomId: run.room.roomId, callId: run.callId };
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

  async #answerTelephone(sdp: string): Promise<void> {
    this.#isTelephoneAnswered = true;
    this.#timeline.mark('answeredAt');
    try {
      const answer = await this.#call.leg.answer(sdp);
      this.dispatch({ type: 'sip-acknowledged', ...(answer === undefined ? {} : { sdp: answer }) });
    } catch (error) {
      // The leg tells so itself; should it not, nobody would ever end this call.
      const phrase = error instanceof Error ? error.message : String(error);
      this.dispatch({
        type: 'sip-failed',
        failure: { status: 408, phrase, sawProvisional: true, origin: 'timeout' },
      });
    }
  }

  get #route() {
    return this.#state.phase === 'answered' ? this.#state.inCall.plan.routes[0] : undefined;
  }

  #tell(ring: number, kind: 'missed' | 'elsewhere', text: string): void {
    const run = this.#rings.get(ring);
    if (!run) return;
    const tell = async (): Promise<void> => {
      const { mayNotify = () => true } = this.#parts;
      if (await mayNotify(run.user, kind)) run.leg?.notice(kind, text);
    };
    this.#telling.push(tell().catch((error: unknown) => this.#story.failure(error, 'a notice could not be given')));
  }

  #say(sentence: Sentence): string {
    return say(sentence, { ref: this.callRef }, this.#parts.words ?? englishCatalogue);
  }

  /** From now on a restart can hang the telephone up. */
  #keepLastWill(): void {
    const lastWill = this.telephone.line?.leg.lastWill;
    if (lastWill === undefined || !this.#answered) return;
    this.#parts.journal.updated(this.#answered.callId, { lastWill }).catch((error: unknown) => {
      this.#story.failure(error, 'the call journal could not be written');
    });
  }

  #gatewayFailed(what: string, error: unknown): void {
    this.#story.failure(error, `the call's ${what} failed`);
    const message = error instanceof Error ? error.message : String(error);
    this.dispatch({ type: 'gateway-failed', message: `${what}: ${message}` });
  }

  /** The last effect: nothing of the call may stay behind, and what can be known of it is handed over. */
  async #finish(outcome: CallOutcome): Promise<void> {
    this.#timers.clearAll();
    this.#ringTimers.clearAll();
    this.#keys.stop();
    this.telephone.refuseAll();
    this.#hooks.onEnded();
    const endedAt = this.#parts.clock.now();
    const rings: readonly Ring[] = this.#state.phase === 'ended' ? this.#state.rings : [];
    const media = await this.media.close();
    const times = this.#timeline.closed(endedAt);
    const record = inboundRecordOf({ call: this.#call, rings, answered: this.#answered, times, outcome, media });
    this.#story.end(record);
    try {
      this.#hooks.onRecord(record);
    } catch (error) {
      this.#story.failure(error, 'the record of the call was not taken');
    }
    await Promise.all(this.#telling);
    const closing = [...this.#rings.values()].map((ring, at) => ring.close(at === 0 ? record : undefined));
    await Promise.all(closing);
    this.#done.resolve();
  }
}

/** Must not be a client's device ID, which clients take for their own echo. */
export const ownPartyOf = (callRef: string): string => `trunkline-${callRef}`;
