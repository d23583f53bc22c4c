/** Counts what calls were paid and what they cost, from their records. */
import type { StoredRecord } from '../account/records/index.ts';
import type { Metric } from '../http/index.ts';
import { MICROS_PER_UNIT } from '../money.ts';
import { Counter } from './counter.ts';

/** Of a call that went by none. */
const NO_TRUNK = 'none';

export class MoneyCounters {
  /** In millionths: sums are exact. */
  readonly #price = new Counter();
  readonly #cost = new Counter();
  readonly #billed = new Counter();
  readonly #quality = new Counter();
  readonly #judged = new Counter();

  /** Takes note of a record that was closed. */
  count({ trunk = NO_TRUNK, direction, money, audio }: StoredRecord): void {
    if (money !== undefined) {
      const { currency, price, cost = 0, billedS } = money;
      this.#price.add({ trunk, currency }, price);
      this.#cost.add({ trunk, currency }, cost);
      this.#billed.add({ trunk }, billedS);
    }
    if (audio?.mos !== undefined) {
      this.#quality.add({ trunk, direction }, audio.mos);
      this.#judged.add({ trunk, direction });
    }
  }

  metrics(): Metric[] {
    const counter = (name: string, help: string, from: Counter, unit = 1): Metric => ({
      name,
      help,
      type: 'counter',
      samples: () => [...from.samples()].map(({ labels, value }) => ({ labels, value: value / unit })),
    });
    return [
      counter(
        'trunkline_call_price_total',
        'What users paid for calls, in units of the currency.',
        this.#price,
        MICROS_PER_UNIT,
      ),
      counter(
        'trunkline_call_cost_total',
        'What providers take for calls by their price lists.',
        this.#cost,
        MICROS_PER_UNIT,
      ),
      counter(
        'trunkline_billed_seconds_total',
        'Seconds of calls that were paid for, in whole increments.',
        this.#billed,
      ),
      counter('trunkline_call_mos_sum', 'Sum of the estimated mean opinion scores of calls.', this.#quality),
      counter('trunkline_call_mos_count', 'Calls whose audio could be judged.', this.#judged),
    ];
  }
}
