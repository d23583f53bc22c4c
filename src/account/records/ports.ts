/** Call detail records as the store keeps them: one for each call, with its legs, and what limits and sums ask of them. */
import type { CallProgress, CauseKey, EndedBy, RouteTariff } from '../../call/index.ts';
import type { CallId, HangupReason, MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { Currency, Micros } from '../../money.ts';
import type { Posting, Transfer } from '../ledger/ports.ts';

/** How a call sounded, towards the side that heard worse. */
export interface AudioVerdict {
  readonly codec?: string;
  /** Packets from and to the telephone, and from and to the client. */
  readonly telephoneIn: number;
  readonly telephoneOut: number;
  readonly clientIn: number;
  readonly clientOut: number;
  /** Of a hundred packets: how many were lost. */
  readonly lossPercent: number;
  readonly jitterMs: number;
  readonly roundTripMs?: number;
  /** Mean opinion score, 1 to 4.5, as the E-model estimates it (ITU-T G.107, G.113); absent when nobody was heard. */
  readonly mos?: number;
}

/** Who paid what for a call, or for one leg of it. */
export interface CallMoney {
  readonly currency: Currency;
  /** What the user pays. */
  readonly price: Micros;
  /** What it is priced at: more than `price` where the user's calls are free, or the credit ended. */
  readonly listPrice: Micros;
  /** What the provider takes, where that is known. */
  readonly cost?: Micros;
  /** Names the rate: deck, prefix, and from when it holds. */
  readonly rate: string;
  /** Seconds that are paid for, in whole increments. */
  readonly billedS: number;
}

/** Why and how it ended. */
export interface RecordedEnd {
  readonly cause: CauseKey;
  readonly sipStatus?: number;
  readonly q850?: number;
  /** The network's own words, or a limit's name: for administrators. */
  readonly admin?: string;
}

/** One try to reach a telephone (an INVITE of ours), or one who was to ring. Times are ms since 1970. */
export type RecordedLeg = {
  /** From 0, in order. */
  readonly index: number;
  readonly startedAt?: number;
  readonly ringingAt?: number;
  readonly answeredAt?: number;
  readonly endedAt?: number;
  readonly end?: RecordedEnd;
} & (
  | {
      readonly kind: 'telephone';
      readonly trunk: string;
      readonly account?: string;
      /** What was put on the wire, before the trunk's own number format. */
      readonly target: string;
      /** What the called party sees; `anonymous` is withheld. */
      readonly callerId?: string;
      readonly sipCallId?: string;
      readonly tariff?: RouteTariff;
      readonly money?: CallMoney;
    }
  | {
      readonly kind: 'ring';
      /** A user, or the room in which everybody rang. */
      readonly target: string;
      /** What became of it: answered, rejected, busy, … */
      readonly verdict: string;
    }
);

export type TelephoneLegRecord = Extract<RecordedLeg, { kind: 'telephone' }>;

/** A call, from its beginning on. Times are ms since 1970; absent: it never got there. */
export interface StoredRecord {
  readonly callRef: string;
  readonly direction: 'out' | 'in';
  /** Not over, as far as the books know. */
  readonly isOpen: boolean;
  /** Who called; of a call in who took it. */
  readonly user?: MatrixUserId;
  readonly roomId?: RoomId;
  readonly callId?: CallId;
  readonly ghost?: MatrixUserId;
  /** As dialled; of a call in the number that was called, as the trunk gave it. */
  readonly dialled: string;
  /** The other telephone: in E.164 where it has such a number; absent when withheld. */
  readonly number?: string;
  /** ISO 3166 of that number, `001` where it is of no country (satellites, international networks). */
  readonly country?: string;
  /** Our own number in this call: the caller ID that was presented, or the number that was called. */
  readonly line?: string;
  /** To a number of our own: it never left the house. */
  readonly isInside: boolean;
  readonly isEmergency: boolean;
  readonly transferOf?: string;
  /** By which trunk it went at last, or came. */
  readonly trunk?: string;
  readonly account?: string;
  readonly sipCallId?: string;

  readonly openedAt: number;
  readonly inviteSentAt?: number;
  readonly ringingAt?: number;
  readonly answeredAt?: number;
  readonly mediaAt?: number;
  readonly endedAt?: number;
  /** Of an open one: when it was known to go on. */
  readonly seenAt: number;
  /** From the 2xx to the end; 0 when never answered. */
  readonly talkMs: number;

  readonly endedBy?: EndedBy;
  /** What the client was told. */
  readonly reason?: HangupReason;
  readonly end?: RecordedEnd;
  readonly audio?: AudioVerdict;
  readonly money?: CallMoney;
  readonly legs: readonly RecordedLeg[];
}

/** What happened to an open call. */
export type RecordChange =
  | {
      readonly type: 'placed' | 'ringing' | 'answered';
      readonly leg: number;
      readonly at: number;
      readonly sipCallId?: string;
      /** Of `placed`: the leg that begins. */
      readonly begun?: TelephoneLegRecord;
    }
  | Extract<CallProgress, { type: 'taken' }>;

/** Which records are meant. Everything given must be true of them. */
export interface RecordFilter {
  /** `openedAt` from (inclusive) and until (exclusive), ms since 1970. */
  readonly from?: number;
  readonly until?: number;
  /** Calls that the user made, took, or was to ring for. */
  readonly user?: string;
  readonly direction?: 'out' | 'in';
  readonly trunk?: string;
  /** The other telephone, or our own number in the call. */
  readonly number?: string;
  readonly isOpen?: boolean;
}

/** Where the next page begins. */
export interface RecordCursor {
  readonly openedAt: number;
  readonly callRef: string;
}

/** Sums of closed calls of one user in one month. */
export interface Usage {
  /** Absent: calls in that nobody took. */
  readonly user?: MatrixUserId;
  /** `2026-11`, in UTC. */
  readonly month: string;
  readonly direction: 'out' | 'in';
  readonly calls: number;
  readonly answered: number;
  readonly talkMs: number;
  readonly billedS: number;
  /** By currency: there is one, unless it was changed. */
  readonly currency?: Currency;
  readonly price: Micros;
  readonly cost: Micros;
}

/**
 * What a user did since some moment: calls out to the telephone network, those that go on included. Emergency calls, calls that
 * stay inside and calls that were refused here are not counted.
 */
export interface Activity {
  readonly calls: number;
  /** Of `calls`: those that go on. */
  readonly live: number;
  /** Different ones. */
  readonly numbers: readonly string[];
  readonly countries: readonly string[];
  /** Live ones up to now. */
  readonly talkMs: number;
  /** By their list price, whoever pays. Live ones up to now, in whole increments, at least the first. */
  readonly spent: Micros;
}

/** What limits ask. */
export interface ActivityBook {
  /** @param since ms since 1970, inclusive */
  since(user: string, since: number, now: number): Promise<Activity>;
  /** When the user first called out at all; undefined: never. */
  firstCallAt(user: string): Promise<number | undefined>;
  /** Whether the user has called to this country before. */
  hasCalledCountry(user: string, country: string): Promise<boolean>;
}

/** Numbers and countries are those of `open` too. */
export interface BookedActivity {
  readonly closed: Pick<Activity, 'calls' | 'talkMs' | 'spent'>;
  readonly numbers: readonly string[];
  readonly countries: readonly string[];
  readonly open: readonly StoredRecord[];
}

export interface RecordBook {
  /**
   * A call begins: the record and what is reserved for it, in one commit. Settles when that survives a power cut.
   * `short`: nothing was written. A known `callRef` changes nothing.
   */
  open(record: StoredRecord, transfers: readonly Transfer[], now: number): Promise<Posting>;
  /** Of records that are not open any more nothing changes. */
  progressed(callRef: string, change: RecordChange): Promise<void>;
  /** These calls go on at this moment. */
  seen(callRefs: readonly string[], at: number): Promise<void>;
  /**
   * A call is over: the record as it is at last, its legs, and the transfers that settle it, in one commit. Settles when that
   * survives a power cut. Also of calls that were never opened. Of a closed one nothing changes: then it is false.
   */
  close(record: StoredRecord, transfers: readonly Transfer[], now: number): Promise<boolean>;
  /** Calls that are open, the oldest first. */
  allOpen(): Promise<readonly StoredRecord[]>;
  find(callRef: string): Promise<StoredRecord | undefined>;
  /** The latest first. */
  list(filter: RecordFilter, atMost: number, before?: RecordCursor): Promise<readonly StoredRecord[]>;
  /** All of them, the oldest first, read piece by piece: memory does not grow with their number. */
  stream(filter: RecordFilter): AsyncIterable<StoredRecord>;
  /** By user, month and direction; the latest month first. */
  usage(filter: Pick<RecordFilter, 'from' | 'until' | 'user'>): Promise<readonly Usage[]>;
  /** What `ActivityBook.since` is made of: sums of those that are over, and those that go on. */
  activity(user: string, since: number): Promise<BookedActivity>;
  firstCallAt(user: string): Promise<number | undefined>;
  hasCalledCountry(user: string, country: string): Promise<boolean>;
  /** Forgets closed records of calls that began before. */
  prune(before: number): Promise<void>;
}
