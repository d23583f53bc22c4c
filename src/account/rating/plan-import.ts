/** What an import does to a deck: the rates that change, and in which way. Pure. */
import type { Micros } from '../../money.ts';
import type { DeckChanges, DeckImport, Rate, RateTerms } from './ports.ts';

/** Of one service and prefix: from `at` on, `rates` hold in place of all that was laid down. */
export interface Replaced {
  readonly service: RateTerms['service'];
  readonly prefix: string;
  readonly at: number;
  /** In order; empty: the prefix is gone. */
  readonly rates: readonly Rate[];
}

export interface ImportPlan {
  readonly replaced: readonly Replaced[];
  readonly changes: DeckChanges;
}

/** How many of the greatest rises are named. */
const MOST_RISES = 10;

type Timelines = Map<string, Rate[]>;

/**
 * @param current rates of the deck that hold now or later
 * @param batch its prefixes may have several rates, each from another moment on; those from before now hold from now on
 */
export function planImport(
  current: readonly Rate[],
  batch: Omit<DeckImport, 'deck' | 'currency' | 'actor'>,
): ImportPlan {
  const { now, mode } = batch;
  const before = timelines(current);
  const after = timelines(batch.rates.map((rate) => ({ ...rate, from: Math.max(rate.from, now) })));
  const tally = new Tally(now);
  const replaced: Replaced[] = [];
  let begin = Number.POSITIVE_INFINITY;
  for (const [key, listed] of after) {
    const rates = chained(listed);
    const [first] = rates;
    if (first === undefined) continue;
    const at = first.from;
    begin = Math.min(begin, at);
    const old = tail(before.get(key) ?? [], at);
    if (isSame(old, rates, at)) tally.same += 1;
    else {
      replaced.push({ service: first.terms.service, prefix: first.prefix, at, rates });
      tally.changed(old[0], first, at);
    }
  }
  if (mode === 'replace') {
    const services = new Set(batch.rates.map(({ terms }) => terms.service));
    for (const [key, listed] of before) {
      const [one] = listed;
      if (one === undefined || after.has(key) || !services.has(one.terms.service)) continue;
      // A list that begins later leaves what it does not have until then.
      if (tail(listed, begin).length === 0) continue;
      replaced.push({ service: one.terms.service, prefix: one.prefix, at: begin, rates: [] });
      tally.lost(begin);
    }
  }
  return { replaced, changes: tally.changes() };
}

function timelines(rates: readonly Rate[]): Timelines {
  const all: Timelines = new Map();
  for (const rate of rates) {
    const key = `${rate.terms.service} ${rate.prefix}`;
    const known = all.get(key);
    if (known === undefined) all.set(key, [rate]);
    else known.push(rate);
  }
  return all;
}

/** In order, each until the next; of several from one moment the last in the file. */
function chained(listed: readonly Rate[]): readonly Rate[] {
  const [only, second] = listed;
  if (only !== undefined && second === undefined) return listed;
  const byFrom = new Map(listed.map((rate) => [rate.from, rate]));
  const ordered = [...byFrom.values()].sort((a, b) => a.from - b.from);
  return ordered.map((rate, index) => {
    const next = ordered[index + 1];
    return next === undefined ? rate : { ...rate, until: next.from };
  });
}

/** What holds at `at` and later, in order. */
function tail(listed: readonly Rate[], at: number): readonly Rate[] {
  const later = listed.filter(({ until }) => until === undefined || until > at);
  return later.length < 2 ? later : [...later].sort((a, b) => a.from - b.from);
}

function isSame(old: readonly Rate[], rates: readonly Rate[], at: number): boolean {
  if (old.length !== rates.length) return false;
  return old.every((rate, index) => {
    const other = rates[index];
    if (other === undefined || rate.until !== other.until || rate.name !== other.name) return false;
    return Math.max(rate.from, at) === other.from && isEqual(rate.terms, other.terms);
  });
}

function isEqual(one: RateTerms, other: RateTerms): boolean {
  if ('refused' in one || 'refused' in other) return 'refused' in one && 'refused' in other;
  if (one.service === 'text') return other.service === 'text' && one.perSegment === other.perSegment;
  return (
    other.service === 'call' &&
    one.perMinute === other.perMinute &&
    one.connectFee === other.connectFee &&
    one.firstS === other.firstS &&
    one.nextS === other.nextS
  );
}

class Tally {
  fresh = 0;
  dearer = 0;
  cheaper = 0;
  otherwise = 0;
  gone = 0;
  same = 0;
  later = 0;
  readonly #now: number;
  readonly #rises: { readonly share: number; readonly rise: DeckChanges['rises'][number] }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  /** @param old what held at that moment, or would have begun after it */
  changed(old: Rate | undefined, rate: Rate, at: number): void {
    if (at > this.#now) this.later += 1;
    const [was, is] = [old === undefined || old.from > at ? undefined : price(old.terms), price(rate.terms)];
    if (is === undefined) {
      if (was === undefined) this.otherwise += 1;
      else this.gone += 1;
    } else if (was === undefined) this.fresh += 1;
    else if (is.main > was.main || (is.main === was.main && is.fee > was.fee)) {
      this.dearer += 1;
      this.#rise(rate, was.main, is.main);
    } else if (is.main < was.main || is.fee < was.fee) this.cheaper += 1;
    else this.otherwise += 1;
  }

  lost(at: number): void {
    this.gone += 1;
    if (at > this.#now) this.later += 1;
  }

  #rise({ prefix, name, terms }: Rate, before: Micros, after: Micros): void {
    const share = before > 0 ? after / before : Number.POSITIVE_INFINITY;
    const rise = { prefix, service: terms.service, before, after, ...(name === undefined ? {} : { name }) };
    this.#rises.push({ share, rise });
    if (this.#rises.length < 10 * MOST_RISES) return;
    this.#rises.sort((a, b) => b.share - a.share);
    this.#rises.length = MOST_RISES;
  }

  changes(): DeckChanges {
    const { fresh, dearer, cheaper, otherwise, gone, same, later } = this;
    const rises = this.#rises
      .sort((a, b) => b.share - a.share || (a.rise.prefix < b.rise.prefix ? -1 : 1))
      .slice(0, MOST_RISES)
      .map(({ rise }) => rise);
    return { fresh, dearer, cheaper, otherwise, gone, same, later, rises };
  }
}

/** What a rise is measured by: the price of a minute or of a segment, then the fee. Undefined: not carried. */
function price(terms: RateTerms): { readonly main: Micros; readonly fee: number } | undefined {
  if ('refused' in terms) return undefined;
  if (terms.service === 'text') return { main: terms.perSegment, fee: 0 };
  return { main: terms.perMinute, fee: terms.connectFee };
}
