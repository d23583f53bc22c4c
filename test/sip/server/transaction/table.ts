import { describe, expect, it } from 'vitest';
import type { Step } from '../../../../sip/server/transaction/step.ts';
import { RFC3261_TIMERS, type TransactionConditions } from '../../../../sip/server/transaction/timers.ts';

export const UNRELIABLE: TransactionConditions = { ...RFC3261_TIMERS, reliable: false };
export const RELIABLE: TransactionConditions = { ...RFC3261_TIMERS, reliable: true };

/** The next state and the effects, each in short: `send`, `A=1000` starts Timer A, `-B` stops Timer B. */
export type Expected = readonly [next: string, ...effects: string[]];

export function inShort<State extends { name: string }>(step: Step<State>): Expected {
  return [
    step.state.name,
    ...step.effects.map((effect) => {
      switch (effect.do) {
        case 'startTimer':
          return `${effect.timer}=${effect.ms}`;
        case 'stopTimer':
          return `-${effect.timer}`;
        default:
          return effect.do;
      }
    }),
  ];
}

/** One row a state, one cell an event; a pair that has no cell fails. */
export function describeTable<State extends { name: string }, Event extends string>(
  title: string,
  machine: {
    states: readonly State['name'][];
    events: readonly Event[];
    /** A value of each state, with what it carries. */
    at: { readonly [Name in State['name']]: State };
    step(state: State, event: Event, conditions: TransactionConditions): Step<State>;
  },
  conditions: TransactionConditions,
  table: { readonly [Name in State['name']]: { readonly [E in Event]: Expected } },
): void {
  describe(title, () => {
    for (const name of machine.states) {
      for (const event of machine.events) {
        it(`${name} × ${event}`, () => {
          const expected: Expected | undefined = table[name]?.[event];
          expect(expected, `no cell for ${name} × ${event}`).toBeDefined();
          expect(inShort(machine.step(machine.at[name], event, conditions))).toEqual(expected);
        });
      }
    }

    it('has no cell for what does not exist', () => {
      expect(Object.keys(table).sort()).toEqual([...machine.states].sort());
      for (const name of machine.states) {
        expect(Object.keys(table[name]).sort()).toEqual([...machine.events].sort());
      }
    });
  });
}
