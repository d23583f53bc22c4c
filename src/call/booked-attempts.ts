/** The attempts of one call out as they are made: kept for its record, and told to the books, which charge by them. */
import type { SipCallId, SipFailure } from '../../sip/index.ts';
import { Attempts, type CallAttempt } from './attempts.ts';
import type { Route } from './machine.ts';
import type { CallProgress, Clock } from './ports.ts';

/** A page of the books. */
interface Page {
  progressed(progress: CallProgress): void;
}

export class BookedAttempts {
  readonly #attempts: Attempts;
  readonly #page: Page;
  readonly #clock: Clock;

  constructor(page: Page, clock: Clock) {
    this.#attempts = new Attempts(clock);
    this.#page = page;
    this.#clock = clock;
  }

  get all(): readonly CallAttempt[] {
    return this.#attempts.all;
  }

  /** Which of the plan's routes was tried last; the first, before any was. */
  get route(): number {
    return this.#attempts.all.at(-1)?.route ?? 0;
  }

  begin(attempt: number, route: Route): void {
    this.#attempts.begin(attempt, route);
  }

  /** The INVITE is handed to the wire, or could not be: then it has no Call-ID. */
  placed(sipCallId: SipCallId | undefined): void {
    this.name(sipCallId);
    this.#progressed('placed', this.#clock.now(), sipCallId);
  }

  rings(at: number): void {
    this.#progressed('ringing', at, undefined);
  }

  answered(at: number, sipCallId: SipCallId | undefined): void {
    this.#progressed('answered', at, sipCallId);
  }

  name(sipCallId: SipCallId | undefined): void {
    this.#attempts.name(sipCallId);
  }

  failed(failure: SipFailure): void {
    this.#attempts.failed(failure);
  }

  #progressed(type: 'placed' | 'ringing' | 'answered', at: number, sipCallId: SipCallId | undefined): void {
    this.#page.progressed({ type, attempt: this.route, at, ...(sipCallId === undefined ? {} : { sipCallId }) });
  }
}
