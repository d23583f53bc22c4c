/**
 * How many calls a second the embedded SIP server carries, and how many it holds: a drachtio-srf application calls SIPp, which
 * rings, answers, and is hung up on; no media. Prints one row of Markdown; `main` returns the figures.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type Srf from 'drachtio-srf';
import { pino } from 'pino';
import { startEmbeddedSipServer } from '../../sip/server/index.ts';
import { portBound } from '../world/peers/ports.ts';
import { freePort } from '../world/ports.ts';

export interface EmbeddedSipFigures {
  readonly name: 'embedded SIP';
  /** Calls that were to be started each second. */
  readonly rate: number;
  /** Calls completed a second, from the first start to the last end. */
  readonly completedPerSecond: number;
  readonly calls: number;
  readonly answered: number;
  readonly failed: number;
  /** INVITE and other requests that SIPp got twice, and responses of its own that it had to repeat. */
  readonly retransmissions: number;
  /** Milliseconds from createUAC to the answer. */
  readonly setupMs: { readonly median: number; readonly p99: number };
  /** Of this process: the application and the server. */
  readonly cpuMsPerCall: number;
  readonly heldAtOnce: number;
  readonly bytesPerHeldCall: number;
}

const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
const SCENARIO = fileURLToPath(new URL('../sip/server/data/scenarios/uas-answers.xml', import.meta.url));

export interface EmbeddedSipBenchOptions {
  readonly rate?: number;
  readonly seconds?: number;
  readonly held?: number;
}

export async function main(options: EmbeddedSipBenchOptions = {}): Promise<EmbeddedSipFigures> {
  const { rate = 300, seconds = 10, held = 2000 } = options;
  const directory = await mkdtemp(join(tmpdir(), 'bench-sip-'));
  const server = await startEmbeddedSipServer(
    { listeners: [{ transport: 'udp', host: '127.0.0.1', port: 0 }] },
    pino({ level: 'error' }),
  );
  const srf = new (createRequire(import.meta.url)('drachtio-srf') as typeof Srf)();
  srf.connect({ host: server.host, port: server.port, secret: server.secret });
  await once(srf as unknown as NodeJS.EventEmitter, 'connect');
  const port = await freePort();
  const statistics = join(directory, 'statistics.csv');
  const sipp = spawn(
    'sipp',
    ['-sf', SCENARIO, '-i', '127.0.0.1', '-p', String(port), '-nostdin', '-trace_stat', '-stf', statistics, '-fd', '1'],
    { cwd: directory, stdio: 'ignore' },
  );
  try {
    await portBound('udp', port);
    const target = `sip:bench@127.0.0.1:${port}`;
    const place = (): Promise<Srf.Dialog> => srf.createUAC(target, { localSdp: SDP });
    // Both sides get warm.
    for (let i = 0; i < 50; i += 1) await (await place()).destroy();
    const throughput = await runCalls(place, rate, seconds);
    const holding = await holdCalls(place, held, rate);
    await pause(1_500);
    const retransmissions = await readRetransmissions(statistics);
    return { name: 'embedded SIP', rate, ...throughput, retransmissions, ...holding };
  } finally {
    sipp.kill('SIGKILL');
    srf.disconnect();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function runCalls(place: () => Promise<Srf.Dialog>, rate: number, seconds: number) {
  const calls = rate * seconds;
  const setups: number[] = [];
  let failed = 0;
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const running: Promise<void>[] = [];
  for (let i = 0; i < calls; i += 1) {
    const due = start + (i * 1000) / rate;
    const early = due - performance.now();
    if (early > 1) await pause(early);
    running.push(
      (async () => {
        const begun = performance.now();
        try {
          const dialog = await place();
          setups.push(performance.now() - begun);
          await dialog.destroy();
        } catch {
          failed += 1;
        }
      })(),
    );
  }
  await Promise.all(running);
  const elapsedMs = performance.now() - start;
  const cpu = process.cpuUsage(cpuBefore);
  setups.sort((a, b) => a - b);
  const at = (share: number): number => Math.round((setups[Math.floor(setups.length * share)] ?? 0) * 100) / 100;
  return {
    calls,
    answered: setups.length,
    failed,
    completedPerSecond: Math.round((setups.length * 1000) / elapsedMs),
    setupMs: { median: at(0.5), p99: at(0.99) },
    cpuMsPerCall: Math.round((cpu.user + cpu.system) / 10 / calls) / 100,
  };
}

async function holdCalls(place: () => Promise<Srf.Dialog>, held: number, rate: number) {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const dialogs: Srf.Dialog[] = [];
  for (let i = 0; i < held; i += rate / 10) {
    const batch = Array.from({ length: Math.min(rate / 10, held - i) }, place);
    dialogs.push(...(await Promise.all(batch)));
  }
  globalThis.gc?.();
  const bytesPerHeldCall = Math.round((process.memoryUsage().rss - before) / held);
  for (let i = 0; i < dialogs.length; i += 30)
    await Promise.all(dialogs.slice(i, i + 30).map((dialog) => dialog.destroy()));
  return { heldAtOnce: dialogs.length, bytesPerHeldCall };
}

/** Sums the columns of SIPp's statistics that count retransmissions, its own and those it saw. */
async function readRetransmissions(file: string): Promise<number> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const names = lines[0]?.split(';') ?? [];
  const last = lines.at(-1)?.split(';') ?? [];
  return names.reduce(
    (sum, name, index) => (/^Retransmissions\(C\)$/i.test(name.trim()) ? sum + Number(last[index]) : sum),
    0,
  );
}

/** One row: rate, calls, failures, retransmissions, setup, CPU, held. */
export function row(figures: EmbeddedSipFigures): string {
  const { rate, calls, failed, retransmissions, setupMs, cpuMsPerCall, heldAtOnce, bytesPerHeldCall } = figures;
  return `| ${rate} calls/s | ${calls} calls, ${failed} failed, ${retransmissions} retransmissions | setup ${setupMs.median} ms median, ${setupMs.p99} ms p99 | ${cpuMsPerCall} ms CPU a call | ${heldAtOnce} held at once, ${Math.round(bytesPerHeldCall / 1024)} KiB each |`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [rate, seconds, held] = process.argv.slice(2).map(Number);
  const figures = await main({
    ...(rate === undefined ? {} : { rate }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(held === undefined ? {} : { held }),
  });
  console.log(row(figures));
  console.log(JSON.stringify(figures));
}
