/** Users with numbers and telephones that write to one another, as the tests of texts need them. */
import type { RoomEvent } from '../world/ladder.ts';
import { type PeerText, TextPeer } from '../world/peers/texter.ts';
import { until } from '../world/wait.ts';
import { SERVER_NAME, type User, type World, type WorldOptions } from '../world/world.ts';
import { MatrixClient } from './matrix-client.ts';

type Content = Readonly<Record<string, unknown>>;

const MOST_USERS = 40;

/** Users are called user1, user2 … in the order in which they come, and each has a number. */
export const userId = (n: number) => `@user${n}:${SERVER_NAME}`;
export const numberOf = (n: number) => `+4418181181${10 + n}`;

/**
 * A world whose trunk carries texts, from which users have numbers; texts that fail for the moment are tried again soon.
 * @param trunk laid over the trunk's `texts`
 * @param texts laid over the configuration's `texts`
 * @param config laid over the configuration
 */
export function textWorld({
  trunk = {},
  texts = {},
  config = {},
}: Partial<Record<'trunk' | 'texts' | 'config', Content>> = {}): WorldOptions {
  return {
    trunk: { inbound: { allow_from: ['127.0.0.1'] }, texts: { enabled: true, ...trunk } },
    config: {
      rooms: { join_users: 'as-user' },
      texts: { first_retry_s: 1, per_minute: 10_000, inbound_per_minute: 10_000, ...texts },
      lines: Array.from({ length: MOST_USERS }, (_, i) => ({ number: numberOf(i + 1), users: [userId(i + 1)] })),
      ...config,
    },
  };
}

let telephones = 0;
/** A number that nobody has had before. */
export function newNumber(): string {
  telephones += 1;
  return `+4416329${60_000 + telephones}`;
}

/** The far side of the trunk, through the relay. */
export async function textPeer(world: World): Promise<TextPeer> {
  const peer = await TextPeer.start(() => ({ host: '127.0.0.1', port: world.relay.gatewayPort }));
  world.onReset(async () => peer.stop());
  world.connectPeer(peer);
  return peer;
}

/** A user with a number and a client. */
export class Writer {
  readonly client: MatrixClient;
  readonly user: User;
  readonly number: string;
  readonly #world: World;

  private constructor(world: World, user: User) {
    this.#world = world;
    this.user = user;
    this.number = numberOf(world.users.indexOf(user) + 1);
    this.client = new MatrixClient(world, user);
  }

  static async join(world: World): Promise<Writer> {
    return new Writer(world, await world.newUser());
  }

  get id(): string {
    return this.user.session.userId;
  }

  /** A chat with a telephone, as Element makes it; settles when the telephone's ghost is there. */
  async chatWith(telephone: string): Promise<Chat> {
    const ghost = await this.client.lookUp(telephone);
    const roomId = await this.client.createDirectRoom(ghost);
    await this.client.sees(roomId, ghost, 'join');
    return new Chat(this.#world, this, roomId);
  }

  /** A chat with others in it: users by their IDs, telephones by their numbers. */
  async groupWith(telephones: readonly string[], others: readonly Writer[] = []): Promise<Chat> {
    const ghosts = await Promise.all(telephones.map((telephone) => this.client.lookUp(telephone)));
    const invite = [...ghosts, ...others.map(({ id }) => id)];
    const roomId = await this.client.createRoom({ preset: 'private_chat', invite });
    for (const ghost of ghosts) await this.client.sees(roomId, ghost, 'join');
    for (const other of others) await other.client.join(roomId);
    return new Chat(this.#world, this, roomId);
  }

  /** The same room for another of its users. */
  in(chat: Chat): Chat {
    return new Chat(this.#world, this, chat.roomId);
  }

  /** The chat in which a text of a telephone appears. */
  async chatWhere(body: string): Promise<Chat> {
    const roomId = await until(`“${body.slice(0, 40)}” in a room of ${this.id}`, async () => {
      for (const room of await this.#world.roomsOf(this.user)) {
        const texts = await new Chat(this.#world, this, room).texts();
        if (texts.some((text) => text.content.body === body)) return room;
      }
      return undefined;
    });
    return new Chat(this.#world, this, roomId);
  }
}

/** A room as one user sees it. */
export class Chat {
  readonly roomId: string;
  readonly #world: World;
  readonly #writer: Writer;

  constructor(world: World, writer: Writer, roomId: string) {
    this.#world = world;
    this.#writer = writer;
    this.roomId = roomId;
  }

  /** @returns the event's ID */
  write(body: string, more: Content = {}): Promise<string> {
    return this.#writer.client.send(this.roomId, 'm.room.message', { msgtype: 'm.text', body, ...more });
  }

  react(eventId: string, key: string): Promise<string> {
    return this.#writer.client.send(this.roomId, 'm.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key },
    });
  }

  /** Its events, the oldest first. */
  async events(): Promise<readonly RoomEvent[]> {
    const resource = `/_matrix/client/v3/rooms/${encodeURIComponent(this.roomId)}/messages?dir=b&limit=500`;
    const token = this.#writer.user.session.accessToken;
    const { chunk } = (await this.#world.synapse.request('GET', resource, { token })) as { chunk: RoomEvent[] };
    return chunk.reverse();
  }

  /** What telephones wrote. */
  async texts(): Promise<readonly RoomEvent[]> {
    return (await this.events()).filter(({ type, sender, content }) => {
      return type === 'm.room.message' && content.msgtype === 'm.text' && sender.startsWith('@_sip_');
    });
  }

  async bodies(): Promise<readonly unknown[]> {
    return (await this.texts()).map(({ content }) => content.body);
  }

  /** Settles with a text of a telephone. */
  receives(body: string): Promise<RoomEvent> {
    return until(`“${body.slice(0, 40)}”`, async () => (await this.texts()).find((text) => text.content.body === body));
  }

  /** Settles with a notice that matches. */
  notice(matches: RegExp): Promise<RoomEvent> {
    return until(`a notice like ${matches}`, async () =>
      (await this.notices()).find(({ content }) => matches.test(String(content.body))),
    );
  }

  async notices(): Promise<readonly RoomEvent[]> {
    return (await this.events()).filter(({ content }) => content.msgtype === 'm.notice');
  }

  /** Settles when a text of the user has this status; gives the words that stand there. */
  async status(
    eventId: string,
    status: 'SUCCESS' | 'PENDING' | 'FAIL_RETRIABLE' | 'FAIL_PERMANENT',
    timeoutMs = 30_000,
  ): Promise<string> {
    const content = await until(
      `${status} of ${eventId}`,
      async () => {
        const last = await this.#lastStatus(eventId);
        return last?.status === status ? last : undefined;
      },
      { timeoutMs },
    );
    return String(content.message ?? '');
  }

  /** Settles when a text of the user was delivered to so many telephones. */
  async deliveredTo(eventId: string, count: number): Promise<void> {
    await until(`delivery of ${eventId}`, async () => {
      const users = (await this.#lastStatus(eventId))?.delivered_to_users;
      return Array.isArray(users) && users.length === count;
    });
  }

  async #lastStatus(eventId: string): Promise<Content | undefined> {
    const own = (await this.events()).filter(({ type, content }) => {
      const relates = content['m.relates_to'] as Content | undefined;
      return type === 'com.beeper.message_send_status' && relates?.event_id === eventId;
    });
    return own.at(-1)?.content;
  }
}

/** The texts of one telephone, joined where they are parts of a longer one. */
export function bodiesTo(peer: TextPeer, telephone: string): readonly string[] {
  return peer.texts
    .filter(isTaken)
    .filter(({ to }) => to === telephone)
    .map(({ body }) => body);
}

function isTaken({ status }: PeerText): boolean {
  return status < 300;
}
