/**
 * Hands texts that wait to their transports: each lane (room and telephone) in order, many lanes at once. What waits is in the store;
 * here is only what is being worked on.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Besides, StoredDelivery } from '../ports.ts';
import { NOWHERE } from './parts.ts';
import type { OutEvent } from './state.ts';
import { Work, type WorkParts } from './work.ts';

/** Lanes that are worked on at once: a bound for memory, well over what the transports' windows let through. */
const MOST_LANES = 2_000;
const BATCH = 100;
/** After trouble with the store. */
const TROUBLE_MS = 5_000;
/** Longer than any read of the store. */
const ENDED_MS = 60_000;
/** So often it is looked at least: a command beside the gateway may have put texts into the store. */
const LONGEST_TIMER_MS = 30_000;

export class Runner {
  readonly #parts: WorkParts;
  readonly #poolNumbers: ReadonlySet<string>;
  /** Lanes that are being worked on, with the text that is at their head, once it is read. */
  readonly #lanes = new Map<string, Work | undefined>();
  /** Texts that end by what was told of them, until that is stored: what was read of the store meanwhile does not know it. */
  readonly #ended = new Map<string, Promise<unknown>>();
  readonly #idle: (() => void)[] = [];
  /** How often something may have become due. */
  #wakes = 0;
  #isPumping = false;
  #pumpAgain = false;
  #isStarted = false;
  #isStopping = false;
  #cancelTimer: (() => void) | undefined;

  constructor(parts: Omit<WorkParts, 'mayGoOn'>) {
    this.#parts = { ...parts, mayGoOn: () => !this.#isStopping };
    this.#poolNumbers = new Set(parts.pools.flatMap(({ numbers }) => numbers));
  }

  /** From now on texts leave; those of an earlier process first. */
  start(): void {
    this.#isStarted = true;
    this.wake();
  }

  /** Something may be due. */
  wake(): void {
    this.#wakes += 1;
    if (!this.#isStarted || this.#isStopping) return;
    if (this.#isPumping) this.#pumpAgain = true;
    else void this.#pump();
  }

  /** Tries at once what waits for this transport, and what waits for one that is down and may go by this one. */
  async up(transport: string): Promise<void> {
    const { books, clock, transports, ways } = this.#parts;
    ways.up(transport);
    const down = transports.filter((each) => each.name !== transport && each.state().state === 'down');
    try {
      for (const name of [transport, ...down.map((each) => each.name)]) await books.deliveries.wake(name, clock.now());
    } catch (error) {
      this.#parts.logger.error({ err: error, transport }, 'Texts that wait for a transport could not be woken');
    }
    this.wake();
  }

  /** Tells a text of something that happened to it, also when it is being worked on. Settles when that is on the disk. */
  async tell(delivery: StoredDelivery, event: OutEvent): Promise<Work> {
    const active = this.#lanes.get(delivery.lane);
    const work =
      active?.delivery.textRef === delivery.textRef ? active : new Work(delivery, this.#parts, this.#poolNumbers);
    const taken = work.take(event);
    if (work.state.phase === 'withdrawn' || work.state.phase === 'failed') this.#remember(delivery.textRef, taken);
    await taken;
    return work;
  }

  /** Nothing more of this lane leaves, but for a part that is under way. Settles with how many texts were withdrawn. */
  async withdraw(lane: string): Promise<number> {
    await this.#lanes.get(lane)?.take({ type: 'left' });
    const withdrawn = await this.#parts.books.deliveries.withdrawLane(lane);
    for (const textRef of withdrawn) await this.#parts.charges.ended(textRef, false);
    return withdrawn.length;
  }

  get lanes(): number {
    return this.#lanes.size;
  }

  /** Takes up nothing more; settles when no part is under way, at most after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#cancelTimer?.();
    this.#parts.ways.shut();
    if (this.#lanes.size === 0 && !this.#isPumping) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    const cancel = this.#parts.clock.after(graceMs, resolve);
    await promise;
    cancel();
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      do {
        this.#pumpAgain = false;
        await this.#takeDue();
        await nextTurn();
      } while (this.#pumpAgain && !this.#isStopping);
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'The texts that wait could not be read; they are read again in a while');
      this.#setTimer(TROUBLE_MS);
    } finally {
      this.#isPumping = false;
      this.#sayIdle();
    }
  }

  async #takeDue(): Promise<void> {
    const room = Math.min(BATCH, MOST_LANES - this.#lanes.size);
    // The end of any lane wakes us.
    if (room <= 0) return;
    const { books, clock } = this.#parts;
    const now = clock.now();
    const due = await books.deliveries.due(now, room, this.#besides());
    for (const delivery of due) if (!this.#lanes.has(delivery.lane)) void this.#work(delivery);
    if (due.length === room) {
      this.#pumpAgain = true;
      return;
    }
    const next = await books.deliveries.nextDueAt(this.#besides());
    if (next === undefined) this.#setTimer(LONGEST_TIMER_MS);
    else if (next <= clock.now() && (due.length > 0 || next > now)) this.#pumpAgain = true;
    else this.#setTimer(Math.max(20, next - clock.now()));
  }

  #besides(): Besides {
    return { lanes: new Set(this.#lanes.keys()), transports: this.#parts.ways.full() };
  }

  #setTimer(delayMs: number): void {
    this.#cancelTimer?.();
    if (this.#isStopping) return;
    this.#cancelTimer = this.#parts.clock.after(Math.min(delayMs, LONGEST_TIMER_MS), () => this.wake());
  }

  /** Works on a lane until nothing of it is due. */
  async #work(first: StoredDelivery): Promise<void> {
    const { lane } = first;
    this.#lanes.set(lane, undefined);
    const { books, logger, ways } = this.#parts;
    const way = first.routes[first.progress.route]?.transport ?? '';
    ways.began(way);
    // Whether what is due has to be read again when the lane is left.
    let mustWake = true;
    try {
      for (let next: StoredDelivery | undefined = first; next && !this.#isStopping; ) {
        const ending = this.#ended.get(next.textRef);
        if (ending) {
          await ending;
          const { textRef }: StoredDelivery = next;
          next = await books.deliveries.nextOf(lane);
          if (next?.textRef === textRef && this.#ended.has(textRef)) throw new Error(`${textRef} did not end`);
          continue;
        }
        const work: Work = new Work(next, this.#parts, this.#poolNumbers);
        this.#lanes.set(lane, work);
        await work.take(await this.#dueOrRefused(next));
        if (work.state.phase === 'waiting' || work.state.phase === 'sending') break;
        // A database in the process answers without a turn of the event loop: others need theirs.
        await nextTurn();
        const wakes = this.#wakes;
        next = await books.deliveries.nextOf(lane);
        // A text may have been added to the lane while it was read; whoever added it woke us.
        mustWake = next !== undefined || wakes !== this.#wakes || this.#lanes.size >= MOST_LANES;
      }
    } catch (error) {
      const { textRef } = this.#lanes.get(lane)?.delivery ?? first;
      logger.error({ err: error, textRef }, 'A text could not be worked on; it is taken up again in some seconds');
      // Not at once again: a full disk stays full for a while.
      await this.#pause(TROUBLE_MS);
      mustWake = true;
    } finally {
      this.#lanes.delete(lane);
      const hasRoom = ways.ended(way);
      if (mustWake || hasRoom) this.wake();
      this.#sayIdle();
    }
  }

  async #dueOrRefused(delivery: StoredDelivery): Promise<OutEvent> {
    const { sender = '', target, roomId, progress } = delivery;
    // An answer of the gateway itself: who writes STOP is told that it was heard.
    if (roomId === NOWHERE) return { type: 'due' };
    if (await this.#parts.books.consents.hasOptedOut(sender, target)) return { type: 'opted-out' };
    if (progress.partsAccepted > 0 || progress.underWay) return { type: 'due' };
    // A command beside the gateway puts texts into the store too.
    const held = await this.#parts.charges.hold([delivery]);
    return held.kind === 'held' ? { type: 'due' } : { type: 'refused', sentence: held.sentence };
  }

  #remember(textRef: string, stored: Promise<unknown>): void {
    // Who told it hears of the failure; then what is stored is what holds.
    const settled = stored.catch(() => this.#ended.delete(textRef));
    this.#ended.set(textRef, settled);
    this.#parts.clock.after(ENDED_MS, () => this.#ended.delete(textRef));
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#parts.clock.after(ms, resolve);
    return promise;
  }

  #sayIdle(): void {
    if (this.#lanes.size > 0 || this.#isPumping) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
