/** Texts as the gateway reads and writes them in rooms (Matrix client-server API, "Instant messaging"). */
import type { EventId, MatrixUserId, RoomId } from './ids.ts';

export type TextContent =
  | {
      readonly kind: 'text' | 'emote' | 'notice';
      readonly body: string;
      /** `formatted_body`, when its format is `org.matrix.custom.html`. */
      readonly html?: string;
    }
  | {
      readonly kind: 'media';
      readonly media: 'image' | 'video' | 'audio' | 'file' | 'sticker';
      /** `mxc://…`, checked. */
      readonly url: string;
      readonly name: string;
      readonly mimeType?: string;
      readonly bytes?: number;
      /** What was written with it (MSC2530). */
      readonly caption?: string;
    }
  | { readonly kind: 'location'; readonly body: string; readonly geoUri: string }
  /** Polls and whatever comes. */
  | { readonly kind: 'other'; readonly what: string };

export interface IncomingText {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly sender: MatrixUserId;
  /** `origin_server_ts`. */
  readonly sentAt: number;
  /** A process before this one took it over, and may have acted on it already. */
  readonly recovered: boolean;
  readonly content: TextContent;
  /** It takes the place of an earlier one (`m.replace`); `content` is the new one. */
  readonly edits?: EventId;
  /** It answers one (`m.in_reply_to`, but not the fallback of a thread); fallbacks in body and html are taken out. */
  readonly repliesTo?: EventId;
}

export interface IncomingReaction {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly sender: MatrixUserId;
  readonly key: string;
  readonly target: EventId;
}

export interface IncomingRedaction {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly sender: MatrixUserId;
  readonly target: EventId;
}

/** A room in which a text came. */
export interface TextRoom {
  readonly roomId: RoomId;
  /**
   * The ghosts that it is for and that can be written to, the longest there first: every one but those that called or wrote to
   * the whole room; of these only the one that is answered.
   */
  readonly ghosts: readonly { readonly ghost: MatrixUserId; readonly dialled: string }[];
  /** Joined users who are neither ghosts, nor the gateway's own, nor helpers. */
  readonly users: readonly MatrixUserId[];
  /** They share a line, and are one party to its telephones: nobody says which of them wrote. */
  readonly isOneParty?: true;
}

/** What is shown of a text that a user wrote. */
export type SendStatus =
  /** The network has it: a read receipt of the ghost, or `com.beeper.message_send_status`. */
  | { readonly state: 'sent' }
  | { readonly state: 'delivered' | 'displayed' }
  /** It will be tried again by itself. */
  | { readonly state: 'waiting'; readonly words: string }
  | { readonly state: 'failed'; readonly words: string; readonly canBeSentAgain: boolean };

/**
 * What `message` asks of `matrix`. Sends are tried again inside; they reject with HomeserverError: `retryable` when the homeserver
 * was away for long or the gateway stops, else for good.
 */
export interface TextSignalling {
  /**
   * A text of a ghost. The same `key` appears once, in every process: the Matrix transaction ID is made of it.
   * @returns the event's ID
   */
  post(text: {
    readonly key: string;
    readonly roomId: RoomId;
    readonly ghost: MatrixUserId;
    readonly body: string;
    readonly html?: string;
    /** When it was written, where the network says so: `ts` of the event. */
    readonly sentAt?: number;
  }): Promise<EventId>;
  /** One plain sentence as `m.notice`, once for each `key`; as an answer to `inReplyTo` when there is one. */
  notice(notice: {
    readonly key: string;
    readonly roomId: RoomId;
    readonly as: MatrixUserId;
    readonly text: string;
    readonly inReplyTo?: EventId;
  }): Promise<void>;
  status(of: {
    readonly key: string;
    readonly roomId: RoomId;
    readonly ghost: MatrixUserId;
    readonly eventId: EventId;
    readonly status: SendStatus;
  }): Promise<void>;
  /** What a user is called in a room; their localpart when they have no name. Quick where it is known. */
  nameOf(roomId: RoomId, user: MatrixUserId): Promise<string>;
  /** An earlier text of the room, for a quote; undefined when it cannot be read. */
  quoted(
    roomId: RoomId,
    eventId: EventId,
  ): Promise<{ readonly sender: MatrixUserId; readonly body: string } | undefined>;
  /** The gateway's own user tells a user something in their phone room; the same `key` once. Never rejects. */
  tell(user: MatrixUserId, text: string, key: string): Promise<void>;
}

/** What the Matrix side tells of texts. A promise is waited for before the event counts as handled; rejecting leaves it for the next start. */
export interface TextListener {
  onText(text: IncomingText, room: TextRoom): void | Promise<void>;
  onReaction(reaction: IncomingReaction, room: TextRoom): void | Promise<void>;
  onRedaction(redaction: IncomingRedaction, room: TextRoom): void | Promise<void>;
  /** A user came into a room that `TextRooms` gave as one they are invited to. */
  onJoined(roomId: RoomId, user: MatrixUserId): void | Promise<void>;
  /** They declined the invitation, or were sent away. */
  onDeclined(roomId: RoomId, user: MatrixUserId): void | Promise<void>;
  /** A ghost was sent away or had to go: nothing of this room goes to its telephone any more. */
  onGhostLeft?(roomId: RoomId, ghost: MatrixUserId): void | Promise<void>;
  /** A user has read as far as this event. Only where the homeserver pushes receipts; may be told more than once. */
  onRead?(roomId: RoomId, eventId: EventId, user: MatrixUserId): void | Promise<void>;
  /** The user wants texts of this room that failed sent again. @returns how many are on their way again */
  resend?(what: { readonly roomId: RoomId; readonly user: MatrixUserId }): Promise<number>;
}
