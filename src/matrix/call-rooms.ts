/** Rooms for calls that come in from the telephone: what `call` asks of `matrix` before it can ring anybody. */
import type { MatrixUserId, RoomId } from './ids.ts';

/** Who or what shall ring. */
export type RingTarget =
  | { readonly kind: 'user'; readonly user: MatrixUserId }
  /** Everybody in a room; `room` is a room ID or an alias. */
  | { readonly kind: 'room'; readonly room: string }
  /** All who share a line, in its room with the caller; `line`: its number, `room`: its control room. */
  | { readonly kind: 'line'; readonly line: string; readonly room: RoomId };

/** Who a target is, as one string: the same for the same people. */
export function targetKey(target: RingTarget): string {
  switch (target.kind) {
    case 'user':
      return `user:${target.user}`;
    case 'room':
      return `room:${target.room}`;
    case 'line':
      return `line:${target.line} ${target.room}`;
    default:
      return target satisfies never;
  }
}

/** Who calls, as a ghost can stand for it. */
export type CallingParty =
  /**
   * `dialled`: what a user would dial to call back: `+441818118181`, an extension, a SIP URI. `name`: as the network says
   * it. `verification`: the trunk's own judgement of the number. `forwardedBy`: who sent the call on to us, last.
   */
  | {
      readonly kind: 'known';
      readonly dialled: string;
      readonly name?: string;
      readonly verification?: 'passed' | 'failed' | 'none';
      readonly forwardedBy?: string;
    }
  /** Nobody may know; one ghost for each trunk, which cannot be called back. */
  | { readonly kind: 'withheld'; readonly trunk: string };

/** A room in which an `m.call.invite` of the ghost rings the target now. */
export interface RingRoom {
  readonly roomId: RoomId;
  /** The caller's ghost; it is joined. */
  readonly ghost: MatrixUserId;
  /** Whom the invite names; undefined where everybody in the room rings. */
  readonly invitee?: MatrixUserId;
}

export type CallRoomFailure =
  /** The homeserver does not know the user, or it is of a server that may not be called. */
  | 'no-such-user'
  /** The room is not there, or the gateway may not enter it. */
  | 'no-such-room'
  /** The user was invited and did not join in time; no way to ring at once is set up. */
  | 'not-joined'
  /** The room is encrypted: clients would not understand the call. */
  | 'encrypted'
  /** The homeserver is away or refused. */
  | 'homeserver';

/** The target cannot be rung; `message` is for administrators and says what to do. */
export class CallRoomError extends Error {
  readonly code: CallRoomFailure;
  constructor(code: CallRoomFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CallRoomError';
    this.code = code;
  }
}

export interface CallRooms {
  /**
   * Finds the room of target and caller, or makes it, and sees to it that an invite there rings at once. Quick when both
   * are known. One at a time for each pair: asked twice at once, one room is made.
   * Rejects with CallRoomError.
   */
  ringRoom(target: RingTarget, caller: CallingParty, signal: AbortSignal): Promise<RingRoom>;
}
