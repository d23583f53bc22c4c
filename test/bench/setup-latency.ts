/**
 * How long the gateway takes from the transaction with an invite to the INVITE of the telephone call, under a steady load:
 * the real process with the embedded SIP server, embedded media and SQLite on a disk; homeserver and telephone network are
 * small fakes in this process. Prints the figures as one line of JSON.
 *
 * node test/bench/setup-latency.ts [calls] [calls a second]
 */
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../world/ports.ts';
import { Callers, type CallReport, makeRooms } from './callers.ts';
import { FakeHomeserver, stateOfRooms } from './fake-homeserver.ts';
import { percentile, rounded } from './figure.ts';
import { GatewayProcess } from './gateway-process.ts';
import { seeded } from './seeded.ts';
import { SipPeer } from './sip-peer.ts';

const SERVER_NAME = 'bench.test';
const ROOMS = 120;
const WARM_UP_CALLS = 200;
const TALK_MS = 1_000;

export interface SetupLatencyFigures {
  readonly name: 'setup latency';
  readonly calls: number;
  readonly failed: number;
  readonly callsPerSecond: number;
  /** From the transaction at the homeserver's socket to the INVITE at the peer's socket. */
  readonly setupMs: { readonly median: number; readonly p90: number; readonly p99: number; readonly most: number };
  /** INVITEs and other requests that came twice. */
  readonly repeated: number;
  /** Of the whole gateway process, all threads, from the first measured call to the last. */
  readonly cpuMsPerCall: number;
}

export interface SetupLatencyOptions {
  readonly calls?: number;
  readonly callsPerSecond?: number;
  readonly nodeArgs?: readonly string[];
}

export async function main(options: SetupLatencyOptions = {}): Promise<SetupLatencyFigures> {
  const { calls = 600, callsPerSecond = 20, nodeArgs = [] } = options;
  const rooms = makeRooms(ROOMS, SERVER_NAME);
  const peer = await SipPeer.start({ answerAfterMs: 50, behaviourOf: () => 'answers' });
  const homeserverPort = await freePort();
  const gateway = await GatewayProcess.prepare({
    name: 'setup-latency',
    serverName: SERVER_NAME,
    homeserverPort,
    sipPeerPort: peer.port,
    nodeArgs,
  });
  const homeserver = await FakeHomeserver.start(
    { gatewayUrl: gateway.url, hsToken: gateway.hsToken, stateOf: stateOfRooms(rooms) },
    homeserverPort,
  );
  try {
    await gateway.start();
    const callers = new Callers(rooms, homeserver, peer);
    await callers.enterRooms();
    await callAtRate(callers, WARM_UP_CALLS, callsPerSecond);
    const [before, repeatedBefore] = [await gateway.metrics(), peer.counts.repeated];
    const { reports, failed } = await callAtRate(callers, calls, callsPerSecond);
    const after = await gateway.metrics();
    const cpuS = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    const times = reports.map(({ setupMs }) => setupMs);
    return {
      name: 'setup latency',
      calls,
      failed,
      callsPerSecond,
      setupMs: {
        median: rounded(percentile(times, 0.5)),
        p90: rounded(percentile(times, 0.9)),
        p99: rounded(percentile(times, 0.99)),
        most: rounded(Math.max(...times)),
      },
      repeated: peer.counts.repeated - repeatedBefore,
      cpuMsPerCall: rounded((cpuS('process_cpu_seconds_total') * 1000) / calls),
    };
  } finally {
    await gateway.stop();
    await homeserver.stop();
    peer.stop();
  }
}

/** Calls that come as people make them: independent of one another, so that some come close together. */
async function callAtRate(
  callers: Callers,
  calls: number,
  perSecond: number,
): Promise<{ readonly reports: readonly CallReport[]; readonly failed: number }> {
  const reports: CallReport[] = [];
  let failed = 0;
  const running: Promise<void>[] = [];
  const random = seeded(20261121);
  let due = performance.now();
  for (let index = 0; index < calls; index++) {
    due += (-Math.log(1 - random()) * 1000) / perSecond;
    await pause(Math.max(0, due - performance.now()));
    const room = callers.rooms[index % callers.rooms.length];
    if (room === undefined) continue;
    const call = callers.call(room, { talkMs: TALK_MS }).then(
      (report) => void reports.push(report),
      (error: unknown) => {
        failed += 1;
        console.error(error instanceof Error ? error.message : error);
      },
    );
    running.push(call);
  }
  await Promise.all(running);
  return { reports, failed };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [calls, callsPerSecond] = process.argv.slice(2).map(Number);
  const figures = await main({
    ...(calls === undefined ? {} : { calls }),
    ...(callsPerSecond === undefined ? {} : { callsPerSecond }),
    nodeArgs: (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter((arg) => arg !== ''),
  });
  console.log(JSON.stringify(figures));
}
