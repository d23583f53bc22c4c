/** Credit that ends soon: a tone that only the client hears, as soon as it can hear one, and a sentence in the room. */
import type { Sentence } from '../sentences.ts';
import type { Step } from './effects.ts';
import type { CallState, PlannedState } from './state.ts';

export function creditIsLow(state: PlannedState, leftMs: number): Step<CallState> {
  return { state: { ...state, beepDue: true }, effects: [{ type: 'notice', sentence: creditLow(leftMs) }] };
}

/** Beeps when it is due and the client has its audio. */
export function beepWhenHeard<S extends CallState>({ state, effects }: Step<S>): Step<S> {
  if (!('beepDue' in state) || !state.beepDue || !canHear(state)) return { state, effects };
  const { beepDue: _, ...rest } = state;
  return { state: rest as S, effects: [...effects, { type: 'beep' }] };
}

const canHear = ({ phase, webrtcUp, gone }: PlannedState): boolean =>
  webrtcUp && !gone && (phase === 'talking' || phase === 'referred' || phase === 'transferring');

export function creditLow(leftMs: number): Sentence {
  return { key: 'credit-low', params: { left: minutesAndSeconds(leftMs) } };
}

/** `0:30`, `2:00`: the same in every language. */
function minutesAndSeconds(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
