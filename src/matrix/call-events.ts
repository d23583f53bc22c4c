/** `m.call.*` as the gateway reads and writes them, versions 0 and 1 (Matrix client-server API, "Voice over IP"). */
import type { CallId, EventId, MatrixUserId, RoomId } from './ids.ts';

export type CallVersion = '0' | '1';

/** One entry of `m.call.candidates`. An empty `candidate` ends the list. */
export interface Candidate {
  readonly candidate: string;
  readonly sdpMid?: string;
  readonly sdpMLineIndex?: number;
}

/** What every call event has, checked: an event that has it not never gets this far. */
export interface CallEventBase {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: MatrixUserId;
  readonly callId: CallId;
  /** Absent in version 0. */
  readonly partyId?: string;
  readonly version: CallVersion;
  /** How old the event was when it came, in ms: `unsigned.age`, else now − origin_server_ts, never below 0. */
  readonly ageMs: number;
}

/** The reasons that may be put on the wire; Android drops an event with any other. */
export type HangupReason =
  | 'ice_failed'
  | 'ice_timeout'
  | 'invite_timeout'
  | 'user_hangup'
  | 'user_media_failed'
  | 'user_busy'
  | 'unknown_error'
  /**
   * Of a call that rings and that somebody else took. Not in the specification; Element knows it on the web and on Android,
   * and takes it for a plain end on iOS.
   */
  | 'answered_elsewhere';

export type IncomingCallEvent = CallEventBase &
  (
    | { readonly type: 'invite'; readonly sdp: string; readonly lifetimeMs: number; readonly invitee?: MatrixUserId }
    | { readonly type: 'candidates'; readonly candidates: readonly Candidate[] }
    | { readonly type: 'answer'; readonly sdp: string }
    | { readonly type: 'select_answer'; readonly selectedPartyId: string }
    | { readonly type: 'reject'; readonly reason?: string }
    | { readonly type: 'hangup'; readonly reason?: string }
    | {
        readonly type: 'negotiate';
        readonly sdpType: 'offer' | 'answer';
        readonly sdp: string;
        readonly lifetimeMs: number;
      }
    | { readonly type: 'metadata_changed'; readonly audioMuted?: boolean }
    | {
        readonly type: 'replaces';
        readonly replacementId: string;
        readonly targetUser?: MatrixUserId;
        readonly createCall?: string;
        readonly awaitCall?: string;
      }
  );

/** Why a transfer that a client asked for came to nothing (MSC2747). */
export type ReplacementRejection = 'declined' | 'failed_room_invite' | 'failed_call_invite' | 'failed_call';

/** What the gateway sends; `matrix/` adds call_id, party_id and version as the version wants them. */
export type OutgoingCallEvent =
  /** A call to one user, or to everybody in the room. `lifetimeMs`: it rings so long. */
  | { readonly type: 'invite'; readonly sdp: string; readonly lifetimeMs: number; readonly invitee?: MatrixUserId }
  /** Which of the parties that answered is talked to; the others stop ringing. */
  | { readonly type: 'select_answer'; readonly selectedPartyId: string }
  /** The other party is somebody else now (MSC3086); `id` only where policy lets clients open a room with it. */
  | { readonly type: 'asserted_identity'; readonly displayName: string; readonly id?: MatrixUserId }
  | { readonly type: 'answer'; readonly sdp: string }
  | { readonly type: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly type: 'reject'; readonly reason: HangupReason }
  /** The transfer that the client asked for by `m.call.replaces` was not made (MSC2747). */
  | { readonly type: 'reject_replacement'; readonly replacementId: string; readonly reason: ReplacementRejection }
  | { readonly type: 'hangup'; readonly reason: HangupReason }
  | {
      readonly type: 'negotiate';
      readonly sdpType: 'offer' | 'answer';
      readonly sdp: string;
      readonly lifetimeMs: number;
    };

/** Where the events of one call go and under which name. */
export interface CallAddress {
  readonly roomId: RoomId;
  /** The ghost that sends. */
  readonly ghost: MatrixUserId;
  readonly callId: CallId;
  readonly partyId: string;
  readonly version: CallVersion;
}

/** What `call` asks of `matrix`. Sends are retried inside and kept in order per call; they reject only for good. */
export interface CallSignalling {
  /**
   * `key` is the idempotency key of this one event: sent twice with the same key it appears once. When `signal` is aborted
   * before the homeserver has an invite, it is dropped, and so is what comes after it in the same call.
   */
  send(address: CallAddress, event: OutgoingCallEvent, key: string, signal?: AbortSignal): Promise<void>;
  /** One plain sentence in the room, as `m.notice` from the ghost. */
  notice(roomId: RoomId, ghost: MatrixUserId, text: string, key: string): Promise<void>;
  /** TURN servers for this user's calls, cached; undefined when the homeserver has none. */
  turnServer(): Promise<
    { readonly uris: readonly string[]; readonly username: string; readonly password: string } | undefined
  >;
}
