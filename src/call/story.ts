/** The story of one call in the log: what an administrator wants to read, and every step for whoever looks closer. */
import type { Logger } from 'pino';
import type { CallEvent, Decided, Effect, Phase } from './machine.ts';
import { explainFailure, needsAdministrator } from './reasons.ts';
import type { CallRecord } from './record.ts';

/** Who calls whom, in the form in which it may be logged. */
export interface StoryFacts {
  readonly caller: string;
  readonly number: string;
  readonly roomId: string;
}

/** What is told when a call comes into a phase; the rest is of no interest, or told at its end. */
const lines: Readonly<Partial<Record<Phase, string>>> = {
  deciding: 'call from Matrix',
  calling: 'calling',
  ringing: 'the telephone rings',
  early: 'early audio: the client is answered, the telephone is not yet',
  answering: 'the telephone answered',
  talking: 'audio is connected',
  transferring: 'the client transfers its call',
  referred: 'the telephone is being replaced by another',
};

const linesAfterTransfer: Readonly<Partial<Record<Phase, string>>> = { talking: 'the call goes on' };

/** Failures that do not end a call: they are told here and nowhere else. */
const mishaps: ReadonlySet<CallEvent['type']> = new Set(['media-failed', 'matrix-send-failed', 'sip-reoffer-failed']);

export class Story {
  readonly #logger: Logger;
  readonly #facts: StoryFacts;

  constructor(logger: Logger, facts: StoryFacts) {
    this.#logger = logger;
    this.#facts = facts;
  }

  step(event: CallEvent, from: Phase, to: Phase, effects: readonly Effect[]): void {
    this.#logger.debug({ event: event.type, from, to, effects: effects.map(({ type }) => type) }, 'call step');
    for (const effect of effects) if (effect.type === 'nextRoute') this.#attemptFailed(effect);
    if (event.type === 'decided') this.#emergency(event.decision);
    if (from === to) {
      this.#mishap(event, to);
      return;
    }
    const line = from === 'transferring' || from === 'referred' ? linesAfterTransfer[to] : lines[to];
    if (line !== undefined) this.#logger.info(to === 'deciding' ? this.#facts : {}, line);
  }

  /** Never to be overlooked, whether it is let through or not. */
  #emergency(decision: Decided): void {
    if (decision.kind === 'allow' && decision.plan.emergency) {
      const trunks = decision.plan.routes.map(({ trunk }) => trunk);
      this.#logger.warn({ ...this.#facts, trunks, ...decision.plan.notice?.params }, 'EMERGENCY CALL');
    } else if (decision.kind === 'refuse' && decision.cause === 'emergency-blocked') {
      this.#logger.warn(this.#facts, 'EMERGENCY NUMBER DIALLED: refused, as no way out is set up for such calls');
    }
  }

  #attemptFailed({ failed: { trunk, failure } }: Extract<Effect, { type: 'nextRoute' }>): void {
    const { cause, admin } = explainFailure(failure);
    const line = { trunk, cause, admin };
    const words = `the trunk ${trunk} failed (${cause}); the next one is tried`;
    if (needsAdministrator(cause)) this.#logger.warn(line, `${words} (this needs an administrator)`);
    else this.#logger.info(line, words);
  }

  #mishap(event: CallEvent, phase: Phase): void {
    if (!mishaps.has(event.type)) return;
    if (phase !== 'ended') this.#logger.warn({ event }, 'something in the call failed; it goes on');
    // What was still under way fails when a call ends; only what the client was to be told is missed.
    else if (event.type === 'matrix-send-failed') this.#logger.warn({ event }, 'the client could not be told');
  }

  end({ outcome, talkMs, times, trunk, sipCallId }: CallRecord): void {
    const setupMs = times.inviteSentAt === undefined ? undefined : Math.round(times.inviteSentAt - times.arrivedAt);
    const line = { ...outcome, sentence: outcome.sentence?.key, talkMs, setupMs, trunk, sipCallId };
    const words = `call ended by ${outcome.endedBy}: ${outcome.cause}`;
    if (needsAdministrator(outcome.cause)) this.#logger.warn(line, `${words} (this needs an administrator)`);
    else this.#logger.info(line, words);
  }

  failure(error: unknown, what: string): void {
    this.#logger.error({ err: error }, what);
  }
}
