/** All tables, for Kysely's types. Times are ms since 1970, flags are 0 or 1: both databases have these. */

import type { ChoicesTable } from './choices.ts';
import type { GhostsTable } from './ghosts.ts';
import type { EventsTable } from './inbox.ts';
import type { LiveCallsTable } from './live-calls.ts';
import type { MadeRoomsTable } from './made-rooms.ts';
import type { NoticesTable } from './notices.ts';
import type { NumberBindingsTable } from './number-bindings.ts';
import type { OutboxTable } from './outbox.ts';
import type { PortalsTable } from './portals.ts';
import type { TransactionsTable } from './transactions.ts';

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
}
