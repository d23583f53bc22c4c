/** What the caller's client can do to end a call in any phase. */
import { answeredElsewhere, explainGateway, type GatewayCause, telephoneCause } from '../reasons.ts';
import type { Step } from './effects.ts';
import { end, endByGateway, type OngoingState } from './ending.ts';
import type { CallState } from './state.ts';

const causesOfHangups: Readonly<Record<string, GatewayCause>> = {
  invite_timeout: 'ring-timeout',
  ice_failed: 'media-never',
  user_media_failed: 'media-never',
  ice_timeout: 'media-lost',
};

/** The caller hangs up, for a reason that may be of no list. Its client shows the end by itself. */
export function callerHangsUp(state: OngoingState, reason: string | undefined): Step<CallState> {
  const known = reason !== undefined && Object.hasOwn(causesOfHangups, reason) ? causesOfHangups[reason] : undefined;
  return end(state, {
    by: 'caller',
    why: explainGateway(known ?? 'normal'),
    tellMatrix: false,
    sipCause: telephoneCause(reason),
  });
}

/** The caller's client chose the answer of some other party: ours counts no more. Undefined: it chose ours. */
export function callerSelects(state: OngoingState, party: string): Step<CallState> | undefined {
  if (party === state.facts.ownParty || state.facts.version === '0') return undefined;
  // Where we called it is we who choose.
  if (state.facts.client === 'callee') return undefined;
  const why = explainGateway('answered-elsewhere');
  return end(state, { by: 'caller', why, tellMatrix: false, sipCause: answeredElsewhere });
}

/** Nobody is left in the room. */
export function callerLeaves(state: OngoingState): Step<CallState> {
  const why = explainGateway('room-left');
  return end(state, { by: 'caller', why, tellMatrix: false, sipCause: telephoneCause('user_hangup') });
}

/** A transfer before there is anything to transfer: the client has ended its side without a word, so the call ends. */
export function callerTransfersTooEarly(state: OngoingState): Step<CallState> {
  return endByGateway(state, explainGateway('transfer-too-early'), { by: 'caller' });
}

/** The invite's lifetime ended before an answer. */
export function lifetimeIsOver(state: OngoingState): Step<CallState> {
  return endByGateway(state, explainGateway('ring-timeout'));
}
