/** The Matrix side beside a real Synapse, and users of it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Fastify from 'fastify';
import pino from 'pino';
import { stringify } from 'yaml';
import {
  type CallRoom,
  createMatrixSide,
  type IncomingCallEvent,
  type MatrixSettings,
  type MatrixSide,
  type MatrixUserId,
  type TextListener,
} from '../../../../src/matrix/index.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { type MatrixSession, Synapse } from '../../../world/synapse.ts';
import { until } from '../../../world/wait.ts';
import { settings as base, realClock } from './side.ts';

export interface RealWorldOptions {
  readonly settings?: Partial<MatrixSettings>;
  /** Laid over Synapse's configuration. */
  readonly synapse?: Readonly<Record<string, unknown>>;
  /** With a second application service that may act for users. */
  readonly actsForUsers?: boolean;
  /** Absent: the gateway carries calls only. */
  readonly texts?: TextListener;
  /** Default: everybody. */
  readonly mayCall?: (user: MatrixUserId) => boolean;
}

export interface RealWorld {
  readonly synapse: Synapse;
  readonly store: Store;
  /** A user who was there before the gateway. */
  readonly alice: TestUser;
  readonly side: MatrixSide;
  readonly calls: { readonly event: IncomingCallEvent; readonly room: CallRoom }[];
  readonly log: { readonly msg?: string }[];
  user(name: string): Promise<TestUser>;
  stop(): Promise<void>;
}

const JOIN_TOKEN = 'join-secret';
const LINES = new Map([['@alice:hs.test', ['+441632960001', '+441632960002']]]);

export async function startRealWorld(options: RealWorldOptions = {}): Promise<RealWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trunkline-matrix-'));
  const http = Fastify();
  // The routes need the homeserver's address, its configuration needs ours: a port is found first.
  const placeholder = Fastify();
  const url = await placeholder.listen({ port: 0, host: '127.0.0.1' });
  await placeholder.close();
  const file = async (name: string, content: unknown) => {
    const where = path.join(folder, name);
    await writeFile(where, stringify(content));
    return where;
  };
  const registration = await file('registration.yaml', {
    id: base.appserviceId,
    url,
    as_token: base.asToken,
    hs_token: base.hsToken,
    sender_localpart: base.senderLocalpart,
    rate_limited: false,
    receive_ephemeral: true,
    protocols: ['m.protocol.pstn', 'im.vector.protocol.pstn'],
    namespaces: {
      users: [
        { exclusive: true, regex: '^@_sip_.*:hs\\.test$' },
        { exclusive: true, regex: '^@\\.tel\\..*:hs\\.test$' },
      ],
    },
  });
  const joining = await file('join.yaml', {
    id: 'trunkline-join',
    url: null,
    as_token: JOIN_TOKEN,
    hs_token: 'never used',
    sender_localpart: 'trunkline-join',
    rate_limited: false,
    namespaces: { users: [{ exclusive: false, regex: '^@.*:hs\\.test$' }] },
  });
  const registrationFiles = options.actsForUsers ? [registration, joining] : [registration];
  const synapse = await Synapse.start({ serverName: 'hs.test', registrationFiles, config: options.synapse ?? {} });
  const user = async (name: string) => new TestUser(synapse, await synapse.register(name, `secret of ${name}`));
  const alice = await user('alice');
  const store = await openStore({ path: path.join(folder, 'trunkline.sqlite') });
  const calls: RealWorld['calls'] = [];
  const log: { readonly msg?: string }[] = [];
  const side = createMatrixSide({
    settings: {
      ...base,
      homeserverUrl: synapse.url,
      appserviceUrl: url,
      ...(options.actsForUsers ? { joinToken: JOIN_TOKEN } : {}),
      ...options.settings,
    },
    store,
    clock: realClock,
    logger: pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line)) }),
    numbers: { isDialable: (text) => /^[+0-9*#]+$/.test(text), displayName: (text) => `Tel ${text}` },
    permissions: { mayCall: options.mayCall ?? (() => true) },
    lines: { of: (user) => LINES.get(user) ?? [], show: (number) => number },
  });
  await http.register(side.plugin);
  await http.listen({ port: Number(new URL(url).port), host: '127.0.0.1' });
  await side.start({
    onCallEvent: (event, room) => void calls.push({ event, room }),
    ...(options.texts === undefined ? {} : { texts: options.texts }),
  });
  await until('the loop to be proven', () => side.health().ping?.state === 'proven');
  return {
    synapse,
    store,
    side,
    calls,
    log,
    user,
    alice,
    async stop() {
      await side.stop();
      await http.close();
      await synapse.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface RoomEvent {
  readonly event_id: string;
  readonly origin_server_ts: number;
  readonly type: string;
  readonly sender: string;
  readonly content: Record<string, unknown>;
  readonly state_key?: string;
}

const room = (roomId: string, rest: string) => `/rooms/${encodeURIComponent(roomId)}/${rest}`;

export class TestUser {
  readonly id: MatrixUserId;
  readonly session: MatrixSession;
  readonly #synapse: Synapse;
  readonly #token: string;
  #syncs = 0;

  constructor(synapse: Synapse, session: MatrixSession) {
    this.#synapse = synapse;
    this.id = session.userId as MatrixUserId;
    this.session = session;
    this.#token = session.accessToken;
  }

  ask(method: string, resource: string, body?: unknown): Promise<unknown> {
    return this.#synapse.request(method, `/_matrix/client/v3${resource}`, { body, token: this.#token });
  }

  async createRoom(body: unknown): Promise<string> {
    return ((await this.ask('POST', '/createRoom', body)) as { room_id: string }).room_id;
  }

  join(roomId: string): Promise<unknown> {
    return this.ask('POST', room(roomId, 'join'), {});
  }

  leave(roomId: string): Promise<unknown> {
    return this.ask('POST', room(roomId, 'leave'), {});
  }

  send(roomId: string, type: string, content: unknown): Promise<unknown> {
    return this.ask('PUT', room(roomId, `send/${type}/${Math.random()}`), content);
  }

  write(roomId: string, body: string): Promise<unknown> {
    return this.send(roomId, 'm.room.message', { msgtype: 'm.text', body });
  }

  setState(roomId: string, type: string, content: unknown): Promise<unknown> {
    return this.ask('PUT', room(roomId, `state/${type}/`), content);
  }

  /** Newest first. */
  async events(roomId: string): Promise<readonly RoomEvent[]> {
    return ((await this.ask('GET', room(roomId, 'messages?dir=b&limit=100'))) as { chunk: RoomEvent[] }).chunk;
  }

  async state(roomId: string): Promise<readonly RoomEvent[]> {
    return (await this.ask('GET', room(roomId, 'state'))) as RoomEvent[];
  }

  /** What others have said in a room, oldest first. */
  async heard(roomId: string): Promise<readonly string[]> {
    const said = (await this.events(roomId)).filter(
      ({ type, sender }) => type === 'm.room.message' && sender !== this.id,
    );
    return said.map(({ content }) => String(content.body)).reverse();
  }

  async rooms(): Promise<readonly string[]> {
    return ((await this.ask('GET', '/joined_rooms')) as { joined_rooms: string[] }).joined_rooms;
  }

  /** Rooms that the user is invited to, with who invites. */
  async invitations(): Promise<readonly { readonly roomId: string; readonly from: string }[]> {
    // Synapse keeps the answer to a first sync for two minutes, for the same filter.
    this.#syncs += 1;
    const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: this.#syncs } } }));
    const { rooms } = (await this.ask('GET', `/sync?timeout=0&filter=${filter}`)) as {
      rooms?: { invite?: Record<string, { invite_state: { events: RoomEvent[] } }> };
    };
    return Object.entries(rooms?.invite ?? {}).map(([roomId, { invite_state }]) => {
      const own = invite_state.events.find((event) => event.state_key === this.id);
      return { roomId, from: own?.sender ?? '' };
    });
  }

  async directChats(): Promise<Readonly<Record<string, string[]>>> {
    const path = `/user/${encodeURIComponent(this.id)}/account_data/m.direct`;
    return (await this.ask('GET', path)) as Record<string, string[]>;
  }
}
