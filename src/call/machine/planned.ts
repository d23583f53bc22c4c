/** The step of a call with a plan, in any of its phases: what a transfer changes first, then the way forward, then the rest. */
import { common } from './common.ts';
import { beepWhenHeard } from './credit.ts';
import type { Step } from './effects.ts';
import type { CallEvent } from './events.ts';
import { progress } from './progress.ts';
import type { CallState, PlannedState } from './state.ts';
import { duringTransfer } from './transfers.ts';

export function stepPlanned(state: PlannedState, event: CallEvent): Step<CallState> {
  return beepWhenHeard(duringTransfer(state, event) ?? progress(state, event) ?? common(state, event));
}
