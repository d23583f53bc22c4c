/** When what happened in a call. Each moment is noted once, the first time. */
import type { CallEvent, Phase } from './machine.ts';
import type { Clock } from './ports.ts';
import type { CallTimes } from './record.ts';

type Moment = Exclude<keyof CallTimes, 'endedAt'>;

export class Timeline {
  readonly #clock: Clock;
  readonly #moments: Partial<Record<Moment, number>> = {};
  readonly #arrivedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#arrivedAt = clock.now();
  }

  /** @returns when it was */
  mark(moment: Moment): number {
    this.#moments[moment] ??= this.#clock.now();
    return this.#moments[moment];
  }

  /** Reads the moments off the machine's steps. */
  note(event: CallEvent, from: Phase, to: Phase): void {
    if (event.type === 'decided' && from === 'deciding') this.mark('decidedAt');
    if (to === 'ringing') this.mark('ringingAt');
    if (event.type === 'sip-answered' && from !== to) this.mark('answeredAt');
    if (event.type === 'webrtc-connected' && to !== 'ended') this.mark('mediaAt');
  }

  get arrivedAt(): number {
    return this.#arrivedAt;
  }

  at(moment: Moment): number | undefined {
    return this.#moments[moment];
  }

  /** For how long by now, in ms; 0 before that moment. */
  since(moment: Moment): number {
    const now = this.#clock.now();
    return now - (this.#moments[moment] ?? now);
  }

  closed(endedAt: number): CallTimes {
    return { ...this.#moments, arrivedAt: this.#arrivedAt, endedAt };
  }
}
