/** The gateway's own user with operations on a database in memory: somebody writes, and reads what is answered. */
import pino from 'pino';
import { type Config, loadConfig } from '../../../config/index.ts';
import type { LedgerBook } from '../../../src/account/ledger/ports.ts';
import { systemClock } from '../../../src/call/index.ts';
import { operationParts } from '../../../src/gateway-parts/operations.ts';
import type { ChatOperations, MatrixUserId } from '../../../src/matrix/index.ts';
import {
  createChatOperations,
  type LiveParts,
  OPERATIONS,
  type OperationParts,
} from '../../../src/operations/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { FakeHomeserver } from '../matrix/support/fake-homeserver.ts';
import { ALICE, event, MALLORY, state } from '../matrix/support/side.ts';
import { type TextWorld, textWorld } from '../matrix/texts/world.ts';

export const BOT = '@trunkline:hs.test' as MatrixUserId;
export const ADMIN = '@admin:hs.test' as MatrixUserId;
export const PHONE_ROOMS: Readonly<Record<string, string>> = {
  [ALICE]: '!phone:hs.test',
  [MALLORY]: '!mallorys:hs.test',
  [ADMIN]: '!admins:hs.test',
};
export const CONTROL_ROOM = '!sales:hs.test';
export const NOW = Date.parse('2026-03-02T10:00:00Z');

export const CONFIG = `
homeserver: {url: 'http://localhost:8008', domain: hs.test}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: ['@*:hs.test'], administrators: ['@admin:hs.test']}
numbers: {region: GB}
trunks: [{name: office, host: sip.example.net, rates: carrier}]
smpp: [{name: smsc, host: smsc.example.net, system_id: x, password: y}]
lines:
  - {number: '+441632960000', users: ['@alice:hs.test']}
  - {number: '+441632960001', users: ['@alice:hs.test']}
credit: {default: prepaid}
`;

export interface OperationWorld extends TextWorld {
  readonly config: Config;
  readonly chat: ChatOperations;
  readonly ledger: LedgerBook;
  readonly parts: OperationParts;
  /** Writes, and settles with what is answered; '' when nothing is. */
  say(
    text: string,
    options?: { readonly as?: string; readonly room?: string; readonly eventId?: string; readonly repliesTo?: string },
  ): Promise<string>;
}

export async function operationWorld(live?: LiveParts, yaml = CONFIG): Promise<OperationWorld> {
  const config = loadConfig({ file: 'trunkline.yaml', text: yaml, env: {} });
  const store = await openStore({ path: ':memory:' });
  for (const [userId, roomId] of Object.entries(PHONE_ROOMS)) {
    const portal = { roomId, ghost: BOT, userId, userJoined: true, encrypted: false, others: 1 };
    await store.portals.save(portal, NOW);
  }
  const homeserver = new FakeHomeserver().on(/sales:hs.test\/state$/, state(BOT, ALICE, MALLORY, ADMIN), 1_000);
  const logger = pino({ level: 'silent' });
  const base = operationParts({
    config,
    store,
    isMember: (user, room) => room === CONTROL_ROOM && [ALICE, ADMIN].includes(user as MatrixUserId),
    clock: { ...systemClock, now: () => NOW },
    logger,
  });
  const parts = { ...base, ...(live === undefined ? {} : { live }) };
  const chat = createChatOperations({
    operations: OPERATIONS,
    parts,
    isAdministrator: (user) => user === ADMIN,
    logger,
  });
  const world = await textWorld(undefined, {
    store,
    homeserver,
    operations: () => chat,
  });
  let count = 0;
  return {
    ...world,
    chat,
    ledger: base.ledger,
    parts,
    config,
    async say(body, { as = ALICE, room = PHONE_ROOMS[as] ?? '', eventId, repliesTo } = {}) {
      count += 1;
      const relation = repliesTo === undefined ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: repliesTo } } };
      const content = { msgtype: 'm.text', body, ...relation };
      const before = world.homeserver.requests.length;
      const more = { room_id: room, sender: as, ...(eventId === undefined ? {} : { event_id: eventId }) };
      await world.push(`said-${count}`, event('m.room.message', content, more));
      await world.side.idle();
      const replies = world.homeserver.requests
        .slice(before)
        .filter(({ path }) => path.includes(`${encodeURIComponent(room)}/send/m.room.message`));
      return (replies.at(-1)?.body as { body: string } | undefined)?.body ?? '';
    },
    async close() {
      await world.close();
      await store.close();
    },
  };
}
