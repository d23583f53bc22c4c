/**
 * The whole gateway as a process, between a homeserver that costs nothing and a telephone network by hand: for what needs
 * neither a browser nor a Synapse, and for input that neither of them would ever make.
 */
import type { PeerConfig } from 'werift';
import { encodeGhostId } from '../../../src/number/index.ts';
import { FakeHomeserver, type Json, membershipEvent, type SentEvent } from '../../bench/fake-homeserver.ts';
import { BrowserPeer } from '../../media/browser-peer.ts';
import { RawPeer } from '../../sip/server/raw-peer.ts';
import { type ConfigOverride, Gateway } from '../../world/gateway.ts';
import { freePort } from '../../world/ports.ts';
import { until } from '../../world/wait.ts';
import { Caller } from './caller.ts';
import { RoomCall } from './room-call.ts';
import { answering, Telephone } from './telephone.ts';
import { TextChat } from './text-chat.ts';

const SERVER_NAME = 'hs.test';
const RINGS_WITHIN_MS = 10_000;

/** Loopback on both sides; below the ports that the kernel hands out. */
export const MEDIA = {
  rtp: { bind: '127.0.0.1', port_min: 20_000, port_max: 23_999 },
  webrtc: { bind: ['127.0.0.1'], port_min: 24_000, port_max: 27_999 },
} as const;

export interface HouseOptions {
  readonly trunk?: ConfigOverride;
  /** Further trunks, each with a telephone network of its own: `networks[1]` and so on. */
  readonly otherTrunks?: readonly ConfigOverride[];
  readonly config?: ConfigOverride;
  /** What the clients' browsers are like. */
  readonly browsers?: Partial<PeerConfig>;
}

/** A room of one user and one ghost. */
export interface Room {
  readonly id: string;
  readonly user: string;
  readonly ghost: string;
  /** As it was dialled. */
  readonly number: string;
}

export class House {
  readonly gateway: Gateway;
  readonly homeserver: FakeHomeserver;
  /** The telephone network, byte by byte. */
  readonly network: RawPeer;
  /** Those of all trunks, in their order; `network` is the first. */
  readonly networks: readonly RawPeer[];
  readonly #browsers: HouseOptions['browsers'];
  readonly #rooms: Map<string, Room>;
  readonly #listeners = new Set<(event: SentEvent) => void>();
  readonly #readers = new Set<(roomId: string, ghost: string, eventId: string) => void>();
  readonly #joined = new Map<string, () => void>();
  #count = 0;

  private constructor(
    gateway: Gateway,
    homeserver: FakeHomeserver,
    networks: readonly [RawPeer, ...RawPeer[]],
    rooms: Map<string, Room>,
    browsers: HouseOptions['browsers'],
  ) {
    this.gateway = gateway;
    this.homeserver = homeserver;
    this.network = networks[0];
    this.networks = networks;
    this.#rooms = rooms;
    this.#browsers = browsers;
    homeserver.onEvent = (event) => {
      for (const listener of this.#listeners) listener(event);
    };
    homeserver.onReceipt = (...read) => {
      for (const reader of this.#readers) reader(...read);
    };
    homeserver.onJoin = (roomId) => this.#joined.get(roomId)?.();
  }

  static async open({ trunk = {}, otherTrunks = [], config = {}, browsers }: HouseOptions = {}): Promise<House> {
    const homeserverPort = await freePort();
    const sipPort = await freePort();
    const network = await RawPeer.open(`127.0.0.1:${sipPort}`);
    const others = await Promise.all(otherTrunks.map(() => RawPeer.open(`127.0.0.1:${sipPort}`)));
    const all = [trunk, ...otherTrunks].map((one, index) => ({
      name: index === 0 ? 'test' : `test${index + 1}`,
      transport: 'udp',
      host: '127.0.0.1',
      port: [network, ...others][index]?.port,
      // They share an address: calls in of the others are told by their login.
      ...(index === 0 ? {} : { inbound: { username: `provider${index}`, password: 'for tests alone' } }),
      ...one,
    }));
    const gateway = await Gateway.prepare({
      serverName: SERVER_NAME,
      homeserverUrl: `http://127.0.0.1:${homeserverPort}`,
      sipPort,
      trunk: { host: '127.0.0.1', port: network.port, ...trunk },
      config: {
        dialer: { enabled: false },
        media: { embedded: MEDIA },
        ...(otherTrunks.length > 0 ? { trunks: all } : {}),
        ...config,
      },
    });
    const { hsToken } = await gateway.tokens();
    const rooms = new Map<string, Room>();
    const homeserver = await FakeHomeserver.start(
      {
        gatewayUrl: gateway.url,
        hsToken,
        stateOf: (roomId) => stateOf(rooms.get(roomId)),
        createRoom: (ghost, [user = '']) => {
          const id = `!made${rooms.size}:${SERVER_NAME}`;
          rooms.set(id, { id, user, ghost, number: '' });
          return id;
        },
      },
      homeserverPort,
    );
    const house = new House(gateway, homeserver, [network, ...others], rooms, browsers);
    await house.start();
    return house;
  }

  /** Starts the gateway; settles when every part of it is up. */
  async start(): Promise<void> {
    await this.gateway.start();
    await this.gateway.healthy();
  }

  async close(): Promise<void> {
    await this.gateway.stop();
    await this.homeserver.stop();
    for (const network of this.networks) network.close();
  }

  /** The browser of a client. */
  browser(): BrowserPeer {
    return new BrowserPeer(undefined, this.#browsers);
  }

  /** A new user (or this one) who has invited the ghost of a number (a new one, or this); settles when the ghost is there. */
  async room(user?: string, dialled?: string): Promise<Room> {
    this.#count += 1;
    const number = dialled ?? `0181812${String(this.#count).padStart(4, '0')}`;
    const room = {
      id: `!room${this.#count}:${SERVER_NAME}`,
      user: user ?? `@user${this.#count}:${SERVER_NAME}`,
      ghost: String(
        encodeGhostId(number, { prefix: '_sip_', gatewayHost: 'sip.example.org', serverName: SERVER_NAME }),
      ),
      number,
    };
    this.#rooms.set(room.id, room);
    const joined = new Promise<void>((resolve) => this.#joined.set(room.id, resolve));
    this.homeserver.push(membershipEvent(room.id, room.user, room.ghost, 'invite'));
    await joined;
    return room;
  }

  /** A call of the room's user that has not begun; in a room of its own when none is given. */
  async call(room?: Room): Promise<RoomCall> {
    const place = room ?? (await this.room());
    const call = new RoomCall(place, `call${++this.#count}`, (event) => this.homeserver.push(event));
    this.#listeners.add((event) => call.heard(event));
    return call;
  }

  /** What is written and read in a room; in one of its own when none is given. */
  async chat(room?: Room): Promise<TextChat> {
    return this.#overhear(room ?? (await this.room()));
  }

  /** The chat in which a telephone's next text reaches this user. Ask for it before the telephone writes. */
  async textTo(user: string): Promise<TextChat> {
    const { promise, resolve, reject } = Promise.withResolvers<TextChat>();
    const timer = setTimeout(() => reject(new Error(`no text reached ${user}`)), RINGS_WITHIN_MS);
    const listener = (event: SentEvent): void => {
      const room = this.#rooms.get(event.roomId);
      if (event.type !== 'm.room.message' || room?.user !== user || event.sender !== room.ghost) return;
      const chat = this.#overhear(room);
      chat.heard(event);
      resolve(chat);
    };
    this.#listeners.add(listener);
    return await promise.finally(() => {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    });
  }

  #overhear(room: Room): TextChat {
    const chat = new TextChat(room, this.network, (event) => this.homeserver.push(event));
    this.#listeners.add((event) => chat.heard(event));
    this.#readers.add((roomId, ghost, eventId) => chat.wasRead(roomId, ghost, eventId));
    return chat;
  }

  /** A telephone that calls a number of ours; its INVITE is not sent yet. */
  caller(called: string, from?: string): Caller {
    return new Caller(this.network, called, from);
  }

  /** The next call that rings this user, wherever that is. Ask for it before the telephone calls. */
  async ring(user: string): Promise<RoomCall> {
    const { promise, resolve, reject } = Promise.withResolvers<SentEvent>();
    const timer = setTimeout(() => reject(new Error(`no call rang ${user}`)), RINGS_WITHIN_MS);
    const listener = (event: SentEvent): void => {
      if (event.type === 'm.call.invite' && event.content.invitee === user) resolve(event);
    };
    this.#listeners.add(listener);
    const invite = await promise.finally(() => {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    });
    const callId = String(invite.content.call_id);
    const room = { id: invite.roomId, user, ghost: invite.sender, number: '' };
    const call = new RoomCall(room, callId, (event) => this.homeserver.push(event));
    this.#listeners.add((event) => call.heard(event));
    call.heard(invite);
    return call;
  }

  /** The telephone that a call reaches: settles with its INVITE. */
  async telephone(room: Pick<Room, 'number'>, network = this.network): Promise<Telephone> {
    const digits = room.number.slice(1);
    const invite = await network.next(
      `INVITE to ${room.number}`,
      (one) => one.kind === 'request' && one.method === 'INVITE' && one.uri.includes(digits),
    );
    if (invite.kind !== 'request') throw new Error('an INVITE is a request');
    return new Telephone(network, invite);
  }

  /** The proof that the gateway is well: a call from its invite over its answer to its end on both sides. */
  async proveCallsWork(): Promise<void> {
    const call = await this.call();
    call.invite();
    const telephone = await this.telephone(call.room);
    telephone.reply(200, { sdp: answering() });
    await telephone.request('ACK');
    await call.next('m.call.answer');
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
  }

  /** Figures of `/metrics` by their name. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.gateway.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  /** Settles when no call, no media session and no SIP leg is left. */
  async quiet(): Promise<void> {
    await until('the gateway to have no calls left', async () => {
      const [calls, sessions] = [await this.metric('trunkline_calls'), await this.metric('trunkline_media_sessions')];
      // A call is over a moment before its record is written.
      const opened = await this.metric('trunkline_calls_opened_total');
      const recorded = (await this.metric('trunkline_calls_finished_total')) === opened;
      const health = await (await fetch(`${this.gateway.url}/health`)).text();
      return calls === 0 && sessions === 0 && recorded && health.includes('Connected; 0 calls.');
    });
  }
}

/** What a ghost reads of its room. */
function stateOf(room: Room | undefined): readonly Json[] {
  if (room === undefined) return [];
  return [
    { type: 'm.room.create', state_key: '', sender: room.user, content: { room_version: '11' } },
    membershipEvent(room.id, room.user, room.user, 'join'),
    membershipEvent(room.id, room.ghost, room.ghost, 'join'),
  ];
}
