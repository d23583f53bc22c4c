/**
 * What waits to be posted, read from the book a little at a time: the order of each lane is kept, lanes take turns, and a lane that
 * must wait is out of the way of the others. What is in memory is bounded, however much waits.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { targetKey } from '../../matrix/index.ts';
import type { ArrivalBook, Clock, WaitingArrival } from '../ports.ts';

const PAGE = 100;
const MOST_LOADED = 500;

interface Lane {
  readonly key: string;
  /** In order; the first is being posted when `isBusy`. */
  readonly queue: WaitingArrival[];
  isBusy: boolean;
}

interface Pause {
  readonly until: number;
  /** The first that waits. */
  readonly seq: number;
}

/** One sender's texts for one target. */
export function laneOf({ target, sender, withheld, transport }: WaitingArrival): string {
  return `${targetKey(target)}|${withheld ? `withheld ${transport}` : sender}`;
}

export interface BacklogParts {
  readonly book: Pick<ArrivalBook, 'waiting'>;
  readonly clock: Clock;
  /** There may be something to post. */
  readonly onReady: () => void;
  readonly onFault: (error: unknown) => void;
}

/** After a fault of the store it is read again so much later. */
const AFTER_FAULT_MS = 5_000;
/** For lanes that had to wait the book is read again: so much later at least, for each full page that was read the last time. */
const REST_PER_PAGE_MS = 20;
const LONGEST_REST_MS = 30_000;

export class Backlog {
  readonly #parts: BacklogParts;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with something to post that are not busy, in turn. */
  readonly #ready: Lane[] = [];
  readonly #loaded = new Set<number>();
  readonly #paused = new Map<string, Pause>();
  /** Finished while the book was read: what was read may still show them. */
  readonly #finished = new Set<number>();
  #cursor = 0;
  /** Rises when the cursor was set back. */
  #moves = 0;
  #isAtEnd = true;
  #isReading = false;
  #cancelWake: (() => void) | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #isClosed = false;
  /** Pages read since lanes that waited were last looked for, and when they may be again. */
  #pages = 0;
  #restUntil = 0;

  constructor(parts: BacklogParts) {
    this.#parts = parts;
  }

  /** Something new waits, behind all that waited before. */
  added(): void {
    this.#isAtEnd = false;
    void this.#read();
  }

  /** What waits may stand anywhere: from the beginning. */
  again(): void {
    this.#moveTo(0);
    this.added();
  }

  /** The next to post. Its lane gives nothing else until it is `done`, or must `wait`. */
  next(): WaitingArrival | undefined {
    const lane = this.#ready.shift();
    if (lane === undefined) return undefined;
    lane.isBusy = true;
    return lane.queue[0];
  }

  /** Not now: it stays the next of its lane, and its lane the next. */
  putBack(arrival: WaitingArrival): void {
    const lane = this.#lanes.get(laneOf(arrival));
    if (lane === undefined) return;
    lane.isBusy = false;
    this.#ready.unshift(lane);
  }

  /** It waits no more. */
  done(arrival: WaitingArrival): void {
    const lane = this.#lanes.get(laneOf(arrival));
    if (lane === undefined) return;
    lane.queue.shift();
    lane.isBusy = false;
    this.#loaded.delete(arrival.seq);
    if (this.#isReading) this.#finished.add(arrival.seq);
    if (lane.queue.length === 0) this.#lanes.delete(lane.key);
    else this.#ready.push(lane);
    if (!this.#isAtEnd && this.#loaded.size < MOST_LOADED / 2) void this.#read();
  }

  /** It, and its lane, until then; now: it is read again. */
  wait(arrival: WaitingArrival, until: number): void {
    const key = laneOf(arrival);
    const lane = this.#lanes.get(key);
    let first = arrival.seq;
    for (const { seq } of lane?.queue ?? []) {
      this.#loaded.delete(seq);
      first = Math.min(first, seq);
    }
    this.#lanes.delete(key);
    if (until <= this.#parts.clock.now()) {
      this.#moveTo(first - 1);
      this.added();
      return;
    }
    this.#paused.set(key, { until, seq: first });
    this.#wakeBy(until);
    if (!this.#isAtEnd && this.#loaded.size < MOST_LOADED / 2) void this.#read();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelWake?.();
    this.#ready.length = 0;
  }

  #moveTo(cursor: number): void {
    this.#cursor = Math.min(this.#cursor, cursor);
    this.#moves += 1;
  }

  #wakeBy(until: number): void {
    const at = Math.max(until, this.#restUntil);
    if (at >= this.#wakeAt || this.#isClosed) return;
    this.#cancelWake?.();
    this.#wakeAt = at;
    const { clock } = this.#parts;
    this.#cancelWake = clock.after(Math.max(0, at - clock.now()), () => this.#wake());
  }

  #wake(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = this.#parts.clock.now();
    this.#restUntil = now + Math.min(this.#pages * REST_PER_PAGE_MS, LONGEST_REST_MS);
    this.#pages = 0;
    let next = Number.POSITIVE_INFINITY;
    for (const [key, { until, seq }] of this.#paused) {
      if (until <= now) {
        this.#paused.delete(key);
        this.#moveTo(seq - 1);
      } else next = Math.min(next, until);
    }
    if (next < Number.POSITIVE_INFINITY) this.#wakeBy(next);
    this.added();
  }

  async #read(): Promise<void> {
    if (this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    try {
      while (!this.#isAtEnd && !this.#isClosed && this.#loaded.size < MOST_LOADED) {
        this.#isAtEnd = true;
        this.#finished.clear();
        const moves = this.#moves;
        const page = await this.#parts.book.waiting(PAGE, this.#cursor);
        for (const arrival of page) this.#load(arrival);
        this.#parts.onReady();
        if (page.length === PAGE) {
          this.#isAtEnd = false;
          this.#pages += 1;
        }
        // Unless it was set back meanwhile: what was read then may lack what was released.
        if (this.#moves === moves) this.#cursor = page.at(-1)?.seq ?? this.#cursor;
        // The store may answer without a turn of the event loop: many pages would keep all else from happening.
        if (!this.#isAtEnd) await nextTurn();
      }
    } catch (error) {
      this.#isAtEnd = false;
      this.#parts.onFault(error);
      this.#wakeBy(this.#parts.clock.now() + AFTER_FAULT_MS);
    } finally {
      this.#isReading = false;
      this.#finished.clear();
    }
  }

  #load(arrival: WaitingArrival): void {
    const { seq } = arrival;
    const key = laneOf(arrival);
    if (this.#loaded.has(seq) || this.#finished.has(seq)) return;
    const pause = this.#paused.get(key);
    if (pause !== undefined) {
      if (seq < pause.seq) this.#paused.set(key, { ...pause, seq });
      return;
    }
    this.#loaded.add(seq);
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      const made: Lane = { key, queue: [arrival], isBusy: false };
      this.#lanes.set(key, made);
      this.#ready.push(made);
      return;
    }
    // What was released stands before what came later, but not before what is being posted.
    const least = lane.isBusy ? 1 : 0;
    let at = lane.queue.length;
    while (at > least && (lane.queue[at - 1]?.seq ?? 0) > seq) at -= 1;
    lane.queue.splice(at, 0, arrival);
  }
}
