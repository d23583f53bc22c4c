/** The legs that live: how many, by which trunk, what their dialogs are called, and when the last one is gone. */
import type { SipLeg } from '../leg.ts';
import type { Clock } from './clock.ts';
import { type DialogFacts, type DialogHolder, namesDialog, type Replaces } from './dialog-facts.ts';
import { dialogKey } from './replaced.ts';

export interface RegisteredLeg extends SipLeg, DialogHolder {
  connectionLost(): void;
}

/** What a leg tells while it lives. */
export interface LegTicket {
  readonly onOver: () => void;
  readonly onReleased: () => void;
  /** The leg itself; to be called before anything else is. */
  bind(leg: RegisteredLeg): void;
}

/** How long a dialog that is over is remembered: as long as a transaction lives (64·T1). */
const ENDED_MS = 32_000;

export class LegRegistry {
  readonly #clock: Clock;
  /** Legs that still have something on the wire. */
  readonly #legs = new Set<RegisteredLeg>();
  /** Legs whose listener has not heard the end, by trunk. */
  readonly #live = new Map<string, number>();
  readonly #ended = new Map<string, number>();
  readonly #checks = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls whose listener has not heard the end. */
  get live(): number {
    let sum = 0;
    for (const count of this.#live.values()) sum += count;
    return sum;
  }

  liveOf(trunk: string): number {
    return this.#live.get(trunk) ?? 0;
  }

  all(): RegisteredLeg[] {
    return [...this.#legs];
  }

  begin(trunk: string): LegTicket {
    let bound: RegisteredLeg | undefined;
    this.#live.set(trunk, this.liveOf(trunk) + 1);
    return {
      bind: (leg) => {
        bound = leg;
        this.#legs.add(leg);
      },
      onOver: () => {
        const left = this.liveOf(trunk) - 1;
        if (left > 0) this.#live.set(trunk, left);
        else this.#live.delete(trunk);
      },
      onReleased: () => {
        if (bound === undefined) return;
        this.#legs.delete(bound);
        if (bound.lastDialog !== undefined) this.#remember(bound.lastDialog);
        for (const check of [...this.#checks]) check();
      },
    };
  }

  /** The dialogs of legs that are not over. */
  *dialogs(): Generator<{ readonly leg: SipLeg; readonly dialog: DialogFacts }> {
    for (const leg of this.#legs) if (leg.dialog !== undefined) yield { leg, dialog: leg.dialog };
  }

  /**
   * The call of this trunk that a Replaces inside a Refer-To names. Both orders of the tags are taken: the one who refers sees
   * the dialog from its own side, and not everybody turns it round.
   */
  find(trunk: string, replaces: Replaces): SipLeg | undefined {
    const turned = { ...replaces, toTag: replaces.fromTag, fromTag: replaces.toTag };
    for (const { leg, dialog } of this.dialogs())
      if (leg.trunk === trunk && (namesDialog(replaces, dialog) || namesDialog(turned, dialog))) return leg;
    return undefined;
  }

  endedLately(key: string): boolean {
    const at = this.#ended.get(key);
    return at !== undefined && this.#clock.now() - at < ENDED_MS;
  }

  /** Settles when nothing is on the wire, or after `ms`. */
  released(ms: number): Promise<void> {
    if (this.#legs.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        stop();
        this.#checks.delete(check);
        resolve();
      };
      const check = (): void => {
        if (this.#legs.size === 0) done();
      };
      const stop = this.#clock.after(ms, done);
      this.#checks.add(check);
    });
  }

  #remember(dialog: DialogFacts): void {
    const now = this.#clock.now();
    this.#ended.set(dialogKey(dialog), now);
    for (const [key, at] of this.#ended) {
      if (now - at < ENDED_MS) break;
      this.#ended.delete(key);
    }
  }
}
