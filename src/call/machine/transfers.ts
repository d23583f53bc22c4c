/**
 * While a call is transferred. The client may ask (`transferring`: its telephone is to talk to somebody else), or the
 * telephone (`referred`: somebody else is to talk to the client). How that is done is the business of `call/transfer`; here is
 * what it means to this call. Whoever asks may leave without a word, so an end of that side is only noted.
 */
import { explainGateway } from '../reasons.ts';
import type { Effect, Step } from './effects.ts';
import { end, endByGateway } from './ending.ts';
import type { CallEvent, TransferEvent } from './events.ts';
import type { CallState, PlannedState, Talks, TransferRequest } from './state.ts';
import { settle } from './talks.ts';

type TransferFailed = Extract<TransferEvent, { type: 'transfer-failed' }>;

const same = (state: CallState): Step<CallState> => ({ state, effects: [] });

/**
 * The client asks for a transfer (MSC2747). Only a call that both sides hear can be handed on; before that the client, which
 * has left its side already, gets its end in words.
 */
export function clientTransfers(state: PlannedState, request: TransferRequest): Step<CallState> {
  if (state.phase !== 'talking') {
    return endByGateway(state, explainGateway('transfer-too-early'), { by: 'caller' });
  }
  return {
    state: { ...state, phase: 'transferring', transfer: request },
    effects: [{ type: 'startTransfer', request }],
  };
}

/** The telephone asks for somebody else in its place (REFER), or somebody else comes in its place (INVITE with Replaces). */
export function telephoneTransfers(
  state: PlannedState,
  event: Extract<CallEvent, { type: 'sip-refer' | 'sip-replacement' }>,
): Step<CallState> {
  if (state.phase !== 'talking') return { state, effects: [refusal(event)] };
  const start: Effect =
    event.type === 'sip-refer' ? { type: 'startReferral', id: event.id } : { type: 'takeReplacement', id: event.id };
  return { state: { ...state, phase: 'referred' }, effects: [start] };
}

/** What must not stay without an answer. */
export function refusal({ type, id }: Extract<CallEvent, { type: 'sip-refer' | 'sip-replacement' }>): Effect {
  return type === 'sip-refer' ? { type: 'refuseReferral', id, status: 603 } : { type: 'refuseReplacement', id };
}

/** Undefined: as in any other phase. */
export function duringTransfer(state: PlannedState, event: CallEvent): Step<CallState> | undefined {
  if (state.phase === 'transferring') return transferring(state, event);
  return state.phase === 'referred' ? referred(state, event) : undefined;
}

function transferring(state: PlannedState, event: CallEvent): Step<CallState> | undefined {
  switch (event.type) {
    case 'transfer-done':
      return end(state, { by: 'caller', why: explainGateway('transferred'), tellMatrix: true, handOver: state.talks });
    case 'transfer-failed':
      return clientTransferFails(state, event);
    case 'matrix-hangup':
    case 'matrix-reject':
    case 'matrix-left':
    case 'webrtc-failed':
      return { state: { ...state, gone: true }, effects: [] };
    case 'webrtc-closed':
      return { state: { ...state, left: true }, effects: [] };
    case 'timer':
      return event.timer === 'left' ? same(state) : undefined;
    case 'media-timeout':
      return event.side === 'webrtc' ? { state: { ...state, gone: true }, effects: [] } : undefined;
    case 'matrix-replaces':
      return same(state);
    default:
      return undefined;
  }
}

/** A client that is still there gets its call back; for one that is gone the call ends, and the telephone hears why. */
function clientTransferFails(
  state: PlannedState,
  { rejection, why, sentence, telephone }: TransferFailed,
): Step<CallState> {
  const { gone, transfer, ...rest } = state;
  const isThere = !gone && !state.left;
  const rejected: Effect[] = transfer
    ? [{ type: 'rejectReplacement', replacementId: transfer.replacementId, reason: rejection }]
    : [];
  const words: Effect[] = sentence ? [{ type: 'notice', sentence }] : [];
  if (isThere) {
    return settle({
      state: { ...rest, phase: 'talking' },
      effects: [...rejected, { type: 'notice', sentence: { key: 'transfer-failed' } }, ...words],
    });
  }
  const ended = endByGateway(rest, explainGateway('transfer-failed', why), { sipCause: telephone });
  return { state: ended.state, effects: [...rejected, ...words, ...ended.effects] };
}

function referred(state: PlannedState, event: CallEvent): Step<CallState> | undefined {
  switch (event.type) {
    case 'telephone-replaced':
      return telephoneReplaced(state, event);
    case 'transfer-failed':
      return telephoneTransferFails(state, event);
    // It has asked us to call somebody in its place: that it goes now is no end of the call (RFC 5589 §6.1).
    case 'sip-ended':
    case 'sip-failed':
      return { state: { ...state, gone: true }, effects: [] };
    case 'sip-reoffer':
      return { state, effects: [{ type: 'refuseSipReoffer', id: event.id, status: 491 }] };
    // Between two telephones there is silence.
    case 'media-timeout':
      return event.side === 'rtp' ? same(state) : undefined;
    case 'matrix-replaces':
      return endByGateway(state, explainGateway('transfer-too-early'), { by: 'caller' });
    default:
      return undefined;
  }
}

/** Another telephone: it holds nobody, and nobody has told it of a hold. */
export function telephoneReplaced(
  state: PlannedState,
  { party, longestMs }: Extract<TransferEvent, { type: 'telephone-replaced' }>,
): Step<CallState> {
  if (state.phase !== 'referred' && state.phase !== 'talking') return same(state);
  const { gone: _, ...rest } = state;
  const { offeredSip: __, ...before } = state.talks;
  const talks: Talks = { ...before, sip: 'idle', toldSip: 'sendrecv', towardsMatrix: 'sendrecv' };
  const told: Effect[] = party ? [{ type: 'assertIdentity', party }] : [];
  const limits: Effect[] =
    longestMs === undefined ? [] : [{ type: 'setTimer', timer: 'longest-call', afterMs: longestMs }];
  return settle({ state: { ...rest, phase: 'talking', talks }, effects: [...told, ...limits] });
}

/** The telephone that asked gets the call back, with a new offer, as its audio went elsewhere meanwhile; if it is still there. */
function telephoneTransferFails(state: PlannedState, { why }: TransferFailed): Step<CallState> {
  const { gone, ...rest } = state;
  if (!gone) {
    const { towardsSip } = state.talks;
    return {
      state: { ...rest, phase: 'talking', talks: { ...state.talks, sip: 'offering', offeredSip: towardsSip } },
      effects: [{ type: 'reofferSip', direction: towardsSip }],
    };
  }
  return end(rest, { by: 'callee', why: explainGateway('normal', why), tellMatrix: true });
}
