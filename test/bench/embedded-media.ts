/**
 * How many two-way calls one worker thread of the embedded media engine carries: WebRTC (SRTP) to RTP and back,
 * PCMU in frames of 20 ms, 100 packets a second in and out for each call. A process of its own is both far ends. Prints one row of
 * Markdown for each number of calls; `main` returns the figures.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { createEmbeddedMediaEngine, type MediaEngine, type MediaSession } from '../../media/index.ts';
import type { FromLoad, LoadFigures, ToLoad } from './embedded-media-load.ts';

export interface EmbeddedMediaFigures {
  readonly name: 'embedded media';
  readonly calls: number;
  readonly workers: number;
  readonly seconds: number;
  readonly sent: number;
  readonly received: number;
  /** Of the packets that arrived: more than 10 ms from one far end to the other. */
  readonly latePercent: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** CPU seconds a second of the engine's process: 1 is one core. */
  readonly cores: number;
  /** How many calls one core would carry at this rate of CPU. */
  readonly callsPerCore: number;
  /** Growth of the resident set, divided by the calls; the process's start-up is not in it. */
  readonly kibPerCall: number;
}

export interface EmbeddedMediaBenchOptions {
  readonly calls?: readonly number[];
  readonly seconds?: number;
  readonly workers?: number;
}

/** Measures with each number of calls in turn. */
export async function main(options: EmbeddedMediaBenchOptions = {}): Promise<EmbeddedMediaFigures[]> {
  const { calls = [60, 150], seconds = 10, workers = 1 } = options;
  const figures: EmbeddedMediaFigures[] = [];
  for (const count of calls) figures.push(await measure(count, seconds, workers));
  return figures;
}

async function measure(calls: number, seconds: number, workers: number): Promise<EmbeddedMediaFigures> {
  const engine = await createEmbeddedMediaEngine(
    { workers, rtp: { bindAddress: '127.0.0.1' }, webrtc: { bindAddresses: ['127.0.0.1'] } },
    pino({ level: 'error' }),
  );
  const load = fork(fileURLToPath(new URL('./embedded-media-load.ts', import.meta.url)));
  const sessions: MediaSession[] = [];
  try {
    // The first call loads code and warms the handshake; it is no growth by calls.
    sessions.push(await establish(engine, load));
    await pause(500);
    const rssBefore = process.memoryUsage().rss;
    while (sessions.length < calls) sessions.push(await establish(engine, load));
    await pause(2_000);
    const cpuBefore = process.cpuUsage();
    const startedMs = performance.now();
    const measured = await ask(load, { type: 'measure', seconds }, 'measured');
    const cpu = process.cpuUsage(cpuBefore);
    const elapsedMs = performance.now() - startedMs;
    const cores = (cpu.user + cpu.system) / 1000 / elapsedMs;
    const rssAfter = process.memoryUsage().rss;
    return toFigures(calls, workers, seconds, measured.figures, cores, (rssAfter - rssBefore) / calls);
  } finally {
    load.send({ type: 'stop' } satisfies ToLoad);
    await Promise.allSettled(sessions.map((session) => session.close()));
    await engine.close();
  }
}

function toFigures(
  calls: number,
  workers: number,
  seconds: number,
  load: LoadFigures,
  cores: number,
  bytesPerCall: number,
): EmbeddedMediaFigures {
  return {
    name: 'embedded media',
    calls,
    workers,
    seconds,
    sent: load.sent,
    received: load.received,
    latePercent: round((100 * load.late) / Math.max(1, load.received), 3),
    medianMs: load.medianMs,
    p99Ms: load.p99Ms,
    maxMs: round(load.maxMs, 1),
    cores: round(cores, 3),
    callsPerCore: Math.floor(calls / cores),
    kibPerCall: Math.round(bytesPerCall / 1024),
  };
}

async function establish(engine: MediaEngine, load: ChildProcess): Promise<MediaSession> {
  const session = await engine.createSession({ callRef: 'bench' }, () => {});
  const offer = await ask(load, { type: 'call' }, 'offer');
  await session.acceptWebRtcOffer(offer.webrtcOffer);
  const rtpOffer = await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
  await session.acceptRtpAnswer(offer.rtpAnswer, { early: false, forkId: 'bench' });
  const webrtcAnswer = await session.createWebRtcAnswer();
  session.connect();
  const rtpPort = Number(/^m=audio (\d+)/m.exec(rtpOffer)?.[1]);
  await ask(load, { type: 'answer', call: offer.call, webrtcAnswer, rtpPort }, 'connected');
  return session;
}

/** Tells the far ends something and waits for the answer of that kind. */
function ask<T extends FromLoad['type']>(
  load: ChildProcess,
  message: ToLoad,
  answer: T,
): Promise<Extract<FromLoad, { readonly type: T }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (reply: FromLoad): void => {
      if (reply.type !== answer) return;
      load.off('message', onMessage);
      load.off('exit', onExit);
      resolve(reply as Extract<FromLoad, { readonly type: T }>);
    };
    const onExit = (): void => reject(new Error('the far ends have died'));
    load.on('message', onMessage);
    load.once('exit', onExit);
    load.send(message);
  });
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** One row: calls, packets, lateness, CPU, memory. */
export function row(figures: EmbeddedMediaFigures): string {
  const { calls, sent, received, latePercent, medianMs, p99Ms, cores, callsPerCore, kibPerCall } = figures;
  return `| ${calls} calls | ${sent} packets sent, ${Math.max(0, sent - received)} lost | ${latePercent} % over 10 ms, ${medianMs} ms median, ${p99Ms} ms p99 | ${cores} cores, ${callsPerCore} calls a core | ${kibPerCall} KiB a call |`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [calls, seconds] = process.argv.slice(2).map(Number);
  const figures = await main({ ...(calls && { calls: [calls] }), ...(seconds && { seconds }) });
  for (const entry of figures) console.log(row(entry));
  console.log(JSON.stringify(figures));
}
