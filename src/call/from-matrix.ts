/** Which call events from a room concern a call, and what they are to the machine. */
import type { IncomingCallEvent } from '../matrix/index.ts';
import type { CallIdentity } from './call-parts.ts';
import type { CallEvent, TransferRequest } from './machine.ts';

/** Longer lifetimes than this are some client's mistake. */
const longestLifetimeMs = 10 * 60_000;

export type Invite = Extract<IncomingCallEvent, { type: 'invite' }>;

/** What is left of an invite's lifetime. */
export function remainingMs({ lifetimeMs, ageMs }: Invite): number {
  const left = Math.min(lifetimeMs, longestLifetimeMs) - ageMs;
  return Number.isFinite(left) ? left : 0;
}

/**
 * The machine's event, or undefined when the event is none of this call's business. Only the party that called counts:
 * the same user's other devices, and other people in the room, are parties of their own (MSC2746).
 */
export function asCallEvent(
  event: IncomingCallEvent,
  { caller, callerParty, version }: Pick<CallIdentity, 'caller' | 'callerParty' | 'version'>,
): CallEvent | undefined {
  // An event without a party, against the specification, is taken for the caller's: better than a call that cannot end.
  const isParty = version === '0' || event.partyId === undefined || event.partyId === callerParty;
  const isCaller = event.sender === caller && isParty;
  if (!isCaller) return event.type === 'answer' ? { type: 'matrix-answer' } : undefined;
  switch (event.type) {
    case 'invite': // A repeat.
      return undefined;
    case 'candidates':
      return { type: 'matrix-candidates', candidates: event.candidates };
    case 'answer':
      return { type: 'matrix-answer' };
    case 'select_answer':
      return { type: 'matrix-select-answer', selectedParty: event.selectedPartyId };
    case 'reject':
      return { type: 'matrix-reject' };
    case 'hangup':
      return { type: 'matrix-hangup', ...(event.reason === undefined ? {} : { reason: event.reason }) };
    case 'negotiate':
      return { type: event.sdpType === 'offer' ? 'matrix-offer' : 'matrix-reanswer', sdp: event.sdp };
    case 'metadata_changed':
      return { type: 'matrix-muted' };
    case 'replaces':
      return { type: 'matrix-replaces', request: transferRequest(event) };
    default:
      return event satisfies never;
  }
}

function transferRequest({
  replacementId,
  targetUser,
  createCall,
  awaitCall,
}: Extract<IncomingCallEvent, { type: 'replaces' }>): TransferRequest {
  return {
    replacementId,
    ...(targetUser === undefined ? {} : { targetUser }),
    ...(createCall === undefined ? {} : { createCall }),
    ...(awaitCall === undefined ? {} : { awaitCall }),
  };
}
