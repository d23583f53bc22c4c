/** Runs the meter of one call: posts what it wants, tells the call what it says, and waits. */
import type { CreditEvent, Tariff } from '../../call/index.ts';
import { priceOfSeconds } from '../rating/charge.ts';
import { moneyAbout } from './about.ts';
import type { CreditParts } from './credit-service.ts';
import {
  affordable,
  type Extension,
  endOf,
  extended,
  extensionOf,
  type Meter,
  nextStep,
  notExtended,
  startMeter,
  told,
} from './meter.ts';
import type { Posting } from './ports.ts';

interface RunningCall {
  readonly callRef: string;
  readonly user: string;
  readonly tariff: Tariff;
  /** Of the answer: ms since 1970. */
  readonly at: number;
}

export class RunningCredit {
  readonly #call: RunningCall;
  readonly #onCredit: (event: CreditEvent) => void;
  readonly #parts: CreditParts;
  #meter: Meter | undefined;
  /** Posts of this call that set something aside: part of the key of the next one. */
  #reserves = 0;
  #isOver = false;
  #mustLook = false;
  #mustRead = false;
  #cancel: (() => void) | undefined;
  /** What is under way: one at a time. */
  #work: Promise<void> | undefined;

  constructor(call: RunningCall, onCredit: (event: CreditEvent) => void, parts: CreditParts) {
    this.#call = call;
    this.#onCredit = onCredit;
    this.#parts = parts;
  }

  get user(): string {
    return this.#call.user;
  }

  start(): void {
    this.#look();
  }

  /** More may be there than at the last try. */
  refresh(): void {
    if (this.#meter?.triedAt === undefined) return;
    const { triedAt: _past, ...meter } = this.#meter;
    this.#meter = meter;
    this.#look();
  }

  /** Nothing more is set aside; settles when what is under way is posted, or failed. */
  async stop(): Promise<void> {
    this.#isOver = true;
    this.#cancel?.();
    await this.#work;
  }

  #look(): void {
    if (this.#isOver) return;
    this.#cancel?.();
    if (this.#work !== undefined) {
      this.#mustLook = true;
      return;
    }
    this.#work = this.#steps().finally(() => {
      this.#work = undefined;
      if (!this.#mustLook) return;
      this.#mustLook = false;
      this.#look();
    });
  }

  async #steps(): Promise<void> {
    const { clock, settings, logger } = this.#parts;
    const { callRef } = this.#call;
    await this.#read();
    if (this.#meter === undefined) return this.#wait(clock.now() + TROUBLE_MS);
    while (!this.#isOver) {
      const meter: Meter = this.#meter;
      const step = nextStep(meter, clock.now(), settings);
      switch (step.type) {
        case 'extend':
          this.#meter = await this.#extend(meter);
          continue;
        case 'tell-low':
          this.#meter = told(meter);
          logger.info({ callRef, leftMs: Math.round(step.leftMs) }, 'The credit of this call ends soon');
          this.#tell({ type: 'low', leftMs: step.leftMs });
          continue;
        case 'used-up':
          this.#isOver = true;
          logger.info({ callRef, paidS: meter.coveredS }, 'The credit of this call is used up');
          this.#tell({ type: 'used-up' });
          return;
        case 'wait':
          this.#wait(step.until);
          return;
        default:
          return step satisfies never;
      }
    }
  }

  #tell(event: CreditEvent): void {
    try {
      this.#onCredit(event);
    } catch (error) {
      this.#parts.logger.error({ err: error, callRef: this.#call.callRef }, 'A call could not be told of its credit');
    }
  }

  #wait(until: number): void {
    const { clock } = this.#parts;
    if (!Number.isFinite(until)) return;
    this.#cancel = clock.after(Math.min(LONGEST_WAIT_MS, Math.max(0, until - clock.now())), () => this.#look());
  }

  /** Reads what is held where that is not known; what was known stays when it cannot be read. */
  async #read(): Promise<void> {
    if (this.#meter !== undefined && !this.#mustRead) return;
    const { callRef, tariff, at } = this.#call;
    try {
      const triedAt = this.#meter?.triedAt;
      this.#meter = { ...(await this.#begin()), ...(triedAt === undefined ? {} : { triedAt }) };
      this.#mustRead = false;
    } catch (error) {
      this.#parts.logger.error(
        { err: error, callRef },
        'What is set aside for a call could not be read; it is tried again',
      );
      this.#mustRead = true;
      // Of a call that nobody can charge for the first increment is all that is certain.
      if (this.#parts.clock.now() - at < LONGEST_UNREAD_MS) return;
      this.#meter ??= startMeter(tariff, at, priceOfSeconds(tariff, tariff.firstS));
    }
  }

  /** As the ledger has it: also after a post of which it is not known whether it was done. */
  async #begin(): Promise<Meter> {
    const { callRef, tariff, at } = this.#call;
    const posted = await this.#parts.book.about(callRef);
    const { held, wasHeld } = moneyAbout(posted);
    this.#reserves = posted.filter(({ reason }) => reason === 'call-reserve').length;
    // A free call.
    if (!wasHeld) this.#isOver = true;
    return { ...startMeter(tariff, at, held), isTold: this.#meter?.isTold ?? false };
  }

  /** All that is wanted, else as much as there is; one try in vain is kept in mind. */
  async #extend(meter: Meter): Promise<Meter> {
    const { clock, settings, logger } = this.#parts;
    try {
      let wanted: Extension | undefined = extensionOf(meter, clock.now(), settings);
      for (let tries = 0; wanted !== undefined && tries < MOST_TRIES; tries += 1) {
        const posting = await this.#post(wanted);
        if (posting.kind === 'posted') {
          if (wanted.amount > 0) this.#reserves += 1;
          const longer = extended(meter, wanted, clock.now(), settings);
          // Less than was wanted: there is no more for now.
          return tries === 0 ? longer : notExtended(longer, clock.now());
        }
        wanted = affordable(meter, posting.available);
      }
    } catch (error) {
      const { callRef } = this.#call;
      const leftMs = Math.round(endOf(meter) - clock.now());
      logger.error({ err: error, callRef, leftMs }, 'More credit for a call could not be set aside; it is tried again');
      this.#mustRead = true;
    }
    return notExtended(meter, clock.now());
  }

  async #post({ amount }: Extension): Promise<Posting> {
    if (amount === 0) return { kind: 'posted', fresh: 0 };
    const { callRef, user } = this.#call;
    return await this.#parts.book.post(
      [
        {
          key: `call:${callRef}:extend:${this.#reserves}`,
          from: `user:${user}`,
          to: `held:${user}`,
          amount,
          reason: 'call-reserve',
          about: callRef,
        },
      ],
      this.#parts.clock.now(),
    );
  }
}

/** Others spend at the same time: what was there a moment ago is less by now. */
const MOST_TRIES = 4;
const TROUBLE_MS = 1_000;
const LONGEST_UNREAD_MS = 30_000;
/** Timers hold no more (2^31 ms). */
const LONGEST_WAIT_MS = 3_600_000;
