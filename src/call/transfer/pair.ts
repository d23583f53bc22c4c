/** Two telephones that were put through to each other, as they run: without any client, until one of them hangs up. */
import type { Logger } from 'pino';
import type { SipCalls } from '../../../sip/index.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import type { HandedOver } from '../call-effects.ts';
import type { LiveCall } from '../live-call.ts';
import type { CallEvent } from '../machine.ts';
import type { MediaLeg } from '../media-leg.ts';
import type { Clock } from '../ports.ts';
import { EventQueue } from '../running.ts';
import type { Sentence } from '../sentences.ts';
import type { SipLine } from '../sip-line.ts';
import { TelephoneLeg } from '../telephone-leg.ts';
import { joinPair, type PairEffect, type PairEvent, type PairSide, type PairState, stepPair } from './pair-machine.ts';

export interface PairMember extends HandedOver {
  readonly line: SipLine;
  readonly media: MediaLeg;
}

export interface PairParts {
  readonly sip: Pick<SipCalls, 'placeCall'>;
  /** Of the calls whose telephones they were; the first names the pair. */
  readonly callRefs: readonly [string, ...string[]];
  /** Who put them through, and whom they talked to. */
  readonly user: MatrixUserId;
  readonly number?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From now on. */
  readonly longestMs?: number;
  /** One sentence in the room in which the transfer was asked for. */
  readonly say: (sentence: Sentence) => void;
  readonly onOver: () => void;
}

export class Pair {
  readonly #parts: PairParts;
  readonly #members: Readonly<Record<PairSide, { readonly media: MediaLeg; readonly telephone: TelephoneLeg }>>;
  readonly #queue = new EventQueue<PairEvent>((event) => this.#step(event));
  readonly #since: number;
  #state: PairState;
  #cancelTimer: () => void = () => undefined;

  constructor(parts: PairParts, a: PairMember, b: PairMember) {
    this.#parts = parts;
    this.#since = parts.clock.now();
    const { state, effects } = joinPair(a, b);
    this.#state = state;
    this.#members = { a: this.#member('a', a), b: this.#member('b', b) };
    if (parts.longestMs !== undefined) {
      this.#cancelTimer = parts.clock.after(parts.longestMs, () => this.#dispatch({ event: { type: 'longest-call' } }));
    }
    parts.logger.info('two telephones are put through to each other');
    this.#members.a.telephone.take(a.line);
    this.#members.b.telephone.take(b.line);
    for (const effect of effects) this.#run(effect);
  }

  /** Whether this call is one of those whose telephones are here. */
  isOf(callRef: string): boolean {
    const lines = Object.values(this.#members).map(({ telephone }) => telephone.line);
    return this.#parts.callRefs.includes(callRef) || lines.some((line) => line?.callRef === callRef);
  }

  get live(): LiveCall {
    const { callRefs, user, number } = this.#parts;
    const trunk = this.#members.a.telephone.line?.leg.trunk;
    return {
      callRef: callRefs[0],
      direction: 'joined',
      phase: 'joined',
      user,
      ...(number === undefined ? {} : { number }),
      ...(trunk === undefined ? {} : { trunk }),
      since: this.#since,
      answeredAt: this.#since,
    };
  }

  end(): void {
    this.#dispatch({ event: { type: 'end-now' } });
  }

  shutdown(): void {
    this.#dispatch({ event: { type: 'shutdown' } });
  }

  #member(side: PairSide, { media }: PairMember) {
    const emit = (event: CallEvent): void => this.#dispatch({ side, event });
    media.hear(emit);
    const {
      sip,
      callRefs: [callRef],
    } = this.#parts;
    return { media, telephone: new TelephoneLeg({ sip, media, callRef, emit }) };
  }

  #dispatch(event: PairEvent): void {
    this.#queue.push(event);
  }

  #step(event: PairEvent): void {
    const { state, effects } = stepPair(this.#state, event);
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: PairEffect): unknown {
    const members = this.#members;
    switch (effect.type) {
      case 'hangup':
        return members[effect.side].telephone.hangup(effect.cause);
      case 'answerReoffer':
        return members[effect.side].telephone.answer(effect.id, effect.sdp, effect.direction);
      case 'refuseReoffer':
        return members[effect.side].telephone.refuse(effect.id, effect.status);
      case 'reoffer':
        return members[effect.side].telephone.reoffer(effect.direction);
      case 'refuseReferral':
        return members[effect.side].telephone.refuseReferral(effect.id, 603);
      case 'refuseReplacement':
        return members[effect.side].telephone.refuseReplacement(effect.id);
      case 'sendDigit':
        return members[effect.side].media.run('early-media', (session) =>
          session.sendDtmf(effect.digit, effect.durationMs),
        );
      case 'beep':
        return members[effect.side].media.run('early-media', (session) => session.beep('rtp'));
      case 'say':
        return this.#parts.say(effect.sentence);
      case 'finish':
        return this.#finish(effect);
      default:
        return effect satisfies never;
    }
  }

  #finish({ why, by }: Extract<PairEffect, { type: 'finish' }>): void {
    const { clock, logger, onOver } = this.#parts;
    this.#cancelTimer();
    for (const { media, telephone } of Object.values(this.#members)) {
      telephone.refuseAll();
      void media.close();
    }
    logger.info(
      { why, by, talkMs: Math.round(clock.now() - this.#since) },
      'the telephones that were put through have ended',
    );
    onOver();
  }
}
