/** How often and how many at once: a link is for one telephone. */

const AT_ONCE = 32;
const AT_ONCE_EACH = 4;
const EACH_PER_HOUR = 60;
const HOUR_MS = 3_600_000;

interface Use {
  since: number;
  count: number;
  underWay: number;
}

export class Limits {
  readonly #now: () => number;
  readonly #uses = new Map<string, Use>();
  #underWay = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns what to call, once, when the download has ended; undefined: not now */
  enter(link: string): (() => void) | undefined {
    this.#forget();
    const now = this.#now();
    const use = this.#uses.get(link) ?? { since: now, count: 0, underWay: 0 };
    if (now - use.since >= HOUR_MS) Object.assign(use, { since: now, count: 0 });
    if (this.#underWay >= AT_ONCE || use.underWay >= AT_ONCE_EACH || use.count >= EACH_PER_HOUR) return undefined;
    use.count += 1;
    use.underWay += 1;
    this.#underWay += 1;
    this.#uses.set(link, use);
    return () => {
      use.underWay -= 1;
      this.#underWay -= 1;
    };
  }

  #forget(): void {
    if (this.#uses.size < 1000) return;
    const now = this.#now();
    for (const [link, use] of this.#uses) if (use.underWay === 0 && now - use.since >= HOUR_MS) this.#uses.delete(link);
  }
}
