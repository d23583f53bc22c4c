/** A live call as administrators see it: plain data, of the moment at which it was asked for. */
import type { MatrixUserId, RoomId } from '../matrix/index.ts';
import type { Phase } from './machine.ts';

export interface LiveCall {
  readonly callRef: string;
  /** `joined`: two telephones that were put through to each other, and talk without any client. */
  readonly direction: 'out' | 'in' | 'joined';
  /** Of a call in: `ringing` until somebody answers. */
  readonly phase: Phase | 'joined';
  /** Who called, took the call, or put the telephones through; of a call in that rings nobody yet. */
  readonly user?: MatrixUserId;
  readonly roomId?: RoomId;
  /** Number or name on the telephone's side; absent when it is withheld. */
  readonly number?: string;
  /** Of a call in: who was called. */
  readonly called?: string;
  readonly trunk?: string;
  /** ms since 1970. */
  readonly since: number;
  /** When the telephone answered, or was answered. */
  readonly answeredAt?: number;
  /** It is not ended by anybody but those who talk. */
  readonly isEmergency?: true;
}

/** What became of the wish to end a call. */
export type EndedCall = 'ended' | 'emergency' | 'unknown';
