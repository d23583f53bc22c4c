/** The attempts of one call, route by route, for its record. */
import type { SipCallId, SipFailure } from '../../sip/index.ts';
import type { Route } from './machine.ts';
import type { Clock } from './ports.ts';
import { type CauseKey, explainFailure } from './reasons.ts';

/** One INVITE that was sent, or would have been. Times are milliseconds since the Unix epoch. */
export interface CallAttempt {
  /** Which of the plan's routes it was, from 0: one that takes none of the client's codecs is never tried. */
  readonly route: number;
  readonly trunk: string;
  /** What was put on the wire, before the trunk's own number format. */
  readonly target: string;
  readonly startedAt: number;
  readonly sipCallId?: SipCallId;
  /** Of an attempt that failed. */
  readonly failure?: {
    readonly at: number;
    readonly cause: CauseKey;
    readonly sipStatus: number;
    readonly q850?: number;
    /** The network's own words, for administrators. */
    readonly admin: string;
  };
}

export class Attempts {
  readonly #clock: Clock;
  readonly #all: CallAttempt[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(route: number, { trunk, target }: Route): void {
    this.#all.push({ route, trunk, target, startedAt: this.#clock.now() });
  }

  /** The Call-ID of the attempt in progress: known when it is placed, and another one after a redirection. */
  name(sipCallId: SipCallId | undefined): void {
    const last = this.#all.at(-1);
    if (!last || last.failure || sipCallId === undefined) return;
    this.#all[this.#all.length - 1] = { ...last, sipCallId };
  }

  failed(failure: SipFailure): void {
    const last = this.#all.at(-1);
    if (!last || last.failure) return;
    const { cause, admin } = explainFailure(failure);
    this.#all[this.#all.length - 1] = {
      ...last,
      failure: {
        at: this.#clock.now(),
        cause,
        sipStatus: failure.status,
        ...(failure.q850 === undefined ? {} : { q850: failure.q850 }),
        admin,
      },
    };
  }

  get all(): readonly CallAttempt[] {
    return [...this.#all];
  }
}
