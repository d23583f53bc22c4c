/** Texts from the telephone network: taken, put together, and posted to whom they are for. */
import type { MessageParts } from '../parts.ts';
import type { DecideInboundText, PartyOf } from '../ports.ts';

export interface InboundOptions {
  readonly decide: DecideInboundText;
  readonly partyOf: PartyOf;
}

export type InboundParts = MessageParts & InboundOptions;
