/** How a machine is run: one event after the other, its effects begun in order, their failures told and never lost. */
import type { CallEvent } from './machine.ts';
import type { CallJournal, CreditEvent } from './ports.ts';
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

/** Begins every effect. */
function runEffects<F extends { readonly type: string }>(
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

interface MachineParts<State, Event, Effect> {
  readonly step: (state: State, event: Event) => { readonly state: State; readonly effects: readonly Effect[] };
  /** Told of each step, before its effects begin. */
  readonly onStep: (event: Event, from: State, to: State, effects: readonly Effect[]) => void;
  /** What it gives back is a promise where the effect goes on. */
  readonly run: (effect: Effect) => unknown;
  /** Told of what throws or rejects. */
  readonly failed: (what: string, error: unknown) => void;
}

/** A machine as it runs. */
export class MachineRun<State, Event, Effect extends { readonly type: string }> {
  readonly #parts: MachineParts<State, Event, Effect>;
  readonly #queue = new EventQueue<Event>((event) => this.#step(event));
  #state: State;

  constructor(initial: State, parts: MachineParts<State, Event, Effect>) {
    this.#state = initial;
    this.#parts = parts;
  }

  get state(): State {
    return this.#state;
  }

  /** At once, or after the events that are being handled. */
  dispatch(event: Event): void {
    this.#queue.push(event);
  }

  /** Begins these effects: those of a machine that begins with some. */
  run(effects: readonly Effect[]): void {
    runEffects(effects, this.#parts.run, this.#parts.failed);
  }

  #step(event: Event): void {
    const from = this.#state;
    const { state, effects } = this.#parts.step(from, event);
    this.#state = state;
    this.#parts.onStep(event, from, state, effects);
    this.run(effects);
  }
}

/** Who tells the administrator of a call. */
interface Teller {
  failure(error: unknown, what: string): void;
}

/** Tells that a part of the gateway failed the call; what comes back is how the machine learns of it. */
export function gatewayFailed(
  story: Teller,
  what: string,
  error: unknown,
): Extract<CallEvent, { type: 'gateway-failed' }> {
  story.failure(error, `the call's ${what} failed`);
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'gateway-failed', message: `${what}: ${message}` };
}

/** When a call whose longest time begins with one of these effects has to end. */
export function endOfLongest(
  effects: readonly { readonly type: string; readonly timer?: string; readonly afterMs?: number }[],
  now: number,
): number | undefined {
  const set = effects.find(({ type, timer }) => type === 'setTimer' && timer === 'longest-call');
  return set?.afterMs === undefined ? undefined : now + set.afterMs;
}

/** What the books say of a call's credit, as the machine hears it. */
export function asHouseEvent(event: CreditEvent): Extract<CallEvent, { type: 'credit-low' | 'credit-used-up' }> {
  return event.type === 'low' ? { type: 'credit-low', leftMs: event.leftMs } : { type: 'credit-used-up' };
}

/** Hands over what is left of a call that is over. A taker that throws is told of; it does not keep the call from its end. */
export function handOver<R>(story: Teller & { end(record: R): void }, record: R, onRecord: (record: R) => void): void {
  story.end(record);
  try {
    onRecord(record);
  } catch (error) {
    story.failure(error, 'the record of the call was not taken');
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
