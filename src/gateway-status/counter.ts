/** A counter of Prometheus with labels. */
import type { Sample } from '../http/index.ts';

/** One for each combination of labels that was seen; all of them come from small sets. */
export class Counter {
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
