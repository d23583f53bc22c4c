/** What the inbound side works with. */
import type { RoomId } from '../../matrix/index.ts';
import type { MessageParts } from '../parts.ts';
import type { DecideInboundText, PartyOf } from '../ports.ts';
import type { InboundPolicy } from './policy.ts';

export interface InboundOptions {
  readonly decide: DecideInboundText;
  readonly partyOf: PartyOf;
  readonly policy: InboundPolicy;
  /** Whether telephones in a room get one another's texts, as the room chose; undefined when it did not. */
  readonly relays?: (roomId: RoomId) => boolean | undefined | Promise<boolean | undefined>;
}

export type InboundParts = MessageParts & InboundOptions;
