/** How a machine is run: one event after the other, its effects begun in order, their failures told and never lost. */
import type { CallJournal } from './ports.ts';
import type { TelephoneLeg } from './telephone-leg.ts';

/** Hands events to their taker: at once, or after those that are being handled. */
export class EventQueue<E> {
  readonly #take: (event: E) => void;
  readonly #waiting: E[] = [];
  #isDraining = false;

  constructor(take: (event: E) => void) {
    this.#take = take;
  }

  push(event: E): void {
    this.#waiting.push(event);
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#take(next);
    } finally {
      this.#isDraining = false;
    }
  }
}

/**
 * Begins every effect.
 * @param run what it gives back is a promise where the effect goes on
 * @param failed told of what throws or rejects
 */
export function runEffects<F extends { readonly type: string }>(
  effects: readonly F[],
  run: (effect: F) => unknown,
  failed: (what: string, error: unknown) => void,
): void {
  for (const effect of effects) {
    try {
      const running = run(effect);
      if (running instanceof Promise) running.catch((error: unknown) => failed(effect.type, error));
    } catch (error) {
      failed(effect.type, error);
    }
  }
}

/** Notes down by what a restart can hang this telephone up. `key`: of the call's entry in the journal. */
export function keepLastWill(
  journal: CallJournal,
  key: string,
  telephone: TelephoneLeg,
  onTrouble: (error: unknown, what: string) => void,
): void {
  const lastWill = telephone.line?.leg.lastWill;
  if (lastWill === undefined) return;
  journal.updated(key, { lastWill }).catch((error: unknown) => {
    onTrouble(error, 'the call journal could not be written');
  });
}
