/** What call events from a room in which a call in rings are to its machine. */
import type { IncomingCallEvent, RingRoom } from '../../matrix/index.ts';
import { asCallEvent } from '../from-matrix.ts';
import type { InboundEvent } from './events.ts';
import type { ClientParty, InboundState } from './state.ts';

/** An event in the room of this ring, as the call stands. Undefined: none of its business. */
export function asInboundEvent(
  event: IncomingCallEvent,
  ring: number,
  room: RingRoom,
  state: InboundState,
): InboundEvent | undefined {
  if (state.phase !== 'answered') return asRingEvent(event, ring, room);
  return state.winner.ring === ring ? asInCallEvent(event, state.winner.party) : undefined;
}

/** Before anybody answered: every device of whoever was invited is a party of its own. Undefined: none of the call's business. */
function asRingEvent(event: IncomingCallEvent, ring: number, { invitee, ghost }: RingRoom): InboundEvent | undefined {
  const { sender, partyId, version } = event;
  if (sender === ghost || (invitee !== undefined && sender !== invitee)) return undefined;
  const party: ClientParty = { user: sender, version, ...(partyId === undefined ? {} : { id: partyId }) };
  switch (event.type) {
    case 'answer':
      return { type: 'ring-answer', ring, party, sdp: event.sdp };
    case 'candidates':
      return { type: 'ring-candidates', ring, party, candidates: event.candidates };
    case 'reject':
    case 'hangup': {
      const reason = event.reason === undefined ? {} : { reason: event.reason };
      return { type: event.type === 'reject' ? 'ring-reject' : 'ring-hangup', ring, party, ...reason };
    }
    // Nothing of this is said before an answer.
    case 'invite':
    case 'select_answer':
    case 'negotiate':
    case 'metadata_changed':
    case 'replaces':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** After the answer: only the party that answered counts. */
function asInCallEvent(event: IncomingCallEvent, { user, id, version }: ClientParty): InboundEvent | undefined {
  return asCallEvent(event, { caller: user, version, ...(id === undefined ? {} : { callerParty: id }) });
}
