/**
 * Long texts that come in parts: with a concatenation header (3GPP TS 23.040 §9.2.3.24.1), or guessed where the administrator said
 * that a provider cuts texts without one. Every part is on the disk before the network is told so.
 */
import { createHash } from 'node:crypto';
import type { KeyedQueue } from '../../keyed-queue.ts';
import type { Arrival, Fragment } from '../ports.ts';
import { joinParts } from '../segments/index.ts';
import { guessTexts } from '../segments/join.ts';
import { say } from '../sentences.ts';
import type { InboundParts } from './parts.ts';
import { conversationKey } from './sender.ts';
import { whomItMeans } from './whom.ts';

/** Parts that belong together, as far as they have come. */
interface Pending {
  readonly group: string;
  readonly base: string;
  readonly isGuess: boolean;
  readonly parts: Fragment[];
}

/** More unfinished texts than this, and the oldest are shown as they are. */
const MOST_PENDING = 5_000;
/** Parts of texts that were joined are known so long, should they come once more under another key. */
const REMEMBERED_MS = 10 * 60_000;
const MOST_REMEMBERED = 2_000;
const AFTER_FAULT_MS = 5_000;
const GUESS = 'guess';

export interface FragmentsParts
  extends Pick<InboundParts, 'books' | 'clock' | 'logger' | 'policy' | 'decide' | 'showNumber'> {
  /** By conversation: nothing else of it happens meanwhile. */
  readonly order: KeyedQueue;
  /** A text is whole and on the disk. */
  readonly onJoined: (text: Arrival, parts: readonly Fragment[]) => void | Promise<void>;
}

export class Fragments {
  readonly #parts: FragmentsParts;
  readonly #pending = new Map<string, Pending>();
  /** Which group takes the next part. */
  readonly #current = new Map<string, Pending>();
  readonly #joined = new Map<string, { readonly until: number; readonly texts: ReadonlyMap<number, string> }>();
  #cancel: (() => void) | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(parts: FragmentsParts) {
    this.#parts = parts;
  }

  /** At start: what an earlier process took. */
  async recover(): Promise<void> {
    await this.#load();
    // Before anything new is taken, so that they stay in order.
    await this.#sweepOrLater();
  }

  async #load(): Promise<void> {
    for (const parts of await this.#parts.books.arrivals.incomplete(Number.MAX_SAFE_INTEGER)) {
      const [first] = parts;
      if (first === undefined || this.#pending.get(first.group)?.parts.length === parts.length) continue;
      const base = first.group.slice(0, first.group.lastIndexOf('|'));
      const pending = { group: first.group, base, isGuess: base.startsWith(GUESS), parts: [...parts] };
      this.#pending.set(pending.group, pending);
      this.#current.set(base, pending);
    }
  }

  /**
   * A part with a header. Settles when it is on the disk, as is the text that it makes whole.
   * @returns false for a repeat
   */
  async take(fragment: Omit<Fragment, 'group'>): Promise<boolean> {
    const { part, text } = fragment;
    const base = baseOf(fragment, `${part.reference}/${part.total}`);
    if (this.#wasJoined(base, part.index, text)) return false;
    let pending = this.#current.get(base);
    const same = pending?.parts.find((other) => other.part.index === part.index);
    // The same reference for another text: senders count to 255 and begin again.
    if (same !== undefined && same.text !== text) pending = undefined;
    return await this.#add(fragment, base, false, pending);
  }

  /** A text that may be a part of a longer one. */
  async guess(fragment: Omit<Fragment, 'group'>): Promise<boolean> {
    const base = baseOf(fragment, GUESS);
    const pending = this.#current.get(base);
    const last = pending?.parts.at(-1);
    const isOver = last !== undefined && fragment.receivedAt - last.receivedAt >= this.#guessMs(fragment.transport);
    return await this.#add(fragment, base, true, isOver ? undefined : pending);
  }

  get size(): number {
    return this.#pending.size;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  async #add(
    fragment: Omit<Fragment, 'group'>,
    base: string,
    isGuess: boolean,
    known: Pending | undefined,
  ): Promise<boolean> {
    const { books, clock } = this.#parts;
    const pending = known ?? { group: `${base}|${shortHash(fragment.key)}`, base, isGuess, parts: [] };
    const whole: Fragment = { ...fragment, group: pending.group };
    if ((await books.arrivals.takeFragment(whole)) === undefined) {
      if (known?.parts.some(({ key }) => key === fragment.key) !== true) await this.#loadAgain();
      return false;
    }
    pending.parts.push(whole);
    this.#pending.set(pending.group, pending);
    this.#current.set(base, pending);
    const done = this.#finished(pending, clock.now());
    if (done.texts.length > 0) await this.#join(pending, done.texts);
    else this.#wakeBy(done.at);
    if (this.#pending.size > MOST_PENDING) this.#wakeBy(clock.now());
    return true;
  }

  /** The disk has a part that is not known here: storing it failed half way, or it is of a text that was joined. */
  async #loadAgain(): Promise<void> {
    await this.#load();
    if (this.#pending.size > 0) this.#wakeBy(this.#parts.clock.now());
  }

  /** Texts that nothing more can come to; else when to look again. */
  #finished(
    { parts, isGuess }: Pending,
    now: number,
    mustEnd = false,
  ): { readonly texts: readonly (readonly Fragment[])[]; readonly at: number } {
    const [first] = parts;
    if (first === undefined) return { texts: [], at: now };
    if (isGuess) {
      const windowMs = this.#guessMs(first.transport);
      const guessed = guessTexts(parts, mustEnd ? Number.MAX_SAFE_INTEGER : now, windowMs);
      return guessed.wakeAt === undefined ? { texts: guessed.ready, at: now } : { texts: [], at: guessed.wakeAt };
    }
    const at = Math.min(...parts.map(({ receivedAt }) => receivedAt)) + this.#parts.policy.partsWaitMs;
    const isOver = mustEnd || at <= now || joinParts(marked(parts)).kind === 'complete';
    return { texts: isOver ? [parts] : [], at };
  }

  async #join(pending: Pending, texts: readonly (readonly Fragment[])[]): Promise<void> {
    const { books, onJoined } = this.#parts;
    const arrivals: { readonly text: Arrival; readonly parts: readonly Fragment[] }[] = [];
    for (const parts of texts) {
      const text = await this.#textOf(parts, pending);
      if (text !== undefined) arrivals.push({ text, parts });
    }
    try {
      await books.arrivals.join(
        pending.group,
        arrivals.map(({ text }) => text),
      );
    } catch (error) {
      this.#wakeBy(this.#parts.clock.now() + AFTER_FAULT_MS);
      throw error;
    }
    this.#forget(pending);
    for (const { text, parts } of arrivals) await onJoined(text, parts);
  }

  async #textOf(parts: readonly Fragment[], { isGuess }: Pending): Promise<Arrival | undefined> {
    const { logger, showNumber } = this.#parts;
    const [first] = parts;
    if (first === undefined) return undefined;
    const { group: _group, part: _part, key: _key, textRef, ...of } = first;
    const whom = await whomItMeans(first, this.#parts);
    if (whom.kind !== 'for') {
      logger.warn({ textRef, called: showNumber(first.called) }, 'Nobody gets texts to this number any more');
    }
    const sentAt = Math.min(...parts.map((part) => part.sentAt ?? Number.POSITIVE_INFINITY));
    const id = shortHash(JSON.stringify(parts.map(({ key }) => key).sort()));
    return {
      ...of,
      // Made of its parts: the same when it is joined again after a crash.
      textRef: `in-${id}`,
      key: `parts ${id}`,
      text: isGuess ? parts.map(({ text }) => text).join('') : this.#words(parts),
      receivedAt: Math.min(...parts.map(({ receivedAt }) => receivedAt)),
      wantsDisplayed: parts.some(({ wantsDisplayed }) => wantsDisplayed),
      ...(Number.isFinite(sentAt) ? { sentAt } : {}),
      targets: whom.kind === 'for' ? whom.targets : [],
    };
  }

  #words(parts: readonly Fragment[]): string {
    const joined = joinParts(marked(parts));
    if (joined.kind === 'complete') return joined.text;
    const total = parts[0]?.part.total ?? 0;
    this.#parts.logger.info({ textRef: parts[0]?.textRef, missing: joined.missing }, 'Parts of a text did not come');
    return `${joined.text}\n${say({ key: 'parts-missing', params: { missing: joined.missing.join(', '), total: String(total) } })}`;
  }

  #forget({ group, base, isGuess, parts }: Pending): void {
    this.#pending.delete(group);
    if (this.#current.get(base)?.group === group) this.#current.delete(base);
    if (isGuess) return;
    const texts = new Map(parts.map(({ part, text }) => [part.index, text]));
    this.#joined.delete(base);
    this.#joined.set(base, { until: this.#parts.clock.now() + REMEMBERED_MS, texts });
    const [oldest] = this.#joined.keys();
    if (this.#joined.size > MOST_REMEMBERED && oldest !== undefined) this.#joined.delete(oldest);
  }

  #wasJoined(base: string, index: number, text: string): boolean {
    const joined = this.#joined.get(base);
    return joined !== undefined && joined.until > this.#parts.clock.now() && joined.texts.get(index) === text;
  }

  #wakeBy(at: number): void {
    if (at >= this.#wakeAt || this.#isClosed) return;
    const { clock } = this.#parts;
    this.#cancel?.();
    this.#wakeAt = at;
    this.#cancel = clock.after(Math.max(0, at - clock.now()), () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      void this.#sweepOrLater();
    });
  }

  async #sweepOrLater(): Promise<void> {
    const { clock, logger } = this.#parts;
    try {
      await this.#sweep();
    } catch (error) {
      logger.error({ err: error }, 'Parts of texts could not be joined; it is tried again');
      this.#wakeBy(clock.now() + AFTER_FAULT_MS);
    }
  }

  /** Joins what is due. */
  async #sweep(): Promise<void> {
    let tooMany = this.#pending.size - MOST_PENDING;
    for (const pending of [...this.#pending.values()]) {
      const mustEnd = tooMany-- > 0;
      const [first] = pending.parts;
      if (first === undefined) continue;
      await this.#parts.order.run(conversationKey(first), async () => {
        if (!this.#pending.has(pending.group) || this.#isClosed) return;
        const done = this.#finished(pending, this.#parts.clock.now(), mustEnd);
        if (done.texts.length > 0) await this.#join(pending, done.texts);
        else this.#wakeBy(done.at);
      });
    }
  }

  #guessMs(transport: string): number {
    return this.#parts.policy.join.get(transport) ?? 0;
  }
}

function baseOf({ transport, account = '', sender, called }: Omit<Fragment, 'group'>, what: string): string {
  return `${what}|${shortHash(JSON.stringify([transport, account, sender, called]))}`;
}

function marked(
  parts: readonly Fragment[],
): { readonly index: number; readonly total: number; readonly text: string }[] {
  return parts.map(({ part, text }) => ({ index: part.index, total: part.total, text }));
}

function shortHash(of: string): string {
  return createHash('sha256').update(of).digest('hex').slice(0, 20);
}
