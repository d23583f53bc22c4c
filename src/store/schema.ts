/** All tables, for Kysely's types. Times are ms since 1970, flags are 0 or 1: both databases have these. */

import type { ChoicesTable } from './choices.ts';
import type { GhostsTable } from './ghosts.ts';
import type { EventsTable } from './inbox.ts';
import type {
  CreditTermsTable,
  LedgerAccountsTable,
  LedgerHoldsTable,
  LedgerStateTable,
  LedgerTransfersTable,
} from './ledger/tables.ts';
import type { FraudAlertsTable, LimitLiftsTable, LimitTripsTable, UserLimitsTable } from './limits/tables.ts';
import type { LineRoomsTable } from './lines/line-rooms.ts';
import type { LinkedLinesTable } from './lines/linked-lines.ts';
import type { PreferencesTable, ScreeningRulesTable } from './lines/preferences.ts';
import type { LiveCallsTable } from './live-calls.ts';
import type { MadeRoomsTable } from './made-rooms.ts';
import type { MediaLinksTable } from './media-links.ts';
import type { NoticesTable } from './notices.ts';
import type { NumberBindingsTable } from './number-bindings.ts';
import type { OutboxTable } from './outbox.ts';
import type { PortalsTable } from './portals.ts';
import type { RateImportsTable, RatesTable } from './rates/tables.ts';
import type { CallLegsTable, CallPeopleTable, CallRecordsTable } from './records/rows.ts';
import type { ArrivalFragmentsTable } from './texts/arrival-fragments.ts';
import type { ArrivalsTable, ArrivalTargetsTable } from './texts/arrivals.ts';
import type { ConsentChangesTable } from './texts/consents.ts';
import type { ConversationsTable } from './texts/conversations.ts';
import type { DeliveryPartsTable } from './texts/delivery-parts.ts';
import type { DeliveriesTable } from './texts/delivery-rows.ts';
import type { NumberLeasesTable } from './texts/leases.ts';
import type { PetNamesTable } from './texts/pet-names.ts';
import type { SmppAnswersTable } from './texts/smpp-answers.ts';
import type { TransactionsTable } from './transactions.ts';
import type { VersionsTable } from './versions.ts';

export interface Schema {
  transactions: TransactionsTable;
  events: EventsTable;
  ghosts: GhostsTable;
  portals: PortalsTable;
  notices: NoticesTable;
  live_calls: LiveCallsTable;
  number_bindings: NumberBindingsTable;
  outbox: OutboxTable;
  made_rooms: MadeRoomsTable;
  choices: ChoicesTable;
  deliveries: DeliveriesTable;
  delivery_parts: DeliveryPartsTable;
  arrivals: ArrivalsTable;
  arrival_targets: ArrivalTargetsTable;
  arrival_fragments: ArrivalFragmentsTable;
  conversations: ConversationsTable;
  number_leases: NumberLeasesTable;
  consent_changes: ConsentChangesTable;
  pet_names: PetNamesTable;
  media_links: MediaLinksTable;
  smpp_answers: SmppAnswersTable;
  call_records: CallRecordsTable;
  call_legs: CallLegsTable;
  call_people: CallPeopleTable;
  versions: VersionsTable;
  ledger_transfers: LedgerTransfersTable;
  ledger_accounts: LedgerAccountsTable;
  ledger_holds: LedgerHoldsTable;
  ledger_state: LedgerStateTable;
  credit_terms: CreditTermsTable;
  linked_lines: LinkedLinesTable;
  preferences: PreferencesTable;
  screening_rules: ScreeningRulesTable;
  line_rooms: LineRoomsTable;
  rates: RatesTable;
  rate_imports: RateImportsTable;
  limit_trips: LimitTripsTable;
  limit_lifts: LimitLiftsTable;
  user_limits: UserLimitsTable;
  fraud_alerts: FraudAlertsTable;
}
