/** What operations work on: books of other parts, and what only a gateway that runs has. */
import type { LineBook } from '../account/index.ts';
import type { LedgerBook } from '../account/ledger/ports.ts';
import type { FraudLimits, TripBook } from '../account/limits/index.ts';
import type { LineRegistry, PreferenceBook } from '../account/lines/ports.ts';
import type { DeckImported, DeckToImport, Prices, RateBook } from '../account/rating/index.ts';
import type { RecordBook } from '../account/records/index.ts';
import type { Decided, EndedCall, LiveCall } from '../call/index.ts';
import type { NumberRules } from '../number/index.ts';

/** What users chose for themselves, in general or for one room. */
export interface ChoiceBook {
  get(user: string, name: string, room?: string): Promise<string | undefined>;
  set(user: string, name: string, value: string | undefined, room?: string): Promise<void>;
}

/** Names that users gave to telephones. */
export interface NameBook {
  all(owner: string): Promise<readonly { readonly telephone: string; readonly name: string }[]>;
  set(owner: string, telephone: string, name: string | undefined): Promise<void>;
}

export interface OperationParts {
  /** ms since 1970. */
  now(): number;
  readonly ledger: LedgerBook;
  readonly records: Pick<RecordBook, 'list' | 'find' | 'stream' | 'usage'>;
  readonly rates: Pick<RateBook, 'decks'>;
  /** All of the file, or nothing. */
  importDeck(file: Omit<DeckToImport, 'currency'>): Promise<DeckImported>;
  prices(): Promise<Prices>;
  readonly trips: Pick<TripBook, 'open' | 'list'>;
  limits(): Promise<Pick<FraudLimits, 'current' | 'own' | 'lift' | 'set'>>;
  readonly lines: LineRegistry;
  /** The lines as they are now: the configuration, with what was linked. */
  lineBook(): Promise<LineBook>;
  readonly preferences: PreferenceBook;
  readonly choices: ChoiceBook;
  readonly names: NameBook;
  /** Of the configuration, in its order. */
  readonly trunks: readonly { readonly name: string; readonly carriesCalls: boolean }[];
  /** In which people read times, such as `Europe/Berlin`. */
  readonly timeZone: string;
  isMember(user: string, room: string): boolean;
  /** What dialled strings mean for this user; undefined: for everybody. */
  numbersOf(user: string | undefined): NumberRules;
  /** What was changed counts at once, where somebody keeps it in memory. */
  changed(what: 'lines' | 'preferences' | 'rates'): Promise<void>;
  readonly live?: LiveParts;
}

export interface LiveTrunk {
  readonly name: string;
  readonly state: 'up' | 'down' | 'unknown';
  readonly detail?: string;
  /** ms since 1970. */
  readonly since: number;
  readonly calls: number;
  readonly maxCalls?: number;
  readonly registrations: readonly {
    readonly account: string;
    readonly state: string;
    readonly detail?: string;
    readonly expiresAt?: number;
  }[];
}

export interface Chat {
  readonly roomId: string;
  /** For people: `https://matrix.to/#/…`. */
  readonly link: string;
  /** As the room shows the telephone. */
  readonly name: string;
  /** Whether the user is in it; else they were invited. */
  readonly isJoined: boolean;
}

/** What only a gateway that runs can do. */
export interface LiveParts {
  trunks(): readonly LiveTrunk[];
  /** Registers all accounts of a trunk at once. @returns how many there are; undefined: there is no such trunk */
  registerNow(trunk: string): number | undefined;
  calls(): readonly LiveCall[];
  endCall(callRef: string): EndedCall;
  /** What would become of a call. Nothing is done. */
  tryCall(user: string, dialled: string, room?: string): Promise<Decided>;
  /** The room of a shared line and a telephone, which uses the line that its members chose for it; undefined: it is none. */
  sharedRoom(room: string): Promise<{ readonly line: string; readonly controlRoom: string } | undefined>;
  /** The room shows its members which line it uses; undefined: the usual one. */
  showLine(room: string, line: string | undefined): Promise<void>;
  /**
   * The chat of a user with a number, made where there is none. Rejects with OperationError.
   * @param line a shared one: then it is the room of this line and the number, of all who share it
   */
  chatWith(user: string, dialled: string, line?: string): Promise<Chat>;
  /** Writes to a telephone in a user's name. The same key is written once. Rejects with OperationError. */
  sendText(user: string, dialled: string, text: string, key: string): Promise<Chat>;
}
