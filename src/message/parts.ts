/** What both directions of texts work with, and what they want of one another. */
import type { Logger } from 'pino';
import type { EventId, MatrixUserId, RoomId, TextRooms, TextSignalling } from '../matrix/index.ts';
import type {
  ArrivalBook,
  Clock,
  ConsentBook,
  ConversationBook,
  DeliveryBook,
  LeaseBook,
  PetNameBook,
} from './ports.ts';
import type { ArrivedText, MessageTransport, Taken } from './transport.ts';

export interface MessageBooks {
  readonly deliveries: DeliveryBook;
  readonly arrivals: ArrivalBook;
  readonly conversations: ConversationBook;
  readonly leases: LeaseBook;
  readonly consents: ConsentBook;
  readonly petNames: PetNameBook;
}

/** Numbers that are lent: each {user, telephone} pair has its own. */
export interface NumberPool {
  readonly name: string;
  /** E.164, at least one. */
  readonly numbers: readonly string[];
  /** How long a number rests after its last use before another user gets it for the same telephone. */
  readonly restMs: number;
}

export interface MessageParts {
  /** By name; those of `TextRoute` and of what arrives. */
  readonly transports: readonly MessageTransport[];
  readonly signalling: TextSignalling;
  readonly rooms: TextRooms;
  readonly books: MessageBooks;
  readonly pools: readonly NumberPool[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number for the log. */
  readonly showNumber: (number: string) => string;
  /** A number for a user, as they would write it. */
  readonly displayNumber: (number: string) => string;
  /** 0 ≤ x < 1: spreads retries. */
  readonly random: () => number;
}

/** A telephone's text that other telephones of the same room get. */
export interface RelayedText {
  /** The event that shows it in the room: one relay for each event and telephone, in every process. */
  readonly eventId: EventId;
  readonly roomId: RoomId;
  /** In whose name, and by whose permission, it is sent on: a user of the room. */
  readonly user: MatrixUserId;
  readonly to: readonly { readonly ghost: MatrixUserId; readonly dialled: string }[];
  /** With the name of the writer in front, as the telephones shall read it. */
  readonly text: string;
}

/** What the inbound side asks of the outbound one. */
export interface OutboundDesk {
  /** Settles when it is on the disk, or was refused (in words, in the room). */
  relay(text: RelayedText): Promise<void>;
  /**
   * An answer of the gateway itself (to STOP, HELP): by this transport and from this number, opted out or not, without
   * status in the room. The same `key` once.
   */
  answer(answer: {
    readonly key: string;
    readonly transport: string;
    readonly account?: string;
    readonly target: string;
    /** Our number; '' for the transport's default. */
    readonly sender: string;
    readonly text: string;
  }): Promise<void>;
  /** The ghost is no longer in the room: what waits for it there is withdrawn. */
  left(roomId: RoomId, ghost: MatrixUserId): Promise<void>;
}

/** What the inbound side does for the service, and for the outbound one. */
export interface InboundSide {
  /** Settles when it is on the disk, or will not be taken. Never rejects: what goes wrong is `unavailable`. */
  arrived(text: ArrivedText): Promise<Taken>;
  onJoined(roomId: RoomId, user: MatrixUserId): Promise<void>;
  onDeclined(roomId: RoomId, user: MatrixUserId): Promise<void>;
  /** A user has read as far as this event: senders who asked for it are told. */
  onRead(roomId: RoomId, eventId: EventId): Promise<void>;
  /** Once, at start, before the first text: what an earlier process took is posted. Settles when that is begun. */
  recover(): Promise<void>;
  counts(): Promise<InboundCounts>;
  /** Takes no more, finishes what was begun, at most for `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export interface InboundCounts {
  /** Taken and not posted yet; held because the user has not come into the room. */
  readonly waiting: number;
  readonly held: number;
}
