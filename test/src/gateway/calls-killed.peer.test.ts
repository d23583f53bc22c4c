/**
 * The gateway is killed at random points of calls out and in that cost money; afterwards the books are read: each call is there
 * once and closed, nothing is set aside any more, and every record agrees with the ledger to the millionth.
 *
 * TRUNKLINE_TEST_KILLS: how often it is killed. TRUNKLINE_TEST_SEED: to repeat a run. TRUNKLINE_TEST_DATABASE=postgres.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { charge } from '../../../src/account/rating/charge.ts';
import type { StoredRecord } from '../../../src/account/records/index.ts';
import { currency, type Micros, micros, NOTHING, sum } from '../../../src/money.ts';
import { openStore } from '../../../src/store/index.ts';
import { FakeHomeserver, type Json, stateOfRooms } from '../../bench/fake-homeserver.ts';
import { seeded } from '../../bench/seeded.ts';
import { type Behaviour, SipPeer } from '../../bench/sip-peer.ts';
import { BrowserPeer } from '../../media/browser-peer.ts';
import { type ChosenDatabase, chosenDatabase } from '../../world/chosen-database.ts';
import { Gateway } from '../../world/gateway.ts';
import { freePort } from '../../world/ports.ts';
import { enterTextRooms, makeTextRooms, type TextRoom } from '../../world/texts/text-rooms.ts';
import { until } from '../../world/wait.ts';
import { CallerIn } from './caller-in.ts';

const KILLS = Number(process.env.TRUNKLINE_TEST_KILLS ?? 10);
const SEED = Number(process.env.TRUNKLINE_TEST_SEED ?? randomInt(1, 1_000_000));
const SERVER_NAME = 'hs.test';
const ROOMS = 12;
/** From the first answer to the kill. */
const LONGEST_LIFE_MS = 3_500;
const WHOLE_MS = 120_000 + KILLS * 8_000;
const EUR = currency('EUR');
/** One a second, after a fee of a half: even short calls cost something. */
const PRICE = { connectFee: micros(500_000), perMinute: micros(60_000_000), firstS: 1, nextS: 1 };
const RICH = micros(1_000_000_000_000);
/** Of some users: enough for a call or two. */
const POOR = micros(4_000_000);

const random = seeded(SEED);
const rooms = makeTextRooms(ROOMS, SERVER_NAME);
const INVITE = invitation();

let gateway: Gateway;
let database: ChosenDatabase;
let homeserver: FakeHomeserver;
let peer: SipPeer;
let callers: CallerIn;
/** Call-IDs of INVITEs that reached the telephone network, and of those that came from it. */
const seen = { out: new Map<string, string>(), in: new Set<string>() };

beforeAll(async () => {
  database = await chosenDatabase();
  peer = await SipPeer.start({ answerAfterMs: 60, behaviourOf });
  peer.onCall = (callId, number) => seen.out.set(callId, number.slice(-10));
  const homeserverPort = await freePort();
  gateway = await Gateway.prepare({
    serverName: SERVER_NAME,
    homeserverUrl: `http://127.0.0.1:${homeserverPort}`,
    trunk: { host: '127.0.0.1', port: peer.port, rates: 'main' },
    config: {
      ...database.config,
      lines: rooms.map(({ line, user }) => ({ number: line, users: [user] })),
      credit: { currency: EUR, default: 'prepaid', warn_before_s: 1, reserve_s: 2 },
      fraud: {
        price_per_minute: 0,
        spend_per_day: 0,
        minutes_per_day: 0,
        calls_per_minute: 0,
        calls_per_hour: 0,
        numbers_per_hour: 0,
      },
      dialer: { enabled: false },
      log: { level: 'info', format: 'json' },
    },
  });
  callers = new CallerIn(peer, gateway.sipPort);
  const { hsToken } = await gateway.tokens();
  homeserver = await FakeHomeserver.start(
    { gatewayUrl: gateway.url, hsToken, stateOf: stateOfRooms(rooms) },
    homeserverPort,
  );
  // Compiled code is kept between the many starts; a process that is killed keeps none, so one ends in peace first.
  vi.stubEnv('NODE_COMPILE_CACHE', path.join(gateway.folder, 'compiled'));
  await gateway.start();
  await gateway.healthy();
  await enterTextRooms(rooms, homeserver);
  await gateway.halt();
  await payIn();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await gateway?.stop();
  await homeserver?.stop();
  peer?.stop();
  await database?.remove();
});

describe(`a gateway that is killed ${KILLS} times in calls (seed ${SEED})`, () => {
  it(
    'has each call in its books once, closed and settled',
    async () => {
      homeserver.onEvent = ({ roomId, type, content }) => {
        if (type === 'm.call.invite') void answerIn(roomId, content);
      };
      const calling = new AbortController();
      const people = rooms.map((room, n) =>
        n % 3 === 0 ? callIn(room, calling.signal) : callOut(room, calling.signal),
      );
      for (let kill = 0; kill < KILLS; kill++) {
        await gateway.start();
        await pause(random() * LONGEST_LIFE_MS);
        await gateway.kill();
      }
      await gateway.start();
      calling.abort();
      await Promise.all(people);
      await gateway.healthy();
      await until('the last calls to end', async () => (await liveCalls()) === 0, { timeoutMs: 90_000 });
      await gateway.halt();
      await readBooks();
    },
    WHOLE_MS,
  );
});

async function readBooks(): Promise<void> {
  const { store, ledger } = await openBooks();
  try {
    const records: StoredRecord[] = [];
    for await (const record of store.records().stream({})) records.push(record);
    expect(records.filter(({ isOpen }) => isOpen)).toEqual([]);
    expect(await ledger.verify()).toEqual([]);

    const prices: Micros[] = [];
    for (const record of records) {
      const posted = await ledger.about(record.callRef);
      const charged = sum(...posted.filter(({ reason }) => reason === 'call-charge').map(({ amount }) => amount));
      expect({ callRef: record.callRef, price: record.money?.price ?? NOTHING }).toEqual({
        callRef: record.callRef,
        price: charged,
      });
      expect(record.money?.listPrice ?? NOTHING).toBe(listPriceOf(record));
      expect(charged).toBeLessThanOrEqual(record.money?.listPrice ?? NOTHING);
      prices.push(charged);
    }
    expect(await ledger.balance('house:revenue')).toBe(sum(...prices));
    for (const { user, balance, held } of await ledger.users()) {
      expect({ user, held }).toEqual({ user, held: 0 });
      expect(balance).toBeGreaterThanOrEqual(0);
    }

    // Each call of a client is there once, however often its event was given out.
    const out = records.filter(({ direction, isInside }) => direction === 'out' && !isInside);
    const ofClients = out.map(({ roomId, callId }) => `${roomId} ${callId}`);
    const twice = new Set(ofClients.filter((one, at) => ofClients.indexOf(one) < at));
    expect(out.filter(({ roomId, callId }) => twice.has(`${roomId} ${callId}`))).toEqual([]);
    // Each INVITE that reached the telephone network is of a call that was in the books before it.
    for (const room of rooms) {
      const invites = [...seen.out.values()].filter((number) => number === room.telephone.slice(-10)).length;
      const entered = out.filter(
        ({ user, legs, end }) => user === room.user && (legs.length > 0 || end?.cause === 'gateway-restarted'),
      );
      expect(entered.length).toBeGreaterThanOrEqual(invites);
    }
    const legs = out.flatMap((record) =>
      record.legs.flatMap((leg) => (leg.kind === 'telephone' ? (leg.sipCallId ?? []) : [])),
    );
    expect(new Set(legs).size).toBe(legs.length);
    // And each that came in is there at most once: one that came while nobody listened is not.
    const into = records.filter(({ direction }) => direction === 'in').map(({ sipCallId }) => sipCallId ?? '');
    expect(new Set(into).size).toBe(into.length);
    expect(into.filter((callId) => !seen.in.has(callId))).toEqual([]);

    // The test is of no use if nothing of all that happened.
    const causes = new Set(records.map(({ end }) => end?.cause));
    expect([...causes]).toEqual(expect.arrayContaining(['gateway-restarted', 'line-busy']));
    expect(records.filter(({ direction, talkMs }) => direction === 'out' && talkMs > 0).length).toBeGreaterThan(KILLS);
    const interrupted = records.filter(({ end }) => end?.cause === 'gateway-restarted');
    expect(interrupted.some(({ money }) => money !== undefined && money.price > 0)).toBe(true);
    expect(into.length).toBeGreaterThan(KILLS);
    expect(records.some(({ direction, answeredAt }) => direction === 'in' && answeredAt !== undefined)).toBe(true);
  } finally {
    await store.close();
  }
}

function listPriceOf({ direction, answeredAt, talkMs }: StoredRecord): Micros {
  if (direction === 'in') return NOTHING;
  return charge({ currency: EUR, ...PRICE }, answeredAt === undefined ? undefined : talkMs).amount;
}

async function openBooks() {
  const store = await openStore(database.options(path.join(gateway.folder, 'trunkline.sqlite')));
  return { store, ledger: store.ledger({ currency: EUR, termsOf: () => ({ kind: 'prepaid', limit: NOTHING }) }) };
}

/** A price list, and credit for everybody. */
async function payIn(): Promise<void> {
  const { store, ledger } = await openBooks();
  const now = Date.now();
  await store.rates.import({
    deck: 'main',
    currency: EUR,
    rates: [{ prefix: '44', terms: { service: 'call', ...PRICE }, from: 0 }],
    mode: 'replace',
    now,
    actor: 'test',
  });
  for (const [n, { user }] of rooms.entries()) {
    const amount = n % 4 === 1 ? POOR : RICH;
    await ledger.post(
      [{ key: `topup:${user}`, from: 'house:payments', to: `user:${user}`, amount, reason: 'topup' }],
      now,
    );
  }
  await store.close();
}

async function liveCalls(): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^trunkline_calls (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}

function behaviourOf(): Behaviour {
  const chance = random();
  return chance < 0.7 ? 'answers' : chance < 0.85 ? 'busy' : 'rings';
}

/** One call after the other, hung up after a while whatever became of it. */
async function callOut(room: TextRoom, signal: AbortSignal): Promise<void> {
  for (let n = 0; !signal.aborted; n++) {
    const call = { room_id: room.id, sender: room.user };
    const common = { call_id: `${room.id}-${n}`, version: '1', party_id: 'CLIENT' };
    homeserver.push({ ...call, type: 'm.call.invite', content: { ...INVITE, ...common } });
    await pause(random() * 2_500);
    homeserver.push({ ...call, type: 'm.call.hangup', content: { ...common, reason: 'user_hangup' } });
    await pause(random() * 300);
  }
}

async function callIn(room: TextRoom, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const callId = callers.call(room.telephone, room.line);
    seen.in.add(callId);
    await pause(random() * 4_000);
    callers.hangUp(callId);
    await pause(random() * 300);
  }
}

/** Half of the calls in are taken, by a client that hears the telephone for a while. */
async function answerIn(roomId: string, { call_id: callId, offer }: Json): Promise<void> {
  const room = rooms.find(({ id }) => id === roomId);
  if (room === undefined || random() < 0.5) return;
  const browser = new BrowserPeer();
  const sdp = await browser.answer((offer as { readonly sdp: string }).sdp);
  const content = { call_id: callId, version: '1', party_id: 'CLIENT', answer: { type: 'answer', sdp } };
  homeserver.push({ room_id: roomId, sender: room.user, type: 'm.call.answer', content });
  await pause(3_000);
  await browser.close();
}

/** What an Element Web sends. */
function invitation(): Json {
  const recorded = new URL('../matrix/data/element-dial.json', import.meta.url);
  const events = JSON.parse(readFileSync(recorded, 'utf8')) as readonly {
    readonly type: string;
    readonly content: Json;
  }[];
  const invite = events.find(({ type }) => type === 'm.call.invite');
  if (invite === undefined) throw new Error('the recorded events have no invite');
  return invite.content;
}
