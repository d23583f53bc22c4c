/** What the Matrix side is made of, and what it gives. */
import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import type { NoticeKind } from '../room/index.ts';
import type { LineRoom, Store } from '../store/index.ts';
import type { Administrators } from './bot/administrators.ts';
import type { CallSignalling } from './call-events.ts';
import type { CallRooms } from './call-rooms.ts';
import type { Homeserver } from './client/homeserver.ts';
import type { Clock } from './clock.ts';
import type { MatrixUserId, RoomId } from './ids.ts';
import type { NoticeChoices } from './notices.ts';
import type { PingVerdict } from './ping/verdict.ts';
import type { CallRoom, Lines, MatrixListener, MatrixSettings, Numbers, Permissions, RealUsers } from './settings.ts';
import type { TextSignalling } from './text-events.ts';
import type { TextRoomFor, TextRooms } from './text-rooms.ts';

export interface MatrixSideParts {
  readonly settings: MatrixSettings;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly numbers: Numbers;
  readonly permissions: Permissions;
  /** Default: nobody has a number of their own. */
  readonly lines?: Lines;
  /** Default: a number that is looked up is always a ghost. */
  readonly realUsers?: RealUsers;
  /** Default: a client of the homeserver in `settings`. */
  readonly homeserver?: Homeserver;
  /** The same for acting as users. Default: one with `joinToken`, where there is one. */
  readonly actingHomeserver?: Homeserver;
}

export interface MatrixHealth {
  /** How the last ping ended; undefined before the first. */
  readonly ping: PingVerdict | undefined;
  /** Rooms whose events are being handled. */
  readonly busyRooms: number;
}

/** Rooms of lines that control rooms share. */
export interface SharedLineRooms {
  /** Which line and telephone talk in a room; undefined when it is no such room. Quick where it is known. */
  lineIn(roomId: RoomId): Promise<LineRoom | undefined>;
  /**
   * The room of a shared line and a telephone, made when there is none; undefined when the line is not shared, or nobody can be
   * called so. Rejects with CallRoomError or HomeserverError.
   * @param dialled in E.164 where it is a number of the public network
   */
  open(line: string, dialled: string): Promise<RoomId | undefined>;
  /** Shows in a chat with a number which line is used there; undefined: that of the room, or of its user, again. */
  showLine(roomId: RoomId, number: string | undefined): Promise<void>;
  /** Lines were linked or unlinked: settles when their rooms have the right people. */
  linesChanged(): Promise<void>;
}

export interface MatrixSide {
  /** Routes for the listener that the homeserver calls: `fastify.register(side.plugin)`, without a prefix. */
  readonly plugin: FastifyPluginAsync;
  readonly signalling: CallSignalling;
  /** Where callers from the telephone ring. */
  readonly callRooms: CallRooms;
  /** Texts of telephones, and what becomes of those of users. What is sent before `start` waits for the homeserver only. */
  readonly texts: TextSignalling;
  /** Where texts of telephones are posted. */
  readonly textRooms: TextRooms;
  /**
   * Writes to a telephone in a user's name, in their chat with it; undefined: they may not, or nothing carries texts. The same key
   * is written once. Rejects with CallRoomError where there can be no chat, and when the text was not taken.
   * @param text `dialled` in E.164 where it is a number of the public network
   */
  writeText(
    text: { readonly user: MatrixUserId; readonly dialled: string; readonly text: string },
    key: string,
  ): Promise<TextRoomFor | undefined>;
  /** Whether the telephones in a room get one another's texts, if somebody there chose. */
  relaysIn(roomId: RoomId): Promise<boolean | undefined>;
  /** Which notices a user wants. */
  readonly notices: NoticeChoices;
  /**
   * Tells a user something in their phone room (made when there is none), unless they do not want notices of this kind. The
   * same `key` is said once. Never rejects: what cannot be said is logged.
   */
  tellUser(user: MatrixUserId, kind: NoticeKind, text: string, key: string): Promise<void>;
  /** The administrators' room: trouble is told once until it is over. */
  readonly administrators: Pick<Administrators, 'trouble' | 'over'>;
  /** Who has joined one of the watched rooms; undefined while that is not known. Quick. */
  membersOf(room: string): ReadonlySet<MatrixUserId> | undefined;
  readonly sharedRooms: SharedLineRooms;
  /** The ghost in a room that a call is for; undefined when there is none. Quick: rooms in use are remembered. */
  findCallee(roomId: RoomId, invitee?: MatrixUserId): Promise<CallRoom | undefined>;
  /**
   * Call it when the listener is up: hands out what a crash left unhandled, sends what was not sent, and pings the
   * homeserver in the background. Before it, transactions are taken over but wait.
   */
  start(listener: MatrixListener): Promise<void>;
  /** Finishes what is under way, for at most `graceMs`; what remains is on the disk for the next start. */
  stop(graceMs?: number): Promise<void>;
  /** Settles when all events taken over are handled and all sent ones arrived: for tests. */
  idle(): Promise<void>;
  health(): MatrixHealth;
}
