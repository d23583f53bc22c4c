/** A Matrix side with a fake homeserver, a store in memory and a listener that only takes notes. */
import Fastify from 'fastify';
import pino from 'pino';
import { expect } from 'vitest';
import type { Clock } from '../../../../src/matrix/clock.ts';
import {
  type CallRoom,
  type ChatOperations,
  createMatrixSide,
  type IncomingCallEvent,
  type Lines,
  type MatrixSettings,
  type MatrixUserId,
  type RealUsers,
  type RoomId,
  type TextListener,
} from '../../../../src/matrix/index.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { FakeHomeserver } from './fake-homeserver.ts';

export const ROOM = '!room:hs.test' as RoomId;
export const ALICE = '@alice:hs.test' as MatrixUserId;
export const MALLORY = '@mallory:hs.test' as MatrixUserId;
export const GHOST = '@_sip_01818118181=40sip.example.org:hs.test' as MatrixUserId;

export const settings: MatrixSettings = {
  homeserverUrl: 'http://127.0.0.1:1',
  serverName: 'hs.test',
  appserviceId: 'trunkline',
  appserviceUrl: 'http://127.0.0.1:2',
  senderLocalpart: 'trunkline',
  asToken: 'as-secret',
  hsToken: 'hs-secret',
  ghostPrefix: '_sip_',
  gatewayHost: 'sip.example.org',
};

/** Real pauses cut to nothing: retries follow at once, in order. */
export const hurriedClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(delayMs, 1));
    return () => clearTimeout(timer);
  },
};

export const realClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface World {
  readonly homeserver: FakeHomeserver;
  readonly store: Store;
  readonly calls: { readonly event: IncomingCallEvent; readonly room: CallRoom }[];
  readonly closed: { readonly roomId: RoomId; readonly ghost: MatrixUserId }[];
  /** Who was about to be sent out of a room. */
  readonly sentAway: { readonly roomId: RoomId; readonly user: MatrixUserId }[];
  readonly log: Record<string, unknown>[];
  readonly side: ReturnType<typeof createMatrixSide>;
  readonly http: ReturnType<typeof Fastify>;
  /** A transaction of the homeserver. */
  push(txnId: string, ...events: unknown[]): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly store?: Store;
  readonly homeserver?: FakeHomeserver;
  readonly clock?: Clock;
  readonly settings?: Partial<MatrixSettings>;
  readonly actingHomeserver?: FakeHomeserver;
  readonly lines?: Lines;
  readonly realUsers?: RealUsers;
  /** Absent: the gateway carries calls only. */
  readonly texts?: TextListener;
  /** Absent: there are only the commands of the Matrix side. */
  readonly operations?: (store: Store) => ChatOperations;
  readonly onCallEvent?: (event: IncomingCallEvent) => void | Promise<void>;
  /** Default true. */
  readonly started?: boolean;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const store = options.store ?? (await openStore({ path: ':memory:' }));
  const homeserver = options.homeserver ?? new FakeHomeserver();
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line)) });
  const calls: World['calls'] = [];
  const closed: World['closed'] = [];
  const sentAway: World['sentAway'] = [];
  const side = createMatrixSide({
    settings: { ...settings, ...options.settings },
    store,
    clock: options.clock ?? hurriedClock,
    logger,
    homeserver,
    ...(options.actingHomeserver ? { actingHomeserver: options.actingHomeserver } : {}),
    numbers: {
      isDialable: (text) => /^[+0-9*#][0-9*# -]*$|^1800[A-Z]+$|^sips?:\S+@\S+$/i.test(text) && text.length < 100,
      displayName: (text) => `Tel ${text}`,
      canonical: (dialled) => dialled.replace(/[ -]/g, '').replace(/^0(?=[1-9])/, '+44'),
    },
    permissions: { mayCall: (user) => user !== MALLORY },
    ...(options.lines ? { lines: options.lines } : {}),
    ...(options.realUsers ? { realUsers: options.realUsers } : {}),
  });
  const http = Fastify();
  await http.register(side.plugin);
  await http.ready();
  const listener = {
    async onCallEvent(event: IncomingCallEvent, room: CallRoom) {
      calls.push({ event, room });
      await options.onCallEvent?.(event);
    },
    onRoomClosed(roomId: RoomId, ghost: MatrixUserId) {
      closed.push({ roomId, ghost });
    },
    onSentAway(roomId: RoomId, user: MatrixUserId) {
      sentAway.push({ roomId, user });
    },
    ...(options.texts ? { texts: options.texts } : {}),
    ...(options.operations ? { operations: options.operations(store) } : {}),
  };
  if (options.started ?? true) {
    await side.start(listener);
    // What it does by itself at the start (ping, TURN, its own user) is over before a test looks at requests.
    await expect.poll(() => homeserver.lines(/register/).length).toBe(1);
    await expect.poll(() => store.ghosts.find('@trunkline:hs.test')).toBeDefined();
    const own = /\/ping$|turnServer$|\/register$|profile\/%40trunkline/;
    homeserver.requests.splice(
      0,
      Number.POSITIVE_INFINITY,
      ...homeserver.requests.filter(({ path }) => !own.test(path)),
    );
  }
  return {
    homeserver,
    store,
    calls,
    closed,
    sentAway,
    log,
    side,
    http,
    async push(txnId, ...events) {
      const reply = await http.inject({
        method: 'PUT',
        url: `/_matrix/app/v1/transactions/${txnId}`,
        headers: { authorization: 'Bearer hs-secret', 'content-type': 'application/json' },
        payload: JSON.stringify({ events }),
      });
      return { status: reply.statusCode, body: reply.json() as unknown };
    },
    async close() {
      await side.stop(0);
      await http.close();
      if (options.store === undefined) await store.close();
    },
  };
}

let count = 0;

/** An event as a homeserver pushes it. */
export function event(type: string, content: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  count += 1;
  return {
    type,
    content,
    event_id: `$event-${count}`,
    room_id: ROOM,
    sender: ALICE,
    origin_server_ts: Date.now(),
    unsigned: { age: 10 },
    ...more,
  };
}

export function member(target: string, membership: string, more: Record<string, unknown> = {}) {
  return event('m.room.member', { membership }, { state_key: target, ...more });
}

export function invite(callId: string, content: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  const offer = { type: 'offer', sdp: 'v=0\r\n' };
  const rest = { party_id: 'DEVICE', version: '1', lifetime: 60_000, offer };
  return event('m.call.invite', { call_id: callId, ...rest, ...content }, more);
}

export function state(...members: readonly string[]): Record<string, unknown>[] {
  return members.map((id) => ({ type: 'm.room.member', state_key: id, content: { membership: 'join' } }));
}
