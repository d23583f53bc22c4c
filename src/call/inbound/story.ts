/** The story of one call in, for administrators. */
import type { Logger } from 'pino';
import type { InboundCall } from '../../../sip/index.ts';
import { needsAdministrator } from '../reasons.ts';
import type { InboundEffect } from './effects.ts';
import type { InboundEvent } from './events.ts';
import type { InboundRecord } from './record.ts';
import type { AnsweredState, InboundState } from './state.ts';

const mishaps: ReadonlySet<InboundEvent['type']> = new Set([
  'media-failed',
  'matrix-send-failed',
  'sip-reoffer-failed',
]);

export class InboundStory {
  readonly #logger: Logger;
  /** Who calls whom, in the form in which it may be logged. */
  readonly #facts: Readonly<Record<string, string>>;

  /** @param showNumber how a number may stand in a log */
  constructor(logger: Logger, call: InboundCall, showNumber: (number: string) => string) {
    const { trunk, account, caller, called } = call;
    this.#logger = logger;
    this.#facts = {
      trunk,
      ...(account === undefined ? {} : { account }),
      caller: caller.withheld || caller.number === undefined ? 'withheld' : showNumber(caller.number),
      called: showNumber(called),
    };
  }

  step(event: InboundEvent, from: InboundState, to: InboundState, effects: readonly InboundEffect[]): void {
    const line = { event: event.type, from: phaseOf(from), to: phaseOf(to), effects: effects.map(({ type }) => type) };
    this.#logger.debug(line, 'call step');
    this.#mishap(event, to.phase === 'ended');
    if (event.type === 'ring-unreachable') {
      this.#logger.warn({ ring: event.ring, code: event.code }, `somebody cannot be rung: ${event.message}`);
    }
    if (from.phase === 'new' && to.phase !== 'new') this.#logger.info(this.#facts, 'call from the telephone');
    for (const effect of effects) this.#effect(effect);
    if (phaseOf(from) !== phaseOf(to) && phaseOf(to) === 'talking') this.#logger.info('audio is connected');
  }

  #mishap(event: InboundEvent, isOver: boolean): void {
    if (!mishaps.has(event.type)) return;
    if (!isOver) this.#logger.warn({ event }, 'something in the call failed; it goes on');
    // What was still under way fails when a call ends; only what people were to be told is missed.
    else if (event.type === 'matrix-send-failed') this.#logger.warn({ event }, 'a client could not be told');
  }

  #effect(effect: InboundEffect): void {
    switch (effect.type) {
      case 'seekRoom': {
        const { ring, target } = effect;
        this.#logger.info({ ring, whom: target.kind === 'user' ? target.user : target.room }, 'rings');
        return;
      }
      case 'selectAnswer':
        this.#logger.info({ ring: effect.ring, user: effect.user }, 'answered');
        return;
      case 'refuseSip':
        this.#logger.info({ ...effect.refusal, contact: undefined }, `the caller is told ${effect.refusal.status}`);
        return;
      default:
    }
  }

  end({ outcome, talkMs, times, trunk, sipCallId, rang }: InboundRecord): void {
    const ringMs = times.ringingAt === undefined ? undefined : Math.round(times.ringingAt - times.arrivedAt);
    const verdicts = rang.map(({ verdict }) => verdict);
    const line = { ...outcome, sentence: outcome.sentence?.key, talkMs, ringMs, rang: verdicts, trunk, sipCallId };
    const words = `call ended by ${outcome.endedBy}: ${outcome.cause}`;
    if (needsAdministrator(outcome.cause)) this.#logger.warn(line, `${words} (this needs an administrator)`);
    else this.#logger.info(line, words);
  }

  failure(error: unknown, what: string): void {
    this.#logger.error({ err: error }, what);
  }
}

const phaseOf = (state: InboundState): string =>
  state.phase === 'answered' ? (state satisfies AnsweredState).inCall.phase : state.phase;
