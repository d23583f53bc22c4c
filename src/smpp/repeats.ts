/**
 * Which deliver_sm is a repeat. SMPP gives texts to us no name: a text whose answer was lost comes again looking like a new one
 * with the same words. So we remember which of our answers the service centre has certainly read. Same words again are
 * - a repeat, when the answer to the first may have been lost: its connection ended (or this process was killed) too early;
 * - another text in all other cases.
 * What is known to have been read is known because a later request of ours was answered on the same connection (TCP keeps order).
 */
import type { Clock } from '../message/index.ts';

/** What must be known after a crash; by transport. */
export interface ArrivalMemory {
  /** The latest key of an arrival or a part that begins so. */
  latestKey(transport: string, prefix: string): Promise<string | undefined>;
  /** ms since 1970: answers to all that came until then have been read. */
  confirmedUntil(transport: string): Promise<number>;
  confirm(transport: string, until: number): Promise<void>;
}

interface Entry {
  readonly fingerprint: string;
  readonly key: string;
  readonly at: number;
  connection: number;
  sequence: number;
  begunAt: number;
  /** The last request of ours when it was answered; undefined: it was not yet. */
  answeredAfter: number | undefined;
}

/** A service centre that has waited so long sends the text again on the same connection. */
const SLOW_MS = 5_000;
/** How long after the next bind a text whose answer may have been lost is taken for its repeat. */
const AGAIN_MS = 30 * 60_000;
const MOST = 10_000;
const SAVE_MS = 10_000;

export class Repeats {
  readonly #transport: string;
  readonly #clock: Clock;
  readonly #memory: ArrivalMemory | undefined;
  readonly #startedAt: number;
  /** Whose answers may not have been read, by fingerprint. */
  readonly #open = new Map<string, Entry[]>();
  /** The same by connection, in the order of the answers. */
  readonly #answered = new Map<number, Entry[]>();
  readonly #ended = new Set<number>();
  readonly #claimed = new Set<string>();
  #size = 0;
  #firstBoundAt: number | undefined;
  #boundAt: number | undefined;
  #lastAt = 0;
  #savedAt = 0;
  #savedUntil = 0;
  #before: Promise<number> | undefined;

  constructor(transport: string, clock: Clock, memory?: ArrivalMemory) {
    this.#transport = transport;
    this.#clock = clock;
    this.#memory = memory;
    this.#startedAt = clock.now();
  }

  /**
   * The key under which a text is stored. Rejects when what is on the disk cannot be read.
   * @param fingerprint the same for the same words from and to the same numbers
   */
  async keyOf(fingerprint: string, connection: number, sequence: number): Promise<string> {
    const now = this.#clock.now();
    const known = this.#open.get(fingerprint)?.find((entry) => this.#isRepeat(entry, connection, sequence, now));
    if (known) {
      Object.assign(known, { connection, sequence, begunAt: now, answeredAfter: undefined });
      return known.key;
    }
    const stored = await this.#ofEarlierProcess(fingerprint, now);
    const at = stored?.at ?? Math.max(now, this.#lastAt + 1);
    if (stored === undefined) this.#lastAt = at;
    const key = stored?.key ?? `${fingerprint}.${at.toString(36).padStart(9, '0')}`;
    this.#add({ fingerprint, key, at, connection, sequence, begunAt: now, answeredAfter: undefined });
    return key;
  }

  #isRepeat(entry: Entry, connection: number, sequence: number, now: number): boolean {
    if (entry.connection === connection) {
      if (entry.sequence === sequence) return true;
      return entry.answeredAfter === undefined && now - entry.begunAt >= SLOW_MS;
    }
    return this.#ended.has(entry.connection) && now - (this.#boundAt ?? now) < AGAIN_MS;
  }

  async #ofEarlierProcess(fingerprint: string, now: number): Promise<Pick<Entry, 'key' | 'at'> | undefined> {
    if (this.#memory === undefined || now - (this.#firstBoundAt ?? now) >= AGAIN_MS) return undefined;
    this.#before ??= this.#memory.confirmedUntil(this.#transport);
    const [key, confirmed] = await Promise.all([
      this.#memory.latestKey(this.#transport, `${fingerprint}.`),
      this.#before,
    ]);
    if (key === undefined || this.#claimed.has(key)) return undefined;
    const at = Number.parseInt(key.slice(fingerprint.length + 1), 36);
    if (!(at > confirmed) || at >= this.#startedAt) return undefined;
    this.#claimed.add(key);
    return { key, at };
  }

  #add(entry: Entry): void {
    const entries = this.#open.get(entry.fingerprint);
    if (entries) entries.push(entry);
    else this.#open.set(entry.fingerprint, [entry]);
    this.#size += 1;
    const oldest = this.#size > MOST ? this.#open.values().next().value?.[0] : undefined;
    if (oldest) this.#drop(oldest);
  }

  #drop(entry: Entry): void {
    const entries = this.#open.get(entry.fingerprint) ?? [];
    const kept = entries.filter((other) => other !== entry);
    this.#size -= entries.length - kept.length;
    if (kept.length === 0) this.#open.delete(entry.fingerprint);
    else this.#open.set(entry.fingerprint, kept);
  }

  /**
   * It was answered.
   * @param after the last request of ours that had been sent on the connection by then
   */
  answered(key: string, fingerprint: string, connection: number, after: number): void {
    const entry = this.#open.get(fingerprint)?.find((other) => other.key === key && other.connection === connection);
    if (entry === undefined) return;
    entry.answeredAfter = after;
    const answered = this.#answered.get(connection);
    if (answered) answered.push(entry);
    else this.#answered.set(connection, [entry]);
  }

  /** Nothing of it was stored, and it is to come again. */
  refused(key: string, fingerprint: string): void {
    for (const entry of this.#open.get(fingerprint) ?? []) if (entry.key === key) this.#drop(entry);
  }

  bound(): void {
    this.#boundAt = this.#clock.now();
    this.#firstBoundAt ??= this.#boundAt;
  }

  ended(connection: number): void {
    this.#ended.add(connection);
    this.#answered.delete(connection);
  }

  /** The far side answered the request with this sequence number. Rejects when it cannot be written down. */
  async confirmed(connection: number, sequence: number): Promise<void> {
    const answered = this.#answered.get(connection) ?? [];
    const open = answered.findIndex((entry) => !((entry.answeredAfter ?? sequence) < sequence));
    for (const entry of answered.splice(0, open === -1 ? answered.length : open)) {
      if (entry.connection === connection && entry.answeredAfter !== undefined) this.#drop(entry);
    }
    if (this.#clock.now() - this.#savedAt >= SAVE_MS) await this.save();
  }

  /** Writes down until when all is confirmed: now and then, and at the end. */
  async save(): Promise<void> {
    const now = this.#clock.now();
    this.#savedAt = now;
    let until = now;
    for (const entry of [...this.#open.values()].flat()) {
      if (this.#ended.has(entry.connection) && now - (this.#boundAt ?? now) >= AGAIN_MS) this.#drop(entry);
      else until = Math.min(until, entry.at - 1);
    }
    if (this.#memory === undefined || this.#lastAt <= this.#savedUntil || until <= this.#savedUntil) return;
    // What an earlier process left is read before it is written over.
    this.#before ??= this.#memory.confirmedUntil(this.#transport);
    await this.#before;
    this.#savedUntil = until;
    await this.#memory.confirm(this.#transport, until);
  }
}
