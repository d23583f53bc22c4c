/**
 * One call as it runs: takes events in order, asks the machine, runs its effects. Whatever an effect comes to returns as an
 * event, so that no failure is lost; when the call is over nothing of it stays.
 */
import type { Direction } from '../../media/index.ts';
import type { SipCallId } from '../../sip/index.ts';
import { Attempts } from './attempts.ts';
import type { CallHooks, CallIdentity, CallParts } from './call-parts.ts';
import { Keys } from './keys.ts';
import { type CallEvent, type CallState, type Effect, initialState, type Phase, type Plan, step } from './machine.ts';
import { CallEventsLeg, type MatrixLeg } from './matrix-leg.ts';
import { MediaLeg, mediaFailure } from './media-leg.ts';
import { type CallOutcome, recordOf } from './record.ts';
import { englishCatalogue, say } from './sentences.ts';
import { Story } from './story.ts';
import { TelephoneLeg } from './telephone-leg.ts';
import { Timeline } from './timeline.ts';
import { Timers } from './timers.ts';

export class Call {
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
  readonly #timeline: Timeline;
  readonly #attempts: Attempts;
  readonly #queue: CallEvent[] = [];
  readonly #begun = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  #state: CallState = initialState;
  #plan: Plan | undefined;
  #draining = false;
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
    this.#keys = new Keys(clock, (digit, durationMs) => {
      void this.#media.run('early-media', (session) => session.sendDtmf(digit, durationMs));
    });
    this.#telephone = new TelephoneLeg({ sip: parts.sip, media: this.#media, callRef, emit });
  }

  get phase(): Phase {
    return this.#state.phase;
  }

  get sipCallId(): SipCallId | undefined {
    return this.#telephone.sipCallId;
  }

  /** Takes an event: at once, or after those that are being handled. Never throws. */
  dispatch(event: CallEvent): void {
    this.#queue.push(event);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#handle(next);
    } finally {
      this.#draining = false;
    }
  }

  #handle(event: CallEvent): void {
    const before = this.#state;
    const { state, effects } = step(before, event);
    this.#state = state;
    this.#timeline.note(event, before.phase, state.phase);
    if (event.type === 'sip-failed') this.#attempts.failed(event.failure);
    this.#story.step(event, before.phase, state.phase, effects);
    for (const effect of effects) {
      try {
        const running = this.#run(effect);
        if (running instanceof Promise) running.catch((error: unknown) => this.#gatewayFailed(effect.type, error));
      } catch (error) {
        this.#gatewayFailed(effect.type, error);
      }
    }
  }

  /** Starts an effect; what comes back is a promise where it goes on. */
  #run(effect: Effect): unknown {
    switch (effect.type) {
      case 'decide':
        return this.#decide();
      case 'prepare':
        return this.#prepare(effect);
      case 'addCandidates':
        return this.#media.addCandidates(effect.candidates);

      case 'placeSip':
        return this.#place(effect.attempt, effect.sdp);
      case 'nextRoute':
        return this.#nextRoute(effect.attempt);
      case 'hangupSip':
        return this.#telephone.hangup(effect.cause);
      case 'answerSipReoffer':
        return this.#telephone.answer(effect.id, effect.sdp, effect.direction);
      case 'refuseSipReoffer':
        return this.#telephone.refuse(effect.id, effect.status);
      case 'refuseReferral':
        return this.#telephone.refuseReferral(effect.id, effect.status);
      case 'reofferSip':
        return this.#telephone.reoffer(effect.direction);

      case 'acceptEarlyMedia': {
        const { sdp, forkId } = effect;
        return this.#media.run('early-media', (session) => session.acceptRtpAnswer(sdp, { early: true, forkId }));
      }
      case 'acceptFinalMedia': {
        const { sdp, forkId } = effect;
        return this.#media.run('final-media', (session) => session.acceptRtpAnswer(sdp, { early: false, forkId }));
      }
      case 'prepareMatrixAnswer':
        return this.#prepareMatrixAnswer(effect.final);
      case 'connectMedia':
        return this.#media.run('final-media', (session) => session.connect());
      case 'startRingback':
        return this.#media.run('early-media', (session) => session.startRingback(effect.country));
      case 'stopRingback':
        return this.#media.run('early-media', (session) => session.stopRingback());
      case 'pressKeys':
        return this.#keys.press(effect.keys);
      case 'closeMedia':
        return this.#media.close();

      case 'answerMatrix':
        return this.#matrix.answer(effect.sdp, () => this.#timeline.mark('matrixAnsweredAt'));
      case 'rejectMatrix':
        return this.#matrix.finish('reject', effect.reason);
      case 'hangupMatrix':
        return this.#matrix.finish('hangup', effect.reason);
      case 'renegotiateMatrix':
        return this.#renegotiate(effect.sdp);
      case 'sendMatrixReanswer':
        return this.#matrix.negotiate('answer', effect.sdp);
      case 'reofferMatrix':
        return this.#makeMatrixReoffer(effect.direction);
      case 'sendMatrixReoffer':
        return this.#matrix.negotiate('offer', effect.sdp);
      case 'acceptMatrixReanswer':
        return this.#media.run('matrix-reanswer', (session) => session.acceptWebRtcReanswer(effect.sdp));
      case 'notice':
        return this.#matrix.notice(
          effect.sentence.key,
          say(effect.sentence, { ref: this.identity.callRef }, this.#parts.words ?? englishCatalogue),
        );

      case 'setTimer':
        return this.#timers.set(effect.timer, effect.afterMs);
      case 'clearTimer':
        return this.#timers.clear(effect.timer);
      case 'finish':
        return this.#finish(effect.outcome);
      default:
        return effect satisfies never;
    }
  }

  async #decide(): Promise<void> {
    const { callRef, caller, callee } = this.identity;
    try {
      const request = { callRef, caller, dialled: callee.dialled, live: this.#hooks.liveCounts() };
      const decision = await this.#parts.decide(request);
      if (decision.kind !== 'refuse' && decision.kind !== 'not-ours') this.#plan = decision.plan;
      this.dispatch({ type: 'decided', decision });
    } catch (error) {
      this.#gatewayFailed('decision', error);
    }
  }

  /** On record before anything leaves the house: a restart must be able to end what was begun. */
  async #prepare({ offerSdp, candidates }: Extract<Effect, { type: 'prepare' }>): Promise<void> {
    const plan = this.#plan;
    if (!plan) return this.#gatewayFailed('decision', new Error('allowed without a plan'));
    const media = this.#media.open(offerSdp, candidates, plan.routes[0].rtp).catch((error: unknown) => {
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
    const rtpOffer = await this.#media.run('prepare', (session) => session.createRtpOffer(route.rtp));
    if (rtpOffer !== undefined && (await this.#onRecord)) this.dispatch({ type: 'prepared', rtpOffer });
  }

  #place(attempt: number, sdp: string): void {
    const route = this.#plan?.routes[attempt];
    if (!route) return;
    this.#timeline.mark('inviteSentAt');
    this.#attempts.begin(route);
    this.#telephone.place(route, sdp);
    this.#attempts.name(this.#telephone.sipCallId);
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

  async #renegotiate(offer: string): Promise<void> {
    const answer = await this.#media.run('matrix-renegotiation', (session) => session.renegotiateWebRtc(offer));
    if (answer) this.dispatch({ type: 'matrix-renegotiated', sdp: answer.sdp, direction: answer.direction });
  }

  async #makeMatrixReoffer(direction: Direction): Promise<void> {
    const sdp = await this.#media.run('matrix-reoffer', (session) => session.createWebRtcReoffer(direction));
    if (sdp !== undefined) this.dispatch({ type: 'matrix-reoffer-ready', sdp });
  }

  #gatewayFailed(what: string, error: unknown): void {
    this.#story.failure(error, `the call's ${what} failed`);
    const message = error instanceof Error ? error.message : String(error);
    this.dispatch({ type: 'gateway-failed', message: `${what}: ${message}` });
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
    const record = recordOf({
      identity: this.identity,
      attempts: this.#attempts.all,
      times: this.#timeline.closed(endedAt),
      outcome,
      media: stats,
    });
    this.#story.end(record);
    try {
      this.#hooks.onRecord(record);
    } catch (error) {
      this.#story.failure(error, 'the record of the call was not taken');
    }
    // The entry goes only when the last word is out: until then a restart must say it again (under the same key).
    await this.#matrix.idle;
    if (await this.#onRecord) {
      await this.#parts.journal.closed(this.identity.callRef, record).catch((error: unknown) => {
        this.#story.failure(error, 'the call journal could not be written');
      });
    }
    this.#done.resolve();
  }
}
