/**
 * What is known of calls that do not exist: candidates that came ahead of their invite, and calls that are over. Both are
 * kept for a while and in bounded number, so that a flood of unknown call IDs costs nothing.
 */
import type { Candidate } from '../matrix/index.ts';
import type { Clock } from './ports.ts';

/** As long as an invite usually lives. */
const keptMs = 120_000;
const mostCalls = 1_000;
const mostCandidatesEach = 100;

interface Known {
  readonly since: number;
  readonly over: boolean;
  readonly candidates: readonly { readonly party: string | undefined; readonly candidate: Candidate }[];
}

export class EarlyEvents {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Candidates of a call whose invite has not come yet. */
  keep(key: string, party: string | undefined, candidates: readonly Candidate[]): void {
    const known = this.#current(key);
    if (known?.over) return;
    const all = [...(known?.candidates ?? []), ...candidates.map((candidate) => ({ party, candidate }))];
    this.#put(key, {
      since: known?.since ?? this.#clock.now(),
      over: false,
      candidates: all.slice(0, mostCandidatesEach),
    });
  }

  /** The candidates that this party sent ahead; they are handed out once. */
  take(key: string, party: string | undefined): readonly Candidate[] {
    const known = this.#current(key);
    if (known && !known.over) this.#known.delete(key);
    return known?.candidates.filter((kept) => kept.party === party).map(({ candidate }) => candidate) ?? [];
  }

  /** The call is over, perhaps before its invite was seen: an invite that still comes must not ring. */
  markOver(key: string): void {
    this.#put(key, { since: this.#clock.now(), over: true, candidates: [] });
  }

  isOver(key: string): boolean {
    return this.#current(key)?.over ?? false;
  }

  get size(): number {
    return this.#known.size;
  }

  #current(key: string): Known | undefined {
    const known = this.#known.get(key);
    if (known && this.#clock.now() - known.since > keptMs) {
      this.#known.delete(key);
      return undefined;
    }
    return known;
  }

  #put(key: string, known: Known): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    for (const [oldest, { since }] of this.#known) {
      if (this.#known.size <= mostCalls && this.#clock.now() - since <= keptMs) break;
      this.#known.delete(oldest);
    }
  }
}
