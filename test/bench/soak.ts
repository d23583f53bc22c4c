/**
 * Whether calls leave anything behind: thousands of them through the whole gateway process, answered and hung up, refused, or
 * given up while they rang; memory, sockets, timers and database rows before and after. The browser's side never connects.
 * Prints the figures as one line of JSON.
 *
 * node test/bench/soak.ts [calls] [calls before the first look]
 */
import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../world/ports.ts';
import { until } from '../world/wait.ts';
import { Callers, makeRooms, type Room } from './callers.ts';
import { FakeHomeserver, stateOfRooms } from './fake-homeserver.ts';
import { rounded } from './figure.ts';
import { GatewayProcess } from './gateway-process.ts';
import type { ThreadState } from './probe.ts';
import { residentMib } from './resident.ts';
import { type Behaviour, SipPeer } from './sip-peer.ts';

const SERVER_NAME = 'bench.test';
const ROOMS = 120;
const AT_ONCE = 12;
/** The longest that SIP remembers a transaction (RFC 3261, timers D, J, L, M: 64·T1 = 32 s), and a little more. */
const SIP_FORGETS_MS = 36_000;
/** Tables that remember what is finished, up to a number of rows. */
const HISTORY = ['events', 'transactions', 'outbox'];
/** What stays of each call by design. */
const RECORDS = ['call_records', 'call_legs', 'call_people'];

export interface SoakFigures {
  readonly name: 'soak';
  readonly calls: number;
  readonly failed: number;
  readonly callsPerSecond: number;
  readonly before: GatewayState;
  readonly after: GatewayState;
  /** Resident while calls come and go, right after a full collection: at each thousandth call. */
  readonly rssUnderLoadMib: readonly number[];
}

/** What a gateway without calls holds. */
export interface GatewayState {
  readonly rssMib: number;
  /** Of all threads, after a full collection. */
  readonly heapMib: number;
  readonly arrayBuffersMib: number;
  readonly sockets: number;
  readonly otherFiles: number;
  readonly timers: number;
  readonly runningTimers: number;
  /** What finished calls leave for good, beside their records: 0 rows. */
  readonly rows: Readonly<Record<string, number>>;
  readonly historyRows: Readonly<Record<string, number>>;
}

export async function main(calls = 10_000, warmUp = 3_000): Promise<SoakFigures> {
  const rooms = makeRooms(ROOMS, SERVER_NAME);
  const peer = await SipPeer.start({ answerAfterMs: 20, behaviourOf });
  const homeserverPort = await freePort();
  const gateway = await GatewayProcess.prepare({
    name: 'soak',
    serverName: SERVER_NAME,
    homeserverPort,
    sipPeerPort: peer.port,
    nodeArgs: ['--expose-gc', '--import', path.join(import.meta.dirname, 'probe.ts')],
  });
  const homeserver = await FakeHomeserver.start(
    { gatewayUrl: gateway.url, hsToken: gateway.hsToken, stateOf: stateOfRooms(rooms) },
    homeserverPort,
  );
  try {
    await gateway.start();
    const callers = new Callers(rooms, homeserver, peer);
    await callers.enterRooms();
    await runCalls(callers, warmUp);
    const before = await stateWhenQuiet(gateway);
    console.log(
      `${warmUp} calls to get warm: ${before.heapMib} MiB of heap, ${before.rssMib} MiB resident without calls`,
    );
    const began = performance.now();
    const rssUnderLoadMib: number[] = [];
    const failed = await runCalls(callers, calls, async (done) => {
      const threads = (await gateway.ask('measure')) as ThreadState[];
      const heaps = threads.map(({ heapBytes }) => mib(heapBytes)).join(' + ');
      const rss = residentMib(gateway.pid);
      rssUnderLoadMib.push(rss);
      console.log(`${done} calls: heap ${heaps} MiB, ${rss} MiB resident`);
    });
    const seconds = (performance.now() - began) / 1000;
    const after = await stateWhenQuiet(gateway);
    return { name: 'soak', calls, failed, callsPerSecond: rounded(calls / seconds), before, after, rssUnderLoadMib };
  } finally {
    await gateway.stop();
    await homeserver.stop();
    peer.stop();
  }
}

/** By the number's last digit: six in ten answer, three are busy, one rings until the caller gives up. */
function behaviourOf(number: string): Behaviour {
  const digit = number.at(-1);
  if (digit === '5') return 'rings';
  return digit === '3' || digit === '6' || digit === '9' ? 'busy' : 'answers';
}

/**
 * Makes so many calls, some at a time, no two of them in one room.
 * @param onThousand told after each thousandth call
 * @returns how many failed
 */
async function runCalls(
  callers: Callers,
  calls: number,
  onThousand?: (done: number) => Promise<void>,
): Promise<number> {
  let begun = 0;
  let done = 0;
  let failed = 0;
  const caller = async (rooms: readonly Room[]) => {
    for (let turn = 0; begun < calls; turn++) {
      begun += 1;
      const room = rooms[turn % rooms.length];
      if (room === undefined) return;
      try {
        await callers.call(room, { talkMs: 30, givesUp: behaviourOf(room.number) === 'rings' });
      } catch (error) {
        failed += 1;
        console.error(error instanceof Error ? error.message : error);
      }
      done += 1;
      if (done % 1000 === 0) await onThousand?.(done);
    }
  };
  const share = (index: number) => callers.rooms.filter((_, room) => room % AT_ONCE === index);
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => caller(share(index))));
  return failed;
}

async function stateWhenQuiet(gateway: GatewayProcess): Promise<GatewayState> {
  await until('the gateway to have no calls left', async () => {
    const metrics = await gateway.metrics();
    return metrics.get('trunkline_calls') === 0 && metrics.get('trunkline_media_sessions') === 0;
  });
  await pause(SIP_FORGETS_MS);
  const threads = (await gateway.ask('measure')) as ThreadState[];
  const sum = (value: (thread: ThreadState) => number) => threads.reduce((total, thread) => total + value(thread), 0);
  const files = openFiles(gateway.pid);
  const rows = rowCounts(gateway.database);
  const only = (isWanted: (table: string) => boolean) =>
    Object.fromEntries(Object.entries(rows).filter(([table]) => isWanted(table)));
  return {
    rssMib: residentMib(gateway.pid),
    heapMib: mib(sum(({ heapBytes }) => heapBytes)),
    arrayBuffersMib: mib(sum(({ arrayBufferBytes }) => arrayBufferBytes)),
    sockets: files.filter((file) => file.startsWith('socket:')).length,
    otherFiles: files.filter((file) => !file.startsWith('socket:')).length,
    timers: sum(({ timers }) => timers),
    runningTimers: sum(({ resources }) => (resources.Timeout ?? 0) + (resources.Immediate ?? 0)),
    rows: only((table) => !HISTORY.includes(table) && !RECORDS.includes(table)),
    historyRows: only((table) => HISTORY.includes(table)),
  };
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      return [readlinkSync(path.join(folder, fd))];
    } catch {
      // Closed since the folder was read.
      return [];
    }
  });
}

function rowCounts(database: string): Record<string, number> {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const tables = db.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
    return Object.fromEntries(
      tables.map(({ name }) => {
        const row = db.prepare(`select count(*) as n from "${name}"`).get() as { n: number };
        return [name, row.n];
      }),
    );
  } finally {
    db.close();
  }
}

function mib(bytes: number): number {
  return rounded(bytes / 2 ** 20);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [calls, warmUp] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(await main(calls, warmUp)));
}
