/**
 * The page of a call's own telephone in the books: that telephone costs from its answer until it is gone, whether the call
 * ends with it, goes on with another in its place, or has given it away.
 */
import type { MediaStats } from '../../media/index.ts';
import type { BookPage } from './books.ts';
import type { CallEvent } from './machine.ts';
import type { AccountedCall, CallEntered, CallProgress, Clock } from './ports.ts';
import { explainGateway } from './reasons.ts';
import { type CallOutcome, type CallRecord, type CallTimes, untilGone, untilLeft } from './record.ts';
import { asHouseEvent } from './running.ts';
import type { SipLine } from './sip-line.ts';
import type { TelephoneSide } from './telephone-side.ts';

/** What a record says of a call's end. */
export interface Ended {
  readonly outcome: CallOutcome;
  readonly times: CallTimes;
  readonly media: MediaStats | undefined;
}

interface Parts<R extends CallRecord> {
  readonly page: BookPage;
  readonly side: Pick<TelephoneSide, 'media' | 'timeline'>;
  /** Which of the two the telephone is. */
  readonly telephoneIs: 'caller' | 'callee';
  readonly clock: Clock;
  readonly recordOf: (ended: Ended) => R;
  readonly emit: (event: CallEvent) => void;
}

export class TelephonePage<R extends CallRecord> {
  readonly #parts: Parts<R>;
  /** When the telephone left, where the call did not end with it: it has asked for another in its place. */
  #leftAt: number | undefined;
  /** The telephone, where it goes on without this call. */
  #givenAway: SipLine | undefined;

  constructor(parts: Parts<R>) {
    this.#parts = parts;
  }

  /** Whoever has the telephone hears of its credit. Rejects when the books cannot be written, or not in time. */
  enter(call: AccountedCall): Promise<CallEntered> {
    const { page, emit } = this.#parts;
    return page.enter(call, (event) => {
      if (this.#givenAway) this.#givenAway.credit(event);
      else emit(asHouseEvent(event));
    });
  }

  progressed(progress: CallProgress): void {
    this.#parts.page.progressed(progress);
  }

  /** The telephone is gone; the call waits for the one that it asked for. */
  telephoneLeft(): void {
    this.#leftAt ??= this.#parts.clock.now();
  }

  /** The telephone goes on without this call, in other hands. */
  givenAway(line: SipLine | undefined): void {
    this.#givenAway = line;
  }

  /** Another telephone is in its place, and has a page of its own, if any. */
  async replaced(): Promise<void> {
    const { page, side, telephoneIs, clock, recordOf } = this.#parts;
    const { cause, reason } = explainGateway('transferred');
    const times = side.timeline.closed(this.#leftAt ?? clock.now());
    const media = await side.media.runOrThrow((session) => session.stats()).catch(() => undefined);
    await page.close(recordOf({ outcome: { endedBy: telephoneIs, cause, reason }, times, media }));
  }

  /** The call is over. A telephone that was given away costs until it is gone, and is not waited for. */
  async close(record: R): Promise<void> {
    const { page, clock } = this.#parts;
    const line = this.#givenAway;
    if (!line) return page.close(untilLeft(record, this.#leftAt));
    line.onOver((by) => void page.close(untilGone(record, clock.now(), by)));
  }
}
