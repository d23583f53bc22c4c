/**
 * A trunk was away, and 100,000 texts wait for it in the database: how they leave when it is back. The real process with the
 * embedded SIP server and SQLite on a disk; the telephone network is a small fake in this process. Prints the figures as one line
 * of JSON.
 *
 * node test/bench/text-backlog.ts [texts]
 */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { EventId, MatrixUserId, RoomId } from '../../src/matrix/index.ts';
import type { Delivery } from '../../src/message/index.ts';
import { laneOf, referencesOf } from '../../src/message/outbound/planning.ts';
import { openStore } from '../../src/store/index.ts';
import { freePort } from '../world/ports.ts';
import { type TakenText, TextNetwork } from '../world/texts/text-network.ts';
import { makeTextRooms, type TextRoom, textConfig } from '../world/texts/text-rooms.ts';
import { Waiting } from '../world/wait.ts';
import { FakeHomeserver, stateOfRooms } from './fake-homeserver.ts';
import { rounded } from './figure.ts';
import { GatewayProcess } from './gateway-process.ts';
import type { ThreadState } from './probe.ts';
import { residentMib } from './resident.ts';

const PROBE = path.join(import.meta.dirname, 'probe.ts');
const SERVER_NAME = 'bench.test';
const ROOMS = 1_000;
/** These leave before the outage, so that the process has found its size. */
const WARM_UP = 10_000;
const OUTAGE_MS = 10_000;
const RESIDENT_EVERY_MS = 250;
const HELD_EVERY_MS = 3_000;
const STORED_TOGETHER = 1_000;
const LONGEST_MS = 1_200_000;

export interface TextBacklogFigures {
  readonly name: 'text backlog';
  readonly waiting: number;
  readonly lost: number;
  readonly doubled: number;
  /** Texts that arrived after a later one of the same conversation. */
  readonly outOfOrder: number;
  readonly drainedPerSecond: number;
  /** Resident, at the end of the outage, and the most while the first half left. */
  readonly beforeMib: number;
  readonly mostMib: number;
  /** Held by all threads after a full collection, at the start, and the most while the second half left. */
  readonly heldBeforeMib: number;
  readonly heldMostMib: number;
}

export async function main(texts = 100_000): Promise<TextBacklogFigures> {
  const rooms = makeTextRooms(ROOMS, SERVER_NAME);
  const arrivals = new Arrivals();
  let isAway = false;
  const network = await TextNetwork.start({ answer: () => (isAway ? 503 : 200) });
  network.onText = (text) => {
    arrivals.came(text);
    if (arrivals.count === WARM_UP) isAway = true;
  };
  const homeserverPort = await freePort();
  const { trunk, config } = textConfig(rooms, SERVER_NAME);
  const address = { name: 'test', transport: 'udp', keep_alive_s: 0, host: '127.0.0.1', port: network.port };
  const gateway = await GatewayProcess.prepare({
    name: 'text-backlog',
    serverName: SERVER_NAME,
    homeserverPort,
    sipPeerPort: network.port,
    nodeArgs: ['--expose-gc', '--import', PROBE],
    config: { ...config, trunks: [{ ...address, ...trunk }] },
  });
  const homeserver = await FakeHomeserver.start(
    { gatewayUrl: gateway.url, hsToken: gateway.hsToken, stateOf: stateOfRooms(rooms) },
    homeserverPort,
  );
  try {
    await store(gateway.database, rooms, WARM_UP + texts);
    console.log(`${WARM_UP + texts} texts wait in the database`);
    await gateway.start();
    const heldBeforeMib = await heldMib(gateway);
    await arrivals.reach(WARM_UP);
    await pause(OUTAGE_MS);
    const beforeMib = residentMib(gateway.pid);
    console.log(`the trunk is back after ${OUTAGE_MS / 1_000} s: ${beforeMib} MiB resident`);
    const left = WARM_UP + texts - arrivals.count;
    const began = performance.now();
    isAway = false;
    // A collection that is asked for would hide what the process takes by itself: one half for each figure.
    const mostMib = await mostUntil(arrivals.reach(WARM_UP + texts / 2), RESIDENT_EVERY_MS, () =>
      residentMib(gateway.pid),
    );
    const heldMostMib = await mostUntil(arrivals.reach(WARM_UP + texts), HELD_EVERY_MS, () => heldMib(gateway));
    const tookS = (performance.now() - began) / 1_000;
    return {
      name: 'text backlog',
      waiting: left,
      lost: WARM_UP + texts - arrivals.count,
      doubled: arrivals.doubled,
      outOfOrder: arrivals.outOfOrder,
      drainedPerSecond: rounded(left / tookS),
      beforeMib,
      mostMib,
      heldBeforeMib,
      heldMostMib,
    };
  } finally {
    await gateway.stop();
    await homeserver.stop();
    network.stop();
  }
}

/** The most that was seen until then, at most `LONGEST_MS`. */
async function mostUntil(end: Promise<void>, everyMs: number, look: () => number | Promise<number>): Promise<number> {
  let isOver = false;
  const over = Promise.race([end, pause(LONGEST_MS, undefined, { ref: false })]).then(() => {
    isOver = true;
  });
  let most = 0;
  while (!isOver) {
    most = Math.max(most, await look());
    await Promise.race([over, pause(everyMs)]);
  }
  return most;
}

async function heldMib(gateway: GatewayProcess): Promise<number> {
  const threads = (await gateway.ask('measure')) as readonly ThreadState[];
  const bytes = threads.reduce((sum, { heapBytes, arrayBufferBytes }) => sum + heapBytes + arrayBufferBytes, 0);
  return rounded(bytes / 2 ** 20);
}

/** As the gateway itself would have stored them: texts of all rooms in turn. */
async function store(database: string, rooms: readonly TextRoom[], texts: number): Promise<void> {
  const store = await openStore({ path: database });
  const now = Date.now();
  for (let at = 0; at < texts; at += STORED_TOGETHER) {
    const some = Array.from({ length: Math.min(STORED_TOGETHER, texts - at) }, (_, n) => delivery(rooms, at + n, now));
    await store.deliveries.add(some);
  }
  await store.close();
}

function delivery(rooms: readonly TextRoom[], index: number, now: number): Delivery {
  const room = rooms[index % rooms.length];
  if (room === undefined) throw new Error('there are no rooms');
  const roomId = room.id as RoomId;
  const eventId = `$backlog${index}` as EventId;
  const ghost = room.ghost as MatrixUserId;
  return {
    ...referencesOf(eventId, room.telephone, 0),
    eventId,
    roomId,
    ghost,
    user: room.user as MatrixUserId,
    lane: laneOf(roomId, ghost),
    target: room.telephone,
    sender: room.line,
    routes: [{ transport: 'test' }],
    text: `no ${Math.floor(index / rooms.length)}: see you at half past seven, and bring the photographs of the harbour`,
    createdAt: now,
    expiresAt: now + 24 * 3_600_000,
    round: 0,
  };
}

class Arrivals {
  count = 0;
  doubled = 0;
  outOfOrder = 0;
  readonly #last = new Map<string, number>();
  readonly #news = new Waiting();

  came({ to, body }: TakenText): void {
    const number = Number(body.match(/^no (\d+):/)?.[1]);
    const last = this.#last.get(to) ?? -1;
    if (number === last) this.doubled += 1;
    else if (number !== last + 1) this.outOfOrder += 1;
    this.#last.set(to, Math.max(last, number));
    this.count += 1;
    this.#news.announce();
  }

  async reach(count: number): Promise<void> {
    await this.#news.until(() => this.count >= count);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [texts] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await main(texts)));
}
