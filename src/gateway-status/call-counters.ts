/** Counts calls that are over: by trunk, direction and cause. */
import type { CallRecord } from '../call/index.ts';
import type { Metric } from '../http/index.ts';
import { Counter } from './counter.ts';

/** Of a call that went by none: refused here, or between two users. */
const NO_TRUNK = 'none';

export class CallCounters {
  readonly #ended = new Counter();
  readonly #failures = new Counter();
  readonly #talk = new Counter();

  /** Takes note of a call that is over. */
  count(record: CallRecord): void {
    const { direction, trunk = NO_TRUNK, outcome, talkMs } = record;
    this.#ended.add({ trunk, direction, cause: outcome.cause });
    this.#talk.add({ trunk, direction }, talkMs / 1000);
    // Of a call that a second trunk carried, the first one's failure counts too.
    const attempts = record.direction === 'out' ? record.attempts : [];
    for (const { trunk: tried, failure } of attempts) {
      if (failure !== undefined) this.#failures.add({ trunk: tried, status: String(failure.sipStatus) });
    }
  }

  metrics(): Metric[] {
    return [
      {
        name: 'trunkline_calls_ended_total',
        help: 'Calls that are over, by trunk, direction and cause.',
        type: 'counter',
        samples: () => this.#ended.samples(),
      },
      {
        name: 'trunkline_trunk_failures_total',
        help: 'Attempts to call that a trunk failed, by SIP status.',
        type: 'counter',
        samples: () => this.#failures.samples(),
      },
      {
        name: 'trunkline_talk_seconds_total',
        help: 'Seconds that calls lasted after their answer.',
        type: 'counter',
        samples: () => this.#talk.samples(),
      },
    ];
  }
}
