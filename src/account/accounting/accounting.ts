/** The books of calls: limits are asked, credit is set aside, the record is opened, kept up to date and closed with its price. */
import type {
  AccountedCall,
  CallAccounting,
  CallEntered,
  CallProgress,
  CallRecord,
  CreditEvent,
  Tariff,
} from '../../call/index.ts';
import { KeyedQueue } from '../../keyed-queue.ts';
import { Lru } from '../../lru.ts';
import { formatAmount, type Micros, NOTHING } from '../../money.ts';
import type { StoredRecord } from '../records/ports.ts';
import { openRecord } from './begin.ts';
import { closedRecord, interruptedRecord } from './end.ts';
import type { AccountingParts, LimitAllowance, LimitRefusal, OutboundCall } from './ports.ts';
import { priced, priceOf } from './price.ts';
import { changed, changeOf } from './progress.ts';

/** How often the books note that calls go on: so much of a call is not known (and not paid for) when the process dies. */
const HEARTBEAT_MS = 1_000;

/** Calls that were refused and not closed yet: that comes at once. */
const MOST_REFUSED = 1_000;

interface LiveCall {
  record: StoredRecord;
  readonly call: AccountedCall;
  readonly onCredit: (event: CreditEvent) => void;
}

export class Accounting implements CallAccounting {
  readonly #parts: AccountingParts;
  readonly #live = new Map<string, LiveCall>();
  /** Calls that are over and could not be closed yet. */
  readonly #unclosed = new Map<string, { readonly live: LiveCall | undefined; readonly record: CallRecord }>();
  /** What their records need to say of calls that may not be made. */
  readonly #refused = new Lru<string, StoredRecord>(MOST_REFUSED);
  readonly #byUser = new KeyedQueue();
  readonly #byCall = new KeyedQueue();
  #isClosing = false;
  #isTroubled = false;
  /** Calls of an earlier process that could not be closed. */
  #leftOpen = 0;
  #stopHeart: (() => void) | undefined;

  constructor(parts: AccountingParts) {
    this.#parts = parts;
  }

  enter(call: AccountedCall, onCredit: (event: CreditEvent) => void): Promise<CallEntered> {
    return this.#byCall.run(call.callRef, () =>
      call.direction === 'in'
        ? this.#open(call, onCredit)
        : this.#byUser.run(call.user, () => this.#enterOut(call, onCredit)),
    );
  }

  async #enterOut(call: OutboundCall, onCredit: (event: CreditEvent) => void): Promise<CallEntered> {
    const { records, credit, limits, clock, logger } = this.#parts;
    // Nothing holds an emergency call up, and what stays in the house costs nothing.
    if (call.plan.emergency || call.isInside) return this.#open(call, onCredit);
    const verdict = await limits?.check(call, clock.now());
    if (verdict !== undefined && 'cause' in verdict) return this.#refuse(call, verdict);
    const { callRef, user, plan } = call;
    const tariffs = plan.routes.flatMap(({ tariff }) => tariff?.price ?? []);
    const reserve = await credit.reserve({ callRef, user, tariffs });
    if (reserve.kind === 'too-low') return this.#tooLow(call, reserve.needed, reserve.available);
    if (reserve.kind === 'free') return this.#open(call, onCredit, verdict);
    const record = openRecord(call);
    const posting = await records.open(record, reserve.transfers, Math.round(clock.now()));
    if (posting.kind === 'short') return this.#tooLow(call, reserve.amount, posting.available);
    logger.debug(
      { callRef, amount: formatAmount(reserve.amount, credit.currency) },
      'credit is set aside for the call',
    );
    this.#begin({ record, call, onCredit });
    return { kind: 'entered', ...verdict };
  }

  async #open(
    call: AccountedCall,
    onCredit: (event: CreditEvent) => void,
    allowance?: LimitAllowance,
  ): Promise<CallEntered> {
    const record = openRecord(call);
    await this.#parts.records.open(record, [], Math.round(this.#parts.clock.now()));
    this.#begin({ record, call, onCredit });
    return { kind: 'entered', ...allowance };
  }

  #begin(live: LiveCall): void {
    this.#live.set(live.record.callRef, live);
    this.#beat();
  }

  #refuse(call: OutboundCall, refusal: LimitRefusal): CallEntered {
    this.#refused.set(call.callRef, openRecord(call));
    return { kind: 'refused', ...refusal };
  }

  #tooLow(call: OutboundCall, needed: Micros, available: Micros): CallEntered {
    const { currency } = this.#parts.credit;
    const admin = `needs ${formatAmount(needed, currency)}, available ${formatAmount(available, currency)}`;
    return this.#refuse(call, { cause: 'credit-too-low', admin });
  }

  progressed(callRef: string, progress: CallProgress): void {
    void this.#byCall
      .run(callRef, () => this.#progress(callRef, progress))
      .catch((error: unknown) => {
        this.#parts.logger.error({ callRef, err: error }, 'the record of a call could not be kept up to date');
      });
  }

  async #progress(callRef: string, progress: CallProgress): Promise<void> {
    const live = this.#live.get(callRef);
    if (live === undefined) return;
    const change = changeOf(live.call, progress);
    live.record = changed(live.record, change);
    if (progress.type === 'answered') this.#answered(live, progress.at);
    await this.#parts.records.progressed(callRef, change);
  }

  /** From now on it costs. */
  #answered({ record, call, onCredit }: LiveCall, at: number): void {
    if (call.direction === 'in' || call.isInside || call.plan.emergency) return;
    const { callRef, user } = call;
    this.#parts.credit.answered({ callRef, user, ...tariffField(priceOf(record)), at }, onCredit);
  }

  close(record: CallRecord): Promise<void> {
    const { callRef } = record;
    return this.#byCall.run(callRef, async () => {
      const live = this.#live.get(callRef);
      // Whatever comes now: it does not go on.
      this.#live.delete(callRef);
      try {
        await this.#close(live, record);
      } catch (error) {
        this.#unclosed.set(callRef, { live, record });
        this.#beat();
        throw error;
      }
    });
  }

  async #close(live: LiveCall | undefined, record: CallRecord): Promise<void> {
    const { callRef } = record;
    const open = live?.record ?? (await this.#parts.records.find(callRef));
    if (open?.isOpen === false) return;
    const plan = live?.call.direction === 'out' ? live.call.plan : undefined;
    const known = open ?? this.#refused.get(callRef);
    await this.#settle(closedRecord(known, record, plan), open !== undefined);
    this.#refused.delete(callRef);
  }

  /** In one commit: the record as it stays, and its price. @param wasOpen something may be set aside for it */
  async #settle(record: StoredRecord, wasOpen: boolean): Promise<void> {
    const { records, credit, clock, onClosed } = this.#parts;
    const { callRef, user } = record;
    const isPaid =
      wasOpen && record.direction === 'out' && user !== undefined && !record.isInside && !record.isEmergency;
    const { transfers, price } = isPaid
      ? await credit.settle({
          callRef,
          user,
          ...tariffField(priceOf(record)),
          ...(record.answeredAt === undefined ? {} : { talkMs: record.talkMs }),
        })
      : { transfers: [], price: NOTHING };
    const closed = priced(record, price);
    if (!(await records.close(closed, transfers, Math.round(clock.now())))) return;
    if (isPaid) credit.settled(user, price);
    onClosed?.(closed);
  }

  /**
   * Closes what an earlier process left open, as it was last known. Once, before the first call of a user.
   * @returns how many there were
   */
  async recover(): Promise<number> {
    const { records, logger } = this.#parts;
    const left = (await records.allOpen()).filter(({ callRef }) => !this.#live.has(callRef));
    for (const open of left) {
      const record = interruptedRecord(open);
      const { callRef, talkMs } = record;
      try {
        await this.#settle(record, true);
      } catch (error) {
        // One that is at odds with the ledger must not keep the others from telephoning.
        this.#leftOpen += 1;
        logger.error({ callRef, err: error }, 'a call of the last run could not be closed in the books: look at it');
        continue;
      }
      logger.warn(
        { callRef, talkS: Math.round(talkMs / 1000) },
        'a call of the last run was closed as it was last known',
      );
    }
    return left.length;
  }

  /** Settles when what is under way is written; closes what could not be closed before, once more. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    this.#stopHeart?.();
    await this.#byCall.idle();
    await this.#closeAgain();
  }

  /** Calls that are over and not closed in the books, because these cannot be written or are at odds: for health. */
  get unclosed(): number {
    return this.#unclosed.size + this.#leftOpen;
  }

  #beat(): void {
    if (this.#stopHeart !== undefined || this.#isClosing) return;
    this.#stopHeart = this.#parts.clock.after(HEARTBEAT_MS, () => {
      void this.#heartbeat().finally(() => {
        this.#stopHeart = undefined;
        if (this.#live.size > 0 || this.#unclosed.size > 0) this.#beat();
      });
    });
  }

  async #heartbeat(): Promise<void> {
    const { records, clock, logger } = this.#parts;
    try {
      await records.seen([...this.#live.keys()], clock.now());
      this.#isTroubled = false;
    } catch (error) {
      // Once: it is tried each second.
      if (!this.#isTroubled) logger.error({ err: error }, 'the books of calls cannot be written: it is tried again');
      this.#isTroubled = true;
    }
    await this.#closeAgain();
  }

  /** What fails was told of when it failed first. */
  async #closeAgain(): Promise<void> {
    for (const [callRef, { live, record }] of [...this.#unclosed]) {
      try {
        await this.#byCall.run(callRef, () => this.#close(live, record));
        this.#unclosed.delete(callRef);
        this.#parts.logger.info({ callRef }, 'the record of a call was closed, later than the call');
      } catch (error) {
        this.#parts.logger.debug({ callRef, err: error }, 'the record of a call could not be closed again');
      }
    }
  }
}

function tariffField(tariff: Tariff | undefined): { readonly tariff?: Tariff } {
  return tariff === undefined ? {} : { tariff };
}
