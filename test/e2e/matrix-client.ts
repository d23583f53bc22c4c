/** A Matrix client reduced to its requests: for events as another client sent them, at moments that a test chooses. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { until } from '../world/wait.ts';
import type { User, World } from '../world/world.ts';

type Content = Readonly<Record<string, unknown>>;

export class MatrixClient {
  readonly user: User;
  readonly #world: World;
  #syncs = 0;

  constructor(world: World, user: User) {
    this.#world = world;
    this.user = user;
  }

  /** The ghost of a number (MSC2845). */
  async lookUp(number: string): Promise<string> {
    const query = new URLSearchParams({ 'm.id.phone': number });
    const found = (await this.#request('GET', `/thirdparty/user/m.protocol.pstn?${query}`)) as { userid: string }[];
    return found[0]?.userid ?? '';
  }

  /** A direct room as Element makes it; settles with its ID, whether the ghost has joined or not. */
  async createDirectRoom(ghost: string): Promise<string> {
    const body = { preset: 'trusted_private_chat', visibility: 'private', invite: [ghost], is_direct: true };
    return ((await this.#request('POST', '/createRoom', body)) as { room_id: string }).room_id;
  }

  async createRoom(body: Content): Promise<string> {
    return ((await this.#request('POST', '/createRoom', body)) as { room_id: string }).room_id;
  }

  async join(room: string): Promise<void> {
    await this.#request('POST', `/rooms/${encodeURIComponent(room)}/join`, {});
  }

  /** Settles when somebody's membership is this. */
  async sees(room: string, member: string, membership: string): Promise<void> {
    const resource = `/rooms/${encodeURIComponent(room)}/state/m.room.member/${encodeURIComponent(member)}`;
    await until(`${membership} of ${member}`, async () => {
      const content = (await this.#request('GET', resource)) as Content;
      return content.membership === membership;
    });
  }

  /** Rooms that the user is invited to, with who invites. */
  async invitations(): Promise<readonly { readonly roomId: string; readonly from: string }[]> {
    // Synapse keeps the answer to a first sync for two minutes, for the same filter.
    this.#syncs += 1;
    const filter = new URLSearchParams({ filter: JSON.stringify({ room: { timeline: { limit: this.#syncs } } }) });
    const { rooms } = (await this.#request('GET', `/sync?timeout=0&${filter}`)) as {
      rooms?: { invite?: Record<string, { invite_state: { events: { sender: string; state_key: string }[] } }> };
    };
    return Object.entries(rooms?.invite ?? {}).map(([roomId, { invite_state }]) => {
      const own = invite_state.events.find((event) => event.state_key === this.user.session.userId);
      return { roomId, from: own?.sender ?? '' };
    });
  }

  /** @returns the event's ID */
  async send(room: string, type: string, content: Content): Promise<string> {
    const transaction = randomBytes(8).toString('hex');
    const resource = `/rooms/${encodeURIComponent(room)}/send/${type}/${transaction}`;
    return ((await this.#request('PUT', resource, content)) as { event_id: string }).event_id;
  }

  async setState(room: string, type: string, content: Content): Promise<void> {
    await this.#request('PUT', `/rooms/${encodeURIComponent(room)}/state/${type}/`, content);
  }

  /** The first event of a type that somebody else has sent. */
  async receives(type: string): Promise<Content> {
    return until(`${type} in the room`, async () => {
      const events = await this.#world.eventsOf(this.user);
      return events.find((event) => event.type === type && event.sender !== this.user.session.userId)?.content;
    });
  }

  async #request(method: string, resource: string, body?: unknown): Promise<unknown> {
    const token = this.user.session.accessToken;
    return this.#world.synapse.request(method, `/_matrix/client/v3${resource}`, {
      token,
      ...(body === undefined ? {} : { body }),
    });
  }
}

/** The call events that an Element Web 1.12 sent for one call: an invite and its candidates. */
export function elementCall(): { readonly type: string; readonly content: Content }[] {
  const file = new URL('data/element-call-events.json', import.meta.url);
  const events = JSON.parse(readFileSync(file, 'utf8')) as { type: string; content: Content }[];
  return events.filter(({ type }) => type.startsWith('m.call.')).map(({ type, content }) => ({ type, content }));
}
