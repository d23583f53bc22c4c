/** What is written down of the call to the third one: its page in the books, its attempts, and its record. */
import { BookedAttempts } from '../booked-attempts.ts';
import type { BookPage, Books } from '../books.ts';
import { enterOutbound, isAllowed } from '../entering.ts';
import type { Decided } from '../machine.ts';
import type { Clock, CreditEvent } from '../ports.ts';
import { type CallOutcome, type OutboundRecord, recordOf } from '../record.ts';
import type { ThirdCall } from './third-call.ts';

interface Parts {
  readonly books: Books;
  readonly clock: Clock;
  /** What is left of the call, when it is over. */
  readonly onRecord: (record: OutboundRecord) => void;
}

export class ThirdBooks {
  readonly attempts: BookedAttempts;
  readonly #third: ThirdCall;
  readonly #parts: Parts;
  readonly #page: BookPage;
  readonly #beganAt: number;
  #ringingAt: number | undefined;
  #answeredAt: number | undefined;

  constructor(third: ThirdCall, parts: Parts) {
    this.#third = third;
    this.#parts = parts;
    this.#page = parts.books.page(third.request.callRef);
    this.attempts = new BookedAttempts(this.#page, parts.clock);
    this.#beganAt = parts.clock.now();
  }

  /** As any call: what may be done is entered in the books, which may refuse it. */
  async enter(decision: Decided, onCredit: (event: CreditEvent) => void): Promise<Decided> {
    if (!isAllowed(decision)) return decision;
    const { request, of, isForwarded } = this.#third;
    if (isForwarded && decision.plan.emergency)
      return { kind: 'refuse', cause: 'destination-denied', admin: 'calls are not forwarded to emergency numbers' };
    const call = {
      callRef: request.callRef,
      user: request.caller,
      ...roomOf(of),
      dialled: request.dialled,
      transferOf: of.callRef,
      openedAt: Math.round(this.#parts.clock.now()),
    };
    return enterOutbound(decision, call, (entry) => this.#page.enter(entry, onCredit));
  }

  rings(): void {
    const at = this.#parts.clock.now();
    this.#ringingAt ??= at;
    this.attempts.rings(at);
  }

  answered(sipCallId: Parameters<BookedAttempts['answered']>[1]): void {
    const at = this.#parts.clock.now();
    this.#answeredAt ??= at;
    this.attempts.answered(at, sipCallId);
  }

  close(outcome: CallOutcome): void {
    const record = this.#recordOf(outcome);
    void this.#page.close(record);
    // A call that was never made counts nowhere.
    if (record.attempts.length > 0) this.#parts.onRecord(record);
  }

  #recordOf(outcome: CallOutcome): OutboundRecord {
    const attempts = this.attempts.all;
    const [first] = attempts;
    const { request, of } = this.#third;
    const times = {
      arrivedAt: this.#beganAt,
      ...(first ? { inviteSentAt: first.startedAt } : {}),
      ...(this.#ringingAt === undefined ? {} : { ringingAt: this.#ringingAt }),
      ...(this.#answeredAt === undefined ? {} : { answeredAt: this.#answeredAt }),
      endedAt: this.#parts.clock.now(),
    };
    const { callRef, caller, dialled } = request;
    const call = { callRef, transferOf: of.callRef, ...roomOf(of), caller, dialled };
    return recordOf({ call, attempts, times, outcome, media: undefined });
  }
}

/** A call that goes on although nobody was rung is in no room. */
const roomOf = ({ roomId, callId, ghost }: ThirdCall['of']) => ({
  ...(roomId === undefined ? {} : { roomId }),
  ...(callId === undefined ? {} : { callId }),
  ...(ghost === undefined ? {} : { ghost }),
});
