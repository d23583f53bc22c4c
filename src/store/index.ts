/** The store: durable tables, one file each, over Kysely. Others use only what is exported here. */
import { sql } from 'kysely';
import type { LineRegistry, PreferenceBook } from '../account/index.ts';
import type { TripBook } from '../account/limits/index.ts';
import type { RateBook } from '../account/rating/index.ts';
import type { RecordBook } from '../account/records/ports.ts';
import type { MediaLinkBook } from '../http/index.ts';
import type {
  ArrivalBook,
  ConsentBook,
  ConversationBook,
  DeliveryBook,
  LeaseBook,
  PetNameBook,
} from '../message/index.ts';
import type { ArrivalMemory } from '../smpp/index.ts';
import { Choices } from './choices.ts';
import { type CopiedTable, copyRows } from './copy.ts';
import { openDatabase } from './database.ts';
import { Ghosts } from './ghosts.ts';
import { Inbox } from './inbox.ts';
import { Ledger } from './ledger/ledger.ts';
import type { LedgerSettings } from './ledger/posting.ts';
import { Trips } from './limits/trips.ts';
import { LineRooms } from './lines/line-rooms.ts';
import { LinkedLines } from './lines/linked-lines.ts';
import { StoredPreferences } from './lines/preferences.ts';
import { LiveCalls } from './live-calls.ts';
import { MadeRooms } from './made-rooms.ts';
import { MediaLinkRows } from './media-links.ts';
import type { Upgrade } from './migrate.ts';
import { Notices } from './notices.ts';
import { StoredNumberBindings } from './number-bindings.ts';
import { Outbox } from './outbox.ts';
import { Portals } from './portals.ts';
import type { PostgresOptions } from './postgres/dialect.ts';
import { Rates } from './rates/rates.ts';
import { type LedgerWithin, Records } from './records/records.ts';
import type { Schema } from './schema.ts';
import type { SqliteOptions } from './sqlite.ts';
import { Arrivals } from './texts/arrivals.ts';
import { Batch } from './texts/batch.ts';
import { Consents } from './texts/consents.ts';
import { Conversations } from './texts/conversations.ts';
import { Deliveries } from './texts/deliveries.ts';
import { type DeliveryList, deliveryList } from './texts/delivery-list.ts';
import { Leases } from './texts/leases.ts';
import { PetNames } from './texts/pet-names.ts';
import { SmppAnswers } from './texts/smpp-answers.ts';
import { Versions } from './versions.ts';

export type { Choices } from './choices.ts';
export type { CopiedTable } from './copy.ts';
export { StoreError, type StoreErrorCode } from './errors.ts';
export type { StoredGhost } from './ghosts.ts';
export type { InboxEvent, StoredEvent } from './inbox.ts';
export type { Ledger } from './ledger/ledger.ts';
export type { LedgerSettings } from './ledger/posting.ts';
export type { LineRoom, LineRooms, StoredLineRoom } from './lines/line-rooms.ts';
export type { LiveCalls } from './live-calls.ts';
export type { MadeRooms, StoredMadeRoom } from './made-rooms.ts';
export type { OutgoingEvent } from './outbox.ts';
export type { PortalName, StoredPortal } from './portals.ts';
export type { DeliveryList, ListedDelivery } from './texts/delivery-list.ts';
export type { Versions } from './versions.ts';

/** What stays of finished work: enough to know anything again that the homeserver could still repeat. */
const KEEP = { events: 5_000, transactions: 1_000, outbox: 2_000 };
const DAY_MS = 24 * 3_600_000;
/** So long a link that has expired is told apart from one that never was. */
const KEEP_EXPIRED_LINKS_MS = 90 * DAY_MS;
const KEEP_NOTICES_MS = 365 * DAY_MS;

/** How long what is left of texts is kept, in days. The texts themselves are forgotten at once when they have arrived. */
export interface KeepTexts {
  /** By what a repeat, or a late receipt, is known. */
  readonly keysDays: number;
  /** Texts that failed, so that they can be sent again. */
  readonly failedDays: number;
  /** By which number a room and a telephone wrote to one another, after the last text. */
  readonly conversationsDays: number;
  /** Which number of a pool was lent to whom, after its last use. Longer than numbers rest. */
  readonly leasesDays: number;
  /** That somebody opted out stays for good; this is for how long it is told that somebody did once, and took it back. */
  readonly consentsDays: number;
}

const KEEP_TEXTS: KeepTexts = {
  keysDays: 7,
  failedDays: 30,
  conversationsDays: 730,
  leasesDays: 730,
  // Claims about texts that nobody wanted lapse after four years where it takes longest (47 U.S.C. § 227, 28 U.S.C. § 1658).
  consentsDays: 5 * 365,
};

/** Where the database is: a file (or `:memory:`, which dies with the process), or on a PostgreSQL server. */
export type DatabaseOptions = (SqliteOptions & { readonly url?: undefined }) | PostgresOptions;

export type StoreOptions = DatabaseOptions & { readonly keepTexts?: Partial<KeepTexts> };

export interface Store {
  /** What opening it changed, for the log. */
  readonly upgrade: Upgrade;
  readonly inbox: Inbox;
  readonly ghosts: Ghosts;
  readonly portals: Portals;
  readonly madeRooms: MadeRooms;
  readonly choices: Choices;
  readonly notices: Notices;
  readonly liveCalls: LiveCalls;
  readonly numberBindings: StoredNumberBindings;
  readonly outbox: Outbox;
  readonly deliveries: DeliveryBook;
  /** The same texts, for administrators. */
  readonly deliveryList: DeliveryList;
  readonly arrivals: ArrivalBook;
  readonly conversations: ConversationBook;
  readonly leases: LeaseBook;
  readonly consents: ConsentBook;
  readonly petNames: PetNameBook;
  readonly smppAnswers: ArrivalMemory;
  readonly mediaLinks: MediaLinkBook;
  /** Lines given to somebody while the gateway runs. */
  readonly lines: LineRegistry;
  readonly preferences: PreferenceBook;
  /** Rooms of shared lines. */
  readonly lineRooms: LineRooms;
  /** Call detail records. @param ledger where calls are settled; without it they can only be read */
  records(ledger?: LedgerWithin): RecordBook;
  /** Rate decks. */
  readonly rates: RateBook;
  /** Limits against fraud. */
  readonly trips: TripBook;
  /** What changed, for those who keep some of it in memory. */
  readonly versions: Versions;
  /** The ledger in this currency; users without terms of their own have those of `termsOf`. */
  ledger(settings: LedgerSettings): Ledger;
  /** Deletes what is no longer needed; the Matrix side calls it now and then. */
  prune(now: number): Promise<void>;
  /** Whether the database answers and its disk takes what is written: for health. Rejects when not. */
  check(): Promise<void>;
  /** Rows per table: for tests and for health. */
  rowCounts(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/**
 * Opens the database, creates or migrates it.
 * @param options `path` of a file, or `url` of a PostgreSQL database: `postgres://user:password@host/database`
 * @throws StoreError with words for the administrator
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { db, durable, upgrade } = await openDatabase(options);
  const inbox = new Inbox(db, durable);
  const notices = new Notices(db);
  const outbox = new Outbox(db);
  const batch = new Batch(db, durable);
  // Of their own: what settles a call waits for the ledger, texts need not.
  const recordBatch = new Batch(db, durable);
  const ledgerBatch = new Batch(db, durable);
  const deliveries = new Deliveries(db, batch);
  const arrivals = new Arrivals(db, batch);
  const conversations = new Conversations(db, batch);
  const leases = new Leases(db, batch);
  const consents = new Consents(db, batch);
  const mediaLinks = new MediaLinkRows(db);
  const trips = new Trips(db);
  const keepTexts = { ...KEEP_TEXTS, ...options.keepTexts };
  return {
    upgrade,
    inbox,
    ghosts: new Ghosts(db),
    portals: new Portals(db),
    madeRooms: new MadeRooms(db),
    choices: new Choices(db),
    notices,
    liveCalls: new LiveCalls(db),
    numberBindings: new StoredNumberBindings(db),
    outbox,
    deliveries,
    deliveryList: deliveryList(db),
    arrivals,
    conversations,
    leases,
    consents,
    petNames: new PetNames(db),
    smppAnswers: new SmppAnswers(db, batch),
    mediaLinks,
    lines: new LinkedLines(db),
    preferences: new StoredPreferences(db),
    lineRooms: new LineRooms(db),
    records: (ledger) => new Records(db, recordBatch, ledger),
    rates: new Rates(db, durable),
    trips,
    versions: new Versions(db),
    ledger: (settings) => new Ledger(db, ledgerBatch, settings),
    async prune(clockTime) {
      // Clocks have fractions of milliseconds, tables do not.
      const now = Math.floor(clockTime);
      await inbox.prune(KEEP);
      await outbox.prune(KEEP.outbox);
      await notices.prune(now - KEEP_NOTICES_MS);
      await trips.prune(now - KEEP_NOTICES_MS);
      const before = (days: number) => now - days * DAY_MS;
      await mediaLinks.prune(now - KEEP_EXPIRED_LINKS_MS);
      await arrivals.prune(before(keepTexts.keysDays));
      await deliveries.prune({ done: before(keepTexts.keysDays), failed: before(keepTexts.failedDays) });
      await conversations.prune(before(keepTexts.conversationsDays));
      await leases.prune(before(keepTexts.leasesDays));
      await consents.prune(before(keepTexts.consentsDays));
    },
    async check() {
      await sql`select 1`.execute(db);
      await durable();
    },
    async rowCounts() {
      const counts: Record<string, number> = {};
      for (const table of TABLES) {
        const row = await db
          .selectFrom(table)
          .select((e) => e.fn.countAll().as('n'))
          .executeTakeFirst();
        counts[table] = Number(row?.n ?? 0);
      }
      return counts;
    },
    close: () => db.destroy(),
  };
}

/**
 * Copies all that is in a file into an empty PostgreSQL database; both are brought up to date first.
 * @throws StoreError, and then nothing was copied: one cannot be opened, the database is not empty, a gateway still uses the file
 */
export async function copyDatabase(path: string, url: string): Promise<readonly CopiedTable[]> {
  const from = await openDatabase({ path });
  try {
    const to = await openDatabase({ url });
    try {
      return await copyRows(from.db, to.db, TABLES);
    } finally {
      await to.db.destroy();
    }
  } finally {
    await from.db.destroy();
  }
}

/** Rows of one refer to rows of those before it only. */
const TABLES: readonly (keyof Schema)[] = [
  'transactions',
  'events',
  'ghosts',
  'portals',
  'notices',
  'live_calls',
  'number_bindings',
  'outbox',
  'made_rooms',
  'choices',
  'deliveries',
  'delivery_parts',
  'arrivals',
  'arrival_targets',
  'arrival_fragments',
  'conversations',
  'number_leases',
  'consent_changes',
  'pet_names',
  'media_links',
  'smpp_answers',
  'ledger_transfers',
  'ledger_accounts',
  'ledger_holds',
  'ledger_state',
  'credit_terms',
  'call_records',
  'call_legs',
  'call_people',
  'versions',
  'linked_lines',
  'preferences',
  'screening_rules',
  'line_rooms',
  'rates',
  'rate_imports',
  'limit_trips',
  'limit_lifts',
  'user_limits',
  'fraud_alerts',
];
