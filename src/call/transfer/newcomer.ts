/** The books of a telephone that comes in another's place (RFC 3891): a call in like any, for which nobody had to ring. */
import type { InboundCall } from '../../../sip/index.ts';
import type { BookPage, Books } from '../books.ts';
import { inboundEntry } from '../inbound/entry.ts';
import { inboundRecordOf } from '../inbound/record.ts';
import type { Clock } from '../ports.ts';
import type { CallOutcome } from '../record.ts';
import type { SipLine } from '../sip-line.ts';
import type { TransferableCall } from './transferable.ts';

interface Parts {
  readonly books: Books;
  readonly clock: Clock;
}

export class Newcomer {
  readonly #call: InboundCall;
  readonly #talksIn: TransferableCall;
  readonly #clock: Clock;
  readonly #page: BookPage;
  readonly #arrivedAt: number;
  #answeredAt: number | undefined;

  constructor(call: InboundCall, talksIn: TransferableCall, { books, clock }: Parts) {
    this.#call = call;
    this.#talksIn = talksIn;
    this.#clock = clock;
    this.#page = books.page(call.callRef);
    this.#arrivedAt = clock.now();
  }

  /** Before it is answered. @returns whether it may be. Rejects when the books cannot be written. */
  async enter(): Promise<boolean> {
    const entered = await this.#page.enter(inboundEntry(this.#call, this.#arrivedAt), () => undefined);
    return entered.kind === 'entered';
  }

  /** It has the other's place, until it is gone. */
  answered(line: SipLine): void {
    const { user, identity } = this.#talksIn;
    const { roomId, callId } = identity;
    const at = this.#clock.now();
    this.#answeredAt = at;
    this.#page.progressed({ type: 'taken', at, user, roomId, callId });
    this.#page.progressed({ type: 'answered', attempt: 0, at });
    line.onOver((by) => this.#close({ endedBy: by === 'us' ? 'callee' : 'caller', cause: 'normal' }));
  }

  refused(admin: string): void {
    this.#close({ endedBy: 'gateway', cause: 'transfer-failed', admin });
  }

  #close(outcome: CallOutcome): void {
    const { user, identity } = this.#talksIn;
    const answeredAt = this.#answeredAt;
    const record = inboundRecordOf({
      call: this.#call,
      rings: [],
      answered: answeredAt === undefined ? undefined : { by: user, roomId: identity.roomId, callId: identity.callId },
      times: {
        arrivedAt: this.#arrivedAt,
        ...(answeredAt === undefined ? {} : { answeredAt }),
        endedAt: this.#clock.now(),
      },
      outcome,
      media: undefined,
    });
    void this.#page.close(record);
  }
}
