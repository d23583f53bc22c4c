/** The books of calls as a call uses them: entered once, closed once, in this order whatever comes first. */
import type { Logger } from 'pino';
import type { AccountedCall, CallAccounting, CallEntered, CallProgress, Clock, CreditEvent } from './ports.ts';
import type { CallRecord } from './record.ts';

const entered: CallEntered = { kind: 'entered' };
/** Whoever calls does not wait any longer for a database that does not answer. */
const patienceMs = 5_000;

export class Books {
  readonly #accounting: CallAccounting | undefined;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #closing = new Set<Promise<void>>();

  /** @param accounting undefined where nothing is written down and nothing is charged */
  constructor(accounting: CallAccounting | undefined, logger: Logger, clock: Clock) {
    this.#accounting = accounting;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** The page of one call. */
  page(callRef: string): BookPage {
    return new BookPage(callRef, this.#accounting, {
      clock: this.#clock,
      closing: (closed) => {
        this.#closing.add(closed);
        void closed.then(() => this.#closing.delete(closed));
      },
      trouble: (error) => this.#logger.error({ callRef, err: error }, 'the books of calls could not be written'),
    });
  }

  /** Settles when everything that was to be closed is. */
  async idle(): Promise<void> {
    await Promise.all(this.#closing);
  }
}

interface Hooks {
  readonly clock: Clock;
  readonly closing: (closed: Promise<void>) => void;
  readonly trouble: (error: unknown) => void;
}

/** One call's: that of one telephone, from the decision until it is gone. */
export class BookPage {
  readonly #callRef: string;
  readonly #accounting: CallAccounting | undefined;
  readonly #hooks: Hooks;
  #entering: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(callRef: string, accounting: CallAccounting | undefined, hooks: Hooks) {
    this.#callRef = callRef;
    this.#accounting = accounting;
    this.#hooks = hooks;
  }

  /**
   * Before the first outside effect. Rejects when the books cannot be written, or not in time.
   * @param onCredit hears nothing any more once the page is closed
   */
  enter(call: AccountedCall, onCredit: (event: CreditEvent) => void): Promise<CallEntered> {
    if (!this.#accounting) return Promise.resolve(entered);
    const entering = this.#accounting.enter(call, (event) => {
      if (!this.#closed) onCredit(event);
    });
    this.#entering = entering.catch(() => undefined);
    if (call.direction === 'in' || !call.plan.emergency) return inTime(entering, this.#hooks.clock);
    // Nobody's emergency call waits for a book, or is refused by one.
    entering.catch(this.#hooks.trouble);
    return Promise.resolve(entered);
  }

  progressed(progress: CallProgress): void {
    if (!this.#closed) this.#accounting?.progressed(this.#callRef, progress);
  }

  /** Never rejects: what could not be closed stays open on disk, and is closed when the gateway starts again. */
  close(record: CallRecord): Promise<void> {
    this.#closed ??= this.#close(record);
    return this.#closed;
  }

  #close(record: CallRecord): Promise<void> {
    if (!this.#accounting) return Promise.resolve();
    const accounting = this.#accounting;
    const closed = this.#entering.then(() => accounting.close(record)).catch(this.#hooks.trouble);
    this.#hooks.closing(closed);
    return closed;
  }
}

function inTime<T>(task: Promise<T>, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(patienceMs, () => reject(new Error(`no answer in ${patienceMs} ms`)));
    task.then(resolve, reject).finally(cancel);
  });
}
