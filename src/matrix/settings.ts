/** What the Matrix side must be told, and what it asks of the rest of the gateway. */

import type { ChatOperations } from './bot/operations.ts';
import type { IncomingCallEvent } from './call-events.ts';
import type { MatrixUserId, RoomId } from './ids.ts';
import type { TextListener } from './text-events.ts';
import type { StatusBy } from './texts/signalling.ts';

export interface MatrixSettings {
  /** The homeserver's client-server API, without a slash at its end. */
  readonly homeserverUrl: string;
  /** What stands after the colon in user IDs. */
  readonly serverName: string;
  /** `id` of the registration. */
  readonly appserviceId: string;
  /** `url` of the registration: where the homeserver reaches the gateway. Only ever put into words for the log. */
  readonly appserviceUrl: string;
  /** Localpart of the gateway's own user. */
  readonly senderLocalpart: string;
  /** Proves the gateway to the homeserver. Never logged. */
  readonly asToken: string;
  /** Proves the homeserver to the gateway. Never logged. */
  readonly hsToken: string;
  /** What ghosts' localparts start with, such as `_sip_`. */
  readonly ghostPrefix: string;
  /** The host part of ghosts' localparts. */
  readonly gatewayHost: string;
  /** `=` (the specification's) or `%` (MSC2845's); both are always understood. Default `=`. */
  readonly ghostEscape?: '=' | '%';
  /** At most so many new ghosts a second are registered on lookups. Default 10. */
  readonly registrationsPerSecond?: number;
  /**
   * Token of a second application service whose namespace has the server's own users (double puppeting): with it users are
   * joined to the rooms of callers at once. Its registration has `url: null`, or else the homeserver would push every room of
   * every user. Never logged.
   */
  readonly joinToken?: string;
  /** Whether users of other servers may be rung. Default false. */
  readonly ringFederated?: boolean;
  /** Users who are invited to a phone room at start, when they have none. */
  readonly phoneRoomUsers?: readonly MatrixUserId[];
  /** Whether a user's first call out, too, makes them a phone room. Default false. */
  readonly phoneRoomAtFirstCall?: boolean;
  /** Where administrators are told of trouble: a room ID or an alias. */
  readonly adminRoom?: string;
  /** Rooms whose members are asked for by `membersOf`: room IDs or aliases. */
  readonly watchedRooms?: readonly string[];
  /** How users see what became of their texts, besides words. Default `receipts`. */
  readonly textStatus?: StatusBy;
  /** Display name of the gateway's own user. Default `Telephone`. */
  readonly botName?: string;
  /** Largest transaction taken, in bytes. Default 16 MiB. */
  readonly bodyLimitBytes?: number;
}

/** Numbers as the Matrix side needs them: from `number/`, passed in. */
export interface Numbers {
  /** Whether this text, as dialled, can be a number, a code or a SIP URI at all. Must be fast and must not throw. */
  isDialable(dialled: string): boolean;
  /** The ghost's display name for what was dialled. */
  displayName(dialled: string): string;
  /** What a dialled text means for this user, in E.164 where it is a number of the public network; else as dialled. */
  canonical?(dialled: string, user: MatrixUserId): string;
}

/** The numbers that users have: from configuration, passed in. */
export interface Lines {
  /** What this user may show to those they call, the usual one first; E.164 or as the trunk has it. */
  of(user: MatrixUserId): readonly string[];
  /** A number as this user writes it. */
  show(number: string, user: MatrixUserId): string;
  /** Absent: no line is shared. */
  readonly shared?: SharedLines;
}

/** Lines that belong to control rooms: their members share them. */
export interface SharedLines {
  /** The room whose members share the line now; undefined when it is nobody's or one user's. */
  controlRoomOf(line: string): string | undefined;
  /** Every such room, once. */
  controlRooms(): readonly string[];
  /** How a line is called: by its name, else by its number as people write it. */
  title(line: string): string;
}

/** Users who are given in place of ghosts when their number is looked up. */
export interface RealUsers {
  /** The number that a lookup means, in E.164; undefined when it is none of the public network. Must be fast and must not throw. */
  numberOf(dialled: string): string | undefined;
  /** The one user of this server whose number it is; undefined when it is nobody's or several's. */
  ownerOf(number: string): MatrixUserId | undefined;
  /** Asked for numbers that are nobody's here. `token` is never logged. */
  readonly identity?: { readonly url: string; readonly token: string; readonly cacheMs: number };
}

/** Who may use the gateway: from configuration, passed in. */
export interface Permissions {
  /** Whether this user may call (and so may bring a ghost into a room). */
  mayCall(user: MatrixUserId): boolean;
  /** Whether this user may write to telephones: then they may bring a ghost into a room, too. Default: those who may call. */
  mayText?(user: MatrixUserId): boolean;
}

/** The room in which a call event came: whose call it is, already checked to be a room for two. */
export interface CallRoom {
  readonly roomId: RoomId;
  /** The ghost that is called, and that answers. */
  readonly ghost: MatrixUserId;
  /** What was dialled: the text inside the ghost's ID, or `+…` for a `.tel` one. */
  readonly dialled: string;
}

/** What the Matrix side tells. Handlers must not throw; a promise is waited for before the room's next event. */
export interface MatrixListener {
  /** A call event that is live: in time, from a permitted room, not the gateway's own, given exactly once. */
  onCallEvent(event: IncomingCallEvent, room: CallRoom): void | Promise<void>;
  /** The ghost is no longer in the room, or its user is not: calls there must end. */
  onRoomClosed?(roomId: RoomId, ghost: MatrixUserId): void | Promise<void>;
  /** The user is about to be sent out of a room: their calls there must end, and be told so, before this settles. */
  onSentAway?(roomId: RoomId, user: MatrixUserId): void | Promise<void>;
  /** Absent: the gateway carries calls only, and says so to those who write. */
  readonly texts?: TextListener;
  /** What users have done by writing to the gateway. Absent: only what the Matrix side does itself. */
  readonly operations?: ChatOperations;
}
