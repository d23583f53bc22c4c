import { NOTHING, type Step, type TransactionEffect } from './step.ts';
import type { TransactionConditions } from './timers.ts';

/** One of the four machines with its present state, for a runner that need not know which. */
export interface Machine {
  readonly name: string;
  /** What the first step asks for. */
  readonly first: readonly TransactionEffect[];
  /** @returns what this event asks for; an event that the machine does not know asks for nothing */
  step(event: string): readonly TransactionEffect[];
}

/**
 * @param start the first step
 * @param events all events that the machine knows
 * @param step the machine
 */
export function machineOf<State extends { readonly name: string }, Event extends string>(
  start: Step<State>,
  events: readonly Event[],
  step: (state: State, event: Event, conditions: TransactionConditions) => Step<State>,
  conditions: TransactionConditions,
): Machine {
  let { state } = start;
  const known = (event: string): event is Event => (events as readonly string[]).includes(event);
  return {
    get name() {
      return state.name;
    },
    first: start.effects,
    step: (event) => {
      if (!known(event)) return NOTHING;
      const next = step(state, event, conditions);
      state = next.state;
      return next.effects;
    },
  };
}

/** The event that a response is to its machine: INVITE's tell success from failure (RFC 3261 §17.1.1.2 and §17.2.1), the others do not. */
export function responseEvent(method: string, status: number): 'provisional' | 'success' | 'failure' | 'final' {
  if (status < 200) return 'provisional';
  if (method !== 'INVITE') return 'final';
  return status < 300 ? 'success' : 'failure';
}
