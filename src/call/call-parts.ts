/** What a call is made of and told. */
import type { Logger } from 'pino';
import type { MediaEngine } from '../../media/index.ts';
import type { SipCalls } from '../../sip/index.ts';
import type { CallId, CallSignalling, CallVersion, MatrixUserId, RoomId } from '../matrix/index.ts';
import type { Books } from './books.ts';
import type { CallTransfers } from './call-effects.ts';
import type { InsideCalls } from './inside.ts';
import type { Naming } from './naming.ts';
import type { Callee, CallJournal, Clock, Decide, LiveCounts, MayBeSentOn, MayNotify } from './ports.ts';
import type { CallRecord } from './record.ts';
import type { Catalogue } from './sentences.ts';
import type { TransferableCall } from './transfer/transferable.ts';

/** What every call of a gateway shares. */
export interface CallParts {
  readonly sip: SipCalls;
  readonly media: MediaEngine;
  readonly signalling: CallSignalling;
  readonly journal: CallJournal;
  readonly decide: Decide;
  /** Default: as `sip` was told for every call. */
  readonly mayBeSentOn?: MayBeSentOn;
  /** Where calls and their money are written down. */
  readonly books: Books;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The words of the language that sentences are said in. Default: English. */
  readonly words?: Catalogue;
  /** Which notices users want. Default: all. */
  readonly mayNotify?: MayNotify;
  /** What parties on the telephone are called towards clients. Default: their name, else their number. */
  readonly naming?: Naming;
  /** How a number may stand in a log. */
  readonly showNumber: (number: string) => string;
}

/** Which call it is. */
export interface CallIdentity {
  /** Stands in every log line of the call. */
  readonly callRef: string;
  readonly roomId: RoomId;
  readonly callId: CallId;
  readonly caller: MatrixUserId;
  readonly callerParty?: string;
  readonly ownParty: string;
  readonly version: CallVersion;
  readonly callee: Callee;
}

export interface CallHooks {
  /** The calls beside this one, asked when it is decided. */
  readonly liveCounts: () => LiveCounts;
  /** Where calls to our own numbers go. */
  readonly inside: InsideCalls;
  /** What transfers this call. */
  readonly transfers: (call: TransferableCall) => CallTransfers;
  /** The call is over: at once, before the last words are sent. */
  readonly onEnded: () => void;
  /** What is left of it. */
  readonly onRecord: (record: CallRecord) => void;
}
