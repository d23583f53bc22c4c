/**
 * Texts in and out together at a steady rate: the real process with the embedded SIP server and SQLite on a disk; homeserver and
 * telephone network are small fakes in this process. Prints the figures as one line of JSON.
 *
 * node test/bench/texts.ts [texts a second, both directions together] [seconds]
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../world/ports.ts';
import { TextNetwork } from '../world/texts/text-network.ts';
import { enterTextRooms, makeTextRooms, type TextRoom, textConfig, writtenBy } from '../world/texts/text-rooms.ts';
import { FakeHomeserver, stateOfRooms } from './fake-homeserver.ts';
import { percentile, rounded } from './figure.ts';
import { GatewayProcess } from './gateway-process.ts';
import { seeded } from './seeded.ts';

const SERVER_NAME = 'bench.test';
const ROOMS = 200;
const WARM_UP_S = 5;
/** A text that has not come in this time is lost. */
const PATIENCE_MS = 20_000;

interface Latency {
  readonly median: number;
  readonly p99: number;
  readonly most: number;
}

export interface TextsFigures {
  readonly name: 'texts';
  readonly sent: number;
  readonly lost: number;
  /** Texts that came twice. */
  readonly doubled: number;
  /** Texts that arrived, both directions, from the first to the last. */
  readonly perSecond: number;
  /** From the MESSAGE at the network's socket to the event at the homeserver. */
  readonly inMs: Latency;
  /** From the transaction at the homeserver's socket to the MESSAGE at the network's socket. */
  readonly outMs: Latency;
  /** Of the whole gateway process, all threads. */
  readonly cores: number;
  readonly cpuMsPerText: number;
}

export interface TextsOptions {
  readonly perSecond?: number;
  readonly seconds?: number;
  readonly nodeArgs?: readonly string[];
}

export async function main({ perSecond = 310, seconds = 20, nodeArgs = [] }: TextsOptions = {}): Promise<TextsFigures> {
  const rooms = makeTextRooms(ROOMS, SERVER_NAME);
  const network = await TextNetwork.start();
  const homeserverPort = await freePort();
  const { trunk, config } = textConfig(rooms, SERVER_NAME);
  const address = { name: 'test', transport: 'udp', keep_alive_s: 0, host: '127.0.0.1', port: network.port };
  const gateway = await GatewayProcess.prepare({
    name: 'texts',
    serverName: SERVER_NAME,
    homeserverPort,
    sipPeerPort: network.port,
    nodeArgs,
    config: { ...config, trunks: [{ ...address, ...trunk }] },
  });
  const homeserver = await FakeHomeserver.start(
    { gatewayUrl: gateway.url, hsToken: gateway.hsToken, stateOf: stateOfRooms(rooms) },
    homeserverPort,
  );
  try {
    await gateway.start();
    await enterTextRooms(rooms, homeserver);
    const stream = new Stream(rooms, homeserver, network, gateway.sipPort);
    await stream.run(perSecond, WARM_UP_S);
    const before = await gateway.metrics();
    const began = performance.now();
    const run = await stream.run(perSecond, seconds);
    const tookS = (performance.now() - began) / 1_000;
    const after = await gateway.metrics();
    const cpuS = (after.get('process_cpu_seconds_total') ?? 0) - (before.get('process_cpu_seconds_total') ?? 0);
    return {
      name: 'texts',
      sent: run.sent,
      lost: run.lost,
      doubled: run.doubled,
      perSecond: rounded((run.sent - run.lost) / run.arrivingS),
      inMs: latency(run.inMs),
      outMs: latency(run.outMs),
      cores: rounded(cpuS / tookS),
      cpuMsPerText: rounded((cpuS * 1_000) / run.sent),
    };
  } finally {
    await gateway.stop();
    await homeserver.stop();
    network.stop();
  }
}

interface Run {
  readonly sent: number;
  readonly lost: number;
  readonly doubled: number;
  readonly inMs: readonly number[];
  readonly outMs: readonly number[];
  /** From the first that arrived to the last. */
  readonly arrivingS: number;
}

class Stream {
  readonly #rooms: readonly TextRoom[];
  readonly #homeserver: FakeHomeserver;
  readonly #network: TextNetwork;
  readonly #sipPort: number;
  readonly #random = seeded(20261121);
  /** Texts on their way, by what they say, with when they left. */
  readonly #underWay = new Map<string, number>();
  readonly #arrived = new Set<string>();
  #count = 0;
  #doubled = 0;
  #inMs: number[] = [];
  #outMs: number[] = [];
  #firstAt = Number.POSITIVE_INFINITY;
  #lastAt = 0;
  #onArrived: () => void = () => {};

  constructor(rooms: readonly TextRoom[], homeserver: FakeHomeserver, network: TextNetwork, sipPort: number) {
    this.#rooms = rooms;
    this.#homeserver = homeserver;
    this.#network = network;
    this.#sipPort = sipPort;
    homeserver.onEvent = ({ type, content }) => {
      if (type === 'm.room.message') this.#came(String(content.body), performance.now(), this.#inMs);
    };
    network.onText = ({ body, at }) => this.#came(body, at, this.#outMs);
  }

  /** Texts that come as people write them: independent of one another, so that some come close together. */
  async run(perSecond: number, seconds: number): Promise<Run> {
    this.#inMs = [];
    this.#outMs = [];
    this.#doubled = 0;
    this.#firstAt = Number.POSITIVE_INFINITY;
    const texts = Math.round(perSecond * seconds);
    let due = performance.now();
    for (let index = 0; index < texts; index++) {
      due += (-Math.log(1 - this.#random()) * 1_000) / perSecond;
      const wait = due - performance.now();
      if (wait > 1) await pause(wait);
      const room = this.#rooms[Math.floor(this.#random() * this.#rooms.length)];
      if (room !== undefined) this.#send(room, index % 2 === 0 ? 'in' : 'out');
    }
    const all = Promise.withResolvers<void>();
    this.#onArrived = () => {
      if (this.#underWay.size === 0) all.resolve();
    };
    this.#onArrived();
    await Promise.race([all.promise, pause(PATIENCE_MS, undefined, { ref: false })]);
    const lost = this.#underWay.size;
    this.#underWay.clear();
    const arrivingS = (this.#lastAt - this.#firstAt) / 1_000;
    return { sent: texts, lost, doubled: this.#doubled, inMs: this.#inMs, outMs: this.#outMs, arrivingS };
  }

  #send(room: TextRoom, direction: 'in' | 'out'): void {
    this.#count += 1;
    const body = `${direction} ${this.#count}: see you at half past seven, and bring the photographs of the harbour`;
    this.#underWay.set(body, performance.now());
    if (direction === 'out') {
      this.#homeserver.push(writtenBy(room, body), (at) => this.#left(body, at));
      return;
    }
    this.#network
      .send({ from: room.telephone, to: room.line, body }, this.#sipPort)
      .catch((error: unknown) => console.error(error instanceof Error ? error.message : error));
  }

  #left(body: string, at: number): void {
    if (this.#underWay.has(body)) this.#underWay.set(body, at);
  }

  #came(body: string, at: number, latencies: number[]): void {
    const left = this.#underWay.get(body);
    if (left === undefined) {
      if (this.#arrived.has(body)) this.#doubled += 1;
      return;
    }
    this.#underWay.delete(body);
    this.#arrived.add(body);
    latencies.push(at - left);
    this.#firstAt = Math.min(this.#firstAt, at);
    this.#lastAt = at;
    this.#onArrived();
  }
}

function latency(times: readonly number[]): Latency {
  return {
    median: rounded(percentile(times, 0.5)),
    p99: rounded(percentile(times, 0.99)),
    most: rounded(percentile(times, 1)),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [perSecond, seconds] = process.argv.slice(2).map(Number);
  const figures = await main({
    ...(perSecond === undefined ? {} : { perSecond }),
    ...(seconds === undefined ? {} : { seconds }),
    nodeArgs: (process.env.BENCH_NODE_ARGS ?? '').split(' ').filter((arg) => arg !== ''),
  });
  console.log(JSON.stringify(figures));
}
