/** Stand-in for the books of calls: notes what it is told, and answers as a test says. */
import type { AccountedCall, CallAccounting, CallEntered, CallProgress, CreditEvent } from '../../../src/call/ports.ts';
import type { CallRecord } from '../../../src/call/record.ts';
import type { Faults } from './fakes.ts';

export class FakeBooks implements CallAccounting {
  readonly #ladder: string[];
  readonly #faults: Faults;
  readonly #open = new Set<string>();
  /** Also of calls that are closed: such must hear nothing. */
  readonly #listeners = new Map<string, (event: CreditEvent) => void>();
  readonly entered: AccountedCall[] = [];
  readonly progress: (CallProgress & { readonly callRef: string })[] = [];
  readonly closed: CallRecord[] = [];
  /** What the next call is told. */
  answer: CallEntered = { kind: 'entered' };

  constructor(ladder: string[], faults: Faults) {
    this.#ladder = ladder;
    this.#faults = faults;
  }

  async enter(call: AccountedCall, onCredit: (event: CreditEvent) => void): Promise<CallEntered> {
    this.#ladder.push(`books enter ${call.direction}`);
    this.entered.push(call);
    const { answer } = this;
    await this.#faults.gate('books.enter');
    if (answer.kind === 'entered') this.#open.add(call.callRef);
    this.#listeners.set(call.callRef, onCredit);
    return answer;
  }

  progressed(callRef: string, progress: CallProgress): void {
    this.progress.push({ ...progress, callRef });
  }

  async close(record: CallRecord): Promise<void> {
    await this.#faults.gate('books.close');
    this.#ladder.push(`books close ${record.outcome.cause}`);
    this.#open.delete(record.callRef);
    this.closed.push(record);
  }

  /** Those that were entered and not closed. */
  get open(): readonly string[] {
    return [...this.#open];
  }

  /** Something of the credit that pays for a call; by default of the one that was entered last. */
  tell(event: CreditEvent, callRef = this.open.at(-1) ?? ''): void {
    this.#listeners.get(callRef)?.(event);
  }
}
