/** The gateway's `m.call.*` events in the words of either version of the protocol. */
import type { CallAddress, HangupReason, OutgoingCallEvent } from '../call-events.ts';

export interface ComposedEvent {
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** What the gateway can: keys pressed during the call, but not to be transferred (MSC2747). */
const CAPABILITIES = { 'm.call.dtmf': true, 'm.call.transferee': false };

/** The only reasons that version 0 had. */
const VERSION_0_REASONS: readonly HangupReason[] = ['ice_failed', 'invite_timeout'];

/**
 * The event to send, or undefined when the call's version has no such event (version 0 has no `m.call.negotiate`).
 * Answers carry no `sdp_stream_metadata`: a client that finds a stream in it which the SDP does not name plays nothing.
 */
export function composeCallEvent(address: CallAddress, event: OutgoingCallEvent): ComposedEvent | undefined {
  return address.version === '0' ? composeVersion0(address, event) : composeVersion1(address, event);
}

function composeVersion1(address: CallAddress, event: OutgoingCallEvent): ComposedEvent {
  const base = { call_id: address.callId, party_id: address.partyId, version: '1' };
  switch (event.type) {
    case 'answer':
      return {
        type: 'm.call.answer',
        content: { ...base, answer: { type: 'answer', sdp: event.sdp }, capabilities: CAPABILITIES },
      };
    case 'candidates':
      return { type: 'm.call.candidates', content: { ...base, candidates: event.candidates } };
    case 'reject':
      return { type: 'm.call.reject', content: { ...base, reason: event.reason } };
    case 'hangup':
      return { type: 'm.call.hangup', content: { ...base, reason: event.reason } };
    case 'negotiate':
      return {
        type: 'm.call.negotiate',
        content: {
          ...base,
          lifetime: event.lifetimeMs,
          description: { type: event.sdpType, sdp: event.sdp },
          capabilities: CAPABILITIES,
        },
      };
    default:
      return event satisfies never;
  }
}

/** No party_id, no m.call.reject, no m.call.negotiate; `version` is a number. */
function composeVersion0(address: CallAddress, event: OutgoingCallEvent): ComposedEvent | undefined {
  const base = { call_id: address.callId, version: 0 };
  switch (event.type) {
    case 'answer':
      return { type: 'm.call.answer', content: { ...base, answer: { type: 'answer', sdp: event.sdp } } };
    case 'candidates':
      return { type: 'm.call.candidates', content: { ...base, candidates: event.candidates } };
    case 'reject':
    case 'hangup':
      return {
        type: 'm.call.hangup',
        content: { ...base, ...(VERSION_0_REASONS.includes(event.reason) ? { reason: event.reason } : {}) },
      };
    case 'negotiate':
      return undefined;
    default:
      return event satisfies never;
  }
}
