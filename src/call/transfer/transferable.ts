/** What a transfer needs to know of a call, whoever called. */
import type { Party } from '../../../sip/index.ts';
import type { CallId, MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { CallEvent } from '../machine.ts';
import type { MediaLeg } from '../media-leg.ts';
import type { Sentence } from '../sentences.ts';
import type { TelephoneLeg } from '../telephone-leg.ts';

export interface TransferableCall {
  readonly identity: { readonly callRef: string; readonly roomId: RoomId; readonly callId: CallId };
  /** In whose name the call is, and a transfer is made. */
  readonly user: MatrixUserId;
  /** Whom the client sees on the other side. */
  readonly ghost: MatrixUserId;
  /** Who is on the telephone. */
  readonly peer: Party;
  /** Max-Forwards that came with the telephone's call; undefined of a call of ours. */
  readonly maxForwards?: number | undefined;
  /** When it has lasted as long as it may: ms since 1970. */
  readonly endsAt: number | undefined;
  readonly telephone: TelephoneLeg;
  readonly media: MediaLeg;
  dispatch(event: CallEvent): void;
  /** One sentence in its room, also when it is over. */
  say(sentence: Sentence): void;
}
