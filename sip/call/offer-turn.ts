/** Whose turn it is to offer in one dialog: runs `offer-machine.ts`, and lets our own offers wait for theirs. */
import type { Clock } from './clock.ts';
import { type OfferInput, type OfferState, type OfferVerdict, stepOffer } from './offer-machine.ts';

export class OfferTurn {
  readonly #clock: Clock;
  readonly #sleepers = new Set<() => void>();
  #state: OfferState = { name: 'stable' };
  #waiting: (() => void)[] = [];
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Settles when it is our turn, or the call is over (`closed`). */
  async ours(): Promise<void> {
    while (!this.#closed && this.#step({ type: 'make' }).verdict === 'wait') {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ours is answered, refused or given up. */
  made(): void {
    this.#step({ type: 'made' });
    this.#wake();
  }

  /** Theirs comes. */
  receive(method: 'INVITE' | 'UPDATE', offerless: boolean): OfferVerdict {
    return this.#step({ type: 'receive', method, offerless });
  }

  /** Theirs is answered or refused. */
  answered(): void {
    this.#step({ type: 'answered' });
    this.#wake();
  }

  /** Settles after `ms`, or when the call is over. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        stop();
        this.#sleepers.delete(wake);
        resolve();
      };
      const stop = this.#clock.after(ms, wake);
      this.#sleepers.add(wake);
    });
  }

  /** The call is over: nothing waits any more. */
  close(): void {
    this.#closed = true;
    for (const wake of [...this.#sleepers]) wake();
    this.#wake();
  }

  #step(input: OfferInput): OfferVerdict {
    const { state, result } = stepOffer(this.#state, input);
    this.#state = state;
    return result;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
