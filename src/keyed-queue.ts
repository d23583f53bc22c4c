/** One queue for each key: in order within a key, keys never wait for one another. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Keys that have work. */
  get size(): number {
    return this.#tails.size;
  }

  /**
   * Runs `task` after all earlier ones of this key have settled, whether they failed or not.
   * A task of an idle key starts before `run` returns.
   */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key);
    const result = before === undefined ? start(task) : before.then(task, task);
    const settled = result.then(noop, noop).then(() => {
      if (this.#tails.get(key) === settled) this.#tails.delete(key);
    });
    this.#tails.set(key, settled);
    return result;
  }

  /** Settles when there is no work left. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}

function start<T>(task: () => Promise<T>): Promise<T> {
  try {
    return task();
  } catch (error) {
    return Promise.reject(error);
  }
}

function noop(): void {}
