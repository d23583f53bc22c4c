/**
 * The gateway is killed at random points of a stream of texts in both directions; afterwards both ends are compared. The homeserver
 * knows a repeated transaction, the network a repeated MESSAGE, as real ones do; the network also loses answers and repeats texts.
 * Each text out is paid for, once.
 *
 * TRUNKLINE_TEST_KILLS: how often it is killed. TRUNKLINE_TEST_SEED: to repeat a run. TRUNKLINE_TEST_DATABASE=postgres.
 */
import { randomInt } from 'node:crypto';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { FakeHomeserver, type SentEvent, stateOfRooms } from '../../bench/fake-homeserver.ts';
import { seeded } from '../../bench/seeded.ts';
import { type ChosenDatabase, chosenDatabase } from '../../world/chosen-database.ts';
import { Gateway } from '../../world/gateway.ts';
import { freePort } from '../../world/ports.ts';
import { API_CONFIG, ask, creditOf, ledgerFaults, topUp } from '../../world/provisioning.ts';
import { type TakenText, TextNetwork } from '../../world/texts/text-network.ts';
import { enterTextRooms, makeTextRooms, type TextRoom, textConfig, writtenBy } from '../../world/texts/text-rooms.ts';
import { until, Waiting } from '../../world/wait.ts';

const KILLS = Number(process.env.TRUNKLINE_TEST_KILLS ?? 60);
const SEED = Number(process.env.TRUNKLINE_TEST_SEED ?? randomInt(1, 1_000_000));
const SERVER_NAME = 'hs.test';
const ROOMS = 12;
/** From the first answer to the kill. */
const LONGEST_LIFE_MS = 1_000;
/** Texts of a room that are on their way out. */
const MOST_AHEAD = 20;
/** A kill takes a second or two, most of it to start again. */
const WHOLE_MS = 120_000 + KILLS * 5_000;

const random = seeded(SEED);
const rooms = makeTextRooms(ROOMS, SERVER_NAME);

let gateway: Gateway;
let database: ChosenDatabase;
let homeserver: FakeHomeserver;
let network: TextNetwork;
const log = { atHomeserver: [] as SentEvent[], atNetwork: new Map<string, TakenText[]>(), news: new Waiting() };

beforeAll(async () => {
  database = await chosenDatabase();
  // One answer in ten is lost.
  network = await TextNetwork.start({
    repeatMs: [100, 200],
    answer: (_text, copy) => (copy === 0 && random() < 0.1 ? undefined : 200),
  });
  network.onText = (text) => {
    const telephone = text.to.slice(-10);
    log.atNetwork.set(telephone, [...(log.atNetwork.get(telephone) ?? []), text]);
    log.news.announce();
  };
  const homeserverPort = await freePort();
  const { trunk, config } = textConfig(rooms, SERVER_NAME);
  gateway = await Gateway.prepare({
    serverName: SERVER_NAME,
    homeserverUrl: `http://127.0.0.1:${homeserverPort}`,
    trunk: { host: '127.0.0.1', port: network.port, rates: 'carrier', ...trunk },
    config: {
      ...config,
      ...database.config,
      api: API_CONFIG,
      credit: { currency: 'EUR', default: 'prepaid' },
      log: { level: 'info', format: 'json' },
    },
  });
  const { hsToken } = await gateway.tokens();
  homeserver = await FakeHomeserver.start(
    { gatewayUrl: gateway.url, hsToken, stateOf: stateOfRooms(rooms) },
    homeserverPort,
  );
  homeserver.onEvent = (event) => {
    log.atHomeserver.push(event);
    log.news.announce();
  };
  // Compiled code is kept between the many starts; a process that is killed keeps none, so one ends in peace first.
  vi.stubEnv('NODE_COMPILE_CACHE', path.join(gateway.folder, 'compiled'));
  await gateway.start();
  await gateway.healthy();
  await enterTextRooms(rooms, homeserver);
  await ask({ gateway }, 'POST', '/decks/carrier/imports', { csv: 'prefix,name,per_text\n44,Britain,0.01\n' });
  for (const { user } of rooms) await topUp({ gateway }, user, '1000.00');
  await gateway.halt();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await gateway?.stop();
  await homeserver?.stop();
  network?.stop();
  await database?.remove();
});

/** What was written, by lane, in its order. */
type Written = Map<TextRoom, string[]>;

const emptyLanes = (): Written => new Map(rooms.map((room) => [room, []]));

describe(`a gateway that is killed ${KILLS} times (seed ${SEED})`, () => {
  it(
    'loses no text and doubles none, and keeps each conversation in order',
    async () => {
      const out = emptyLanes();
      const into = emptyLanes();
      const writing = new AbortController();
      const writers = rooms.flatMap((room) => [
        writeOut(room, out.get(room) ?? [], writing.signal),
        writeIn(room, into.get(room) ?? [], writing.signal),
      ]);
      for (let kill = 0; kill < KILLS; kill++) await killSomewhere();
      await gateway.start();
      writing.abort();
      log.news.announce();
      await Promise.all(writers);
      // The last of each conversation: when it is there, nothing before it can still be on its way.
      for (const room of rooms) {
        homeserver.push(writtenBy(room, note(out.get(room), 'out', room)));
        await network.send(
          { from: room.telephone, to: room.line, body: note(into.get(room), 'in', room) },
          gateway.sipPort,
        );
      }
      const late = (what: string) => ({
        timeoutMs: 90_000,
        error: () => new Error(`${what}; seed ${SEED}\n${gateway.log.slice(-4_000)}`),
      });
      for (const room of rooms) {
        const [lastOut, lastIn] = [out.get(room)?.at(-1), into.get(room)?.at(-1)];
        await log.news.until(
          () => telephoneHas(room).some(({ body }) => body === lastOut),
          late(`${lastOut} never came`),
        );
        await log.news.until(() => roomHas(room).includes(lastIn ?? ''), late(`${lastIn} never came`));
      }
      for (const room of rooms) {
        expect(telephoneHas(room).map(({ body }) => body)).toEqual(out.get(room));
        expect(roomHas(room)).toEqual(into.get(room));
      }
      const all = [...out.values(), ...into.values()].flat();
      expect(all.length).toBeGreaterThan(KILLS);
      expect(failures()).toEqual([]);
      for (const { user, ...room } of rooms) {
        const texts = out.get(rooms.find(({ id }) => id === room.id) as TextRoom)?.length ?? 0;
        const paid = { balance: { amount: (1_000 - texts / 100).toFixed(2) }, held: { amount: '0.00' } };
        await until(`${user} to have paid for each text once`, async () => {
          const { balance, held } = await creditOf({ gateway }, user);
          return balance.amount === paid.balance.amount && held.amount === paid.held.amount;
        });
      }
      expect(await ledgerFaults({ gateway })).toEqual([]);
    },
    WHOLE_MS,
  );
});

/** Anywhere from its first answer, when most of it is still to start, to the middle of the stream. */
async function killSomewhere(): Promise<void> {
  await gateway.start();
  await pause(random() * LONGEST_LIFE_MS);
  await gateway.kill();
}

/** Not far ahead of the telephone: what piled up would only have to be waited for. */
async function writeOut(room: TextRoom, written: string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await log.news.until(() => signal.aborted || telephoneHas(room).length > written.length - MOST_AHEAD);
    homeserver.push(writtenBy(room, note(written, 'out', room)));
    await pause(random() * 600);
  }
}

/** One after the other: what is under way at once has no order. */
async function writeIn(room: TextRoom, written: string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const text = { from: room.telephone, to: room.line, body: note(written, 'in', room) };
    await network.send(text, gateway.sipPort, { andAgain: random() < 0.2 });
    await pause(random() * 30);
  }
}

function note(written: string[] | undefined, direction: 'out' | 'in', room: TextRoom): string {
  const body = `${direction} ${rooms.indexOf(room)} no ${written?.length ?? 0}`;
  written?.push(body);
  return body;
}

/** Repeats are told by the network itself: each key is here once. */
function telephoneHas({ telephone }: TextRoom): readonly TakenText[] {
  return log.atNetwork.get(telephone.slice(-10)) ?? [];
}

function roomHas({ id, ghost }: TextRoom): readonly string[] {
  return log.atHomeserver
    .filter((event) => event.roomId === id && event.sender === ghost && event.content.msgtype === 'm.text')
    .map(({ content }) => String(content.body));
}

/** What users were told went wrong: every text arrived, so nothing did. */
function failures(): readonly unknown[] {
  return log.atHomeserver
    .filter(({ content }) => content.status === 'FAIL_RETRIABLE' || content.status === 'FAIL_PERMANENT')
    .map(({ content }) => content.message);
}
