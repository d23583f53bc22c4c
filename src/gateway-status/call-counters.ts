/** Counts calls that are over: by trunk, direction and cause. */
import type { CallRecord } from '../call/index.ts';
import type { Metric, Sample } from '../http/index.ts';

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

/** A counter for each combination of labels that was seen; all of them come from small sets. */
class Counter {
  readonly #samples = new Map<string, { readonly labels: Sample['labels']; value: number }>();

  add(labels: Sample['labels'], amount = 1): void {
    const key = Object.values(labels).join('\n');
    const sample = this.#samples.get(key);
    if (sample === undefined) this.#samples.set(key, { labels, value: amount });
    else sample.value += amount;
  }

  samples(): Iterable<Sample> {
    return this.#samples.values();
  }
}
