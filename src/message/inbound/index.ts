/** Texts from the telephone network: taken, put together, and posted to whom they are for. */
import type { InboundSide, MessageParts, OutboundDesk } from '../parts.ts';
import type { DecideInboundText, PartyOf } from '../ports.ts';

export interface InboundOptions {
  readonly decide: DecideInboundText;
  readonly partyOf: PartyOf;
}

export type InboundParts = MessageParts & InboundOptions;

/** Takes nothing yet: the network is asked to come again. */
export function createInboundTexts(_parts: InboundParts, _desk: OutboundDesk): InboundSide {
  return {
    arrived: async () => ({ kind: 'refused', why: 'unavailable' }),
    onJoined: async () => undefined,
    onDeclined: async () => undefined,
    recover: async () => undefined,
    counts: async () => ({ waiting: 0, held: 0 }),
    close: async () => undefined,
  };
}
