/**
 * A homeserver that costs next to nothing: says yes to every request of the gateway, hands events to it in transactions, one
 * at a time and the waiting ones together, as Synapse does. What the gateway sends comes back to it, as it would.
 */
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

export type Json = Readonly<Record<string, unknown>>;

const RETRY_MS = 50;
/** Transaction IDs; what is repeated comes soon. */
const MOST_REMEMBERED = 100_000;

export interface SentEvent {
  readonly eventId: string;
  readonly roomId: string;
  readonly sender: string;
  readonly type: string;
  readonly content: Json;
}

interface Waiting {
  readonly event: Json;
  readonly onLeaving: ((at: number) => void) | undefined;
}

export interface FakeHomeserverOptions {
  readonly gatewayUrl: string;
  readonly hsToken: string;
  /** Room state that ghosts read when they join. */
  readonly stateOf: (roomId: string) => readonly Json[];
  /** Makes a room for a ghost; whoever it invites joins at once. Default: no room can be made. */
  readonly createRoom?: (creator: string, invited: readonly string[]) => string;
}

export class FakeHomeserver {
  readonly #options: FakeHomeserverOptions;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2 });
  readonly #queue: Waiting[] = [];
  #sending = false;
  #stopped = false;
  #transactions = 0;
  #events = 0;
  /** Events by who sent them and their transaction ID: a repeated one is the same event. */
  readonly #sent = new Map<string, string>();
  /** Answers everything with 502, as a proxy before a homeserver that is away. */
  isAway = false;
  /** Told of each event that the gateway sends. */
  onEvent: (event: SentEvent) => void = () => {};
  /** Told when a ghost has joined. */
  onJoin: (roomId: string, ghost: string) => void = () => {};
  /** Told when a ghost has read as far as an event. */
  onReceipt: (roomId: string, ghost: string, eventId: string) => void = () => {};

  private constructor(options: FakeHomeserverOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    server.on('request', (incoming, response) => {
      // A gateway that is killed leaves requests half sent.
      this.#answer(incoming, response).catch(() => response.destroy());
    });
  }

  static async start(options: FakeHomeserverOptions, port: number): Promise<FakeHomeserver> {
    const server = createServer({ keepAliveTimeout: 10_000 });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new FakeHomeserver(options, server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get transactions(): number {
    return this.#transactions;
  }

  /**
   * Puts an event into the next transaction.
   * @param onLeaving told the time (performance.now) at which the transaction is handed to the socket
   * @returns the event's ID
   */
  push(event: Json, onLeaving?: (at: number) => void): string {
    this.#events += 1;
    const now = Date.now();
    const eventId = `$${this.#events}:${now}`;
    const complete = { event_id: eventId, origin_server_ts: now, unsigned: { age: 1 }, ...event };
    this.#queue.push({ event: complete, onLeaving });
    if (!this.#sending) void this.#send();
    return eventId;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #send(): Promise<void> {
    this.#sending = true;
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, 100);
      const body = Buffer.from(JSON.stringify({ events: batch.map(({ event }) => event) }));
      this.#transactions += 1;
      const path = `/_matrix/app/v1/transactions/${this.#transactions}`;
      await this.#untilTaken(path, body, (at) => {
        for (const { onLeaving } of batch) onLeaving?.(at);
      });
    }
    this.#sending = false;
  }

  /** A gateway that is down gets the transaction again until it takes it, as from Synapse. */
  async #untilTaken(path: string, body: Buffer, onLeaving: (at: number) => void): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#call('PUT', path, body, onLeaving);
        return;
      } catch (error) {
        if (!isDown(error)) throw error;
        await setTimeout(RETRY_MS);
      }
    }
  }

  /** Rejects when the gateway answers anything but 200. */
  #call(method: string, path: string, body: Buffer, onLeaving?: (at: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const outgoing = request(`${this.#options.gatewayUrl}${path}`, {
        method,
        agent: this.#agent,
        headers: {
          authorization: `Bearer ${this.#options.hsToken}`,
          'content-type': 'application/json',
          'content-length': body.length,
        },
      });
      outgoing.on('response', (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${method} ${path} was answered ${response.statusCode}`));
        });
      });
      outgoing.on('error', reject);
      onLeaving?.(performance.now());
      outgoing.end(body);
    });
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const parts = url.pathname.split('/').slice(1).map(decodeURIComponent);
    const as = url.searchParams.get('user_id') ?? '';
    const text = Buffer.concat(chunks).toString();
    if (this.isAway) {
      response.writeHead(502).end('Bad Gateway');
      return;
    }
    const body = text === '' ? {} : (JSON.parse(text) as Json);
    const reply = await this.#reply(incoming.method ?? '', parts, as, body);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
  }

  #create(creator: string, body: Json): Json {
    const invited = Array.isArray(body.invite) ? body.invite.map(String) : [];
    const roomId = this.#options.createRoom?.(creator, invited);
    if (roomId === undefined) return {};
    for (const user of invited) this.push(membershipEvent(roomId, user, user, 'join'));
    return { room_id: roomId };
  }

  #take(sent: Omit<SentEvent, 'eventId'>, transactionId: string): string {
    const key = `${sent.sender} ${sent.roomId} ${transactionId}`;
    const known = this.#sent.get(key);
    if (known !== undefined) return known;
    const eventId = this.push({ type: sent.type, room_id: sent.roomId, sender: sent.sender, content: sent.content });
    this.#sent.set(key, eventId);
    if (this.#sent.size > MOST_REMEMBERED) this.#sent.delete(this.#sent.keys().next().value ?? '');
    this.onEvent({ ...sent, eventId });
    return eventId;
  }

  async #reply(method: string, parts: readonly string[], as: string, body: Json): Promise<unknown> {
    const [, , , noun, roomId = '', verb, type = '', transactionId = ''] = parts;
    if (noun === 'appservice') {
      const ping = Buffer.from(JSON.stringify({ transaction_id: body.transaction_id }));
      await this.#call('POST', '/_matrix/app/v1/ping', ping);
      return { duration_ms: 1 };
    }
    if (noun === 'createRoom') return this.#create(as, body);
    if (noun !== 'rooms') return {};
    switch (verb) {
      case 'join':
        this.onJoin(roomId, as);
        this.push(membershipEvent(roomId, as, as, 'join'));
        return { room_id: roomId };
      case 'messages':
        return { chunk: [], start: 't1' };
      case 'receipt':
        this.onReceipt(roomId, as, transactionId);
        return {};
      case 'state':
        if (type === 'm.room.member' && method === 'GET') return { membership: 'join' };
        return type === '' ? this.#options.stateOf(roomId) : { event_id: '$state' };
      case 'send':
        return { event_id: this.#take({ roomId, sender: as, type, content: body }, transactionId) };
      default:
        return {};
    }
  }
}

function isDown(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'ECONNREFUSED' || code === 'EPIPE';
}

export function membershipEvent(roomId: string, sender: string, target: string, membership: string): Json {
  return { type: 'm.room.member', room_id: roomId, sender, state_key: target, content: { membership } };
}

/** What a ghost reads of its room. */
export function stateOfRooms(
  rooms: readonly { readonly id: string; readonly user: string; readonly ghost: string }[],
): (roomId: string) => readonly Json[] {
  const byId = new Map(rooms.map((room) => [room.id, room]));
  return (roomId) => {
    const room = byId.get(roomId);
    if (room === undefined) return [];
    return [
      { type: 'm.room.create', state_key: '', sender: room.user, content: { room_version: '11' } },
      membershipEvent(roomId, room.user, room.user, 'join'),
      membershipEvent(roomId, room.ghost, room.ghost, 'join'),
    ];
  };
}
