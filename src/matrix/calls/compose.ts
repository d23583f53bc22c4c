/** The gateway's `m.call.*` events in the words of either version of the protocol. */
import type { CallAddress, HangupReason, OutgoingCallEvent } from '../call-events.ts';
import { oneLine } from '../sanitise.ts';

export interface ComposedEvent {
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** What the gateway can: keys pressed during the call, and being transferred (MSC2747); clients offer neither without it. */
const CAPABILITIES = { 'm.call.dtmf': true, 'm.call.transferee': true };

/** MSC3086 has not been merged into the specification; clients that know it read this name as well as the stable one. */
const ASSERTED_IDENTITY = 'org.matrix.call.asserted_identity';

/** The only reasons that version 0 had. */
const VERSION_0_REASONS: readonly HangupReason[] = ['ice_failed', 'invite_timeout'];

/**
 * The event to send, or undefined when the call's version has no such event (version 0 has no `m.call.negotiate`).
 * Offers and answers carry no `sdp_stream_metadata`: a client that finds a stream in it which the SDP does not name plays
 * nothing.
 */
export function composeCallEvent(address: CallAddress, event: OutgoingCallEvent): ComposedEvent | undefined {
  return address.version === '0' ? composeVersion0(address, event) : composeVersion1(address, event);
}

function composeVersion1(address: CallAddress, event: OutgoingCallEvent): ComposedEvent {
  const base = { call_id: address.callId, party_id: address.partyId, version: '1' };
  switch (event.type) {
    case 'invite':
      return { type: 'm.call.invite', content: { ...base, ...invitation(event), capabilities: CAPABILITIES } };
    case 'select_answer':
      return { type: 'm.call.select_answer', content: { ...base, selected_party_id: event.selectedPartyId } };
    case 'asserted_identity':
      return { type: ASSERTED_IDENTITY, content: { ...base, asserted_identity: assertedIdentity(event) } };
    case 'answer':
      return {
        type: 'm.call.answer',
        content: { ...base, answer: { type: 'answer', sdp: event.sdp }, capabilities: CAPABILITIES },
      };
    case 'candidates':
      return { type: 'm.call.candidates', content: { ...base, candidates: event.candidates } };
    case 'reject':
      return { type: 'm.call.reject', content: { ...base, reason: event.reason } };
    case 'reject_replacement':
      return {
        type: 'm.call.reject_replacement',
        content: { ...base, replacement_id: event.replacementId, reason: event.reason },
      };
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

function invitation({ sdp, lifetimeMs, invitee }: Extract<OutgoingCallEvent, { type: 'invite' }>) {
  return { lifetime: lifetimeMs, offer: { type: 'offer', sdp }, ...(invitee === undefined ? {} : { invitee }) };
}

function assertedIdentity({ displayName, id }: Extract<OutgoingCallEvent, { type: 'asserted_identity' }>) {
  return { display_name: oneLine(displayName), ...(id === undefined ? {} : { id }) };
}

/** No party_id, no m.call.select_answer, m.call.reject or m.call.negotiate; `version` is a number. */
function composeVersion0(address: CallAddress, event: OutgoingCallEvent): ComposedEvent | undefined {
  const base = { call_id: address.callId, version: 0 };
  switch (event.type) {
    case 'invite':
      return { type: 'm.call.invite', content: { ...base, ...invitation(event) } };
    case 'asserted_identity':
      return { type: ASSERTED_IDENTITY, content: { ...base, asserted_identity: assertedIdentity(event) } };
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
    case 'select_answer':
    case 'reject_replacement':
    case 'negotiate':
      return undefined;
    default:
      return event satisfies never;
  }
}
