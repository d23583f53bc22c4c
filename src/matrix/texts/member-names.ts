/** What users are called in rooms: asked once, then learned from events. */
import type { Logger } from 'pino';
import { Lru } from '../../lru.ts';
import type { Homeserver } from '../client/homeserver.ts';
import { nameInRoom } from '../client/rooms.ts';
import type { PortalCache } from '../ghosts/portals.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { shortString } from '../json.ts';
import { oneLine } from '../sanitise.ts';

const REMEMBERED = 20_000;
const LONGEST = 60;

export class MemberNames {
  readonly #homeserver: Homeserver;
  readonly #portals: PortalCache;
  readonly #logger: Logger;
  readonly #known = new Lru<string, string>(REMEMBERED);

  constructor(homeserver: Homeserver, portals: PortalCache, logger: Logger) {
    this.#homeserver = homeserver;
    this.#portals = portals;
    this.#logger = logger;
  }

  /** Never rejects: without an answer it is the localpart, and asked again the next time. */
  async of(roomId: RoomId, user: MatrixUserId): Promise<string> {
    const key = `${roomId} ${user}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const [portal] = await this.#portals.inRoom(roomId);
    if (portal === undefined) return localpart(user);
    try {
      const name = shown(await nameInRoom(this.#homeserver, portal.ghost as MatrixUserId, roomId, user), user);
      this.#known.set(key, name);
      return name;
    } catch (error) {
      this.#logger.debug({ roomId }, error instanceof Error ? error.message : String(error));
      return localpart(user);
    }
  }

  /** A membership event of a user who is in the room. */
  heard(roomId: RoomId, user: MatrixUserId, displayName: unknown): void {
    const key = `${roomId} ${user}`;
    if (this.#known.get(key) !== undefined) this.#known.set(key, shown(shortString(displayName, 1_000), user));
  }
}

function shown(name: string | undefined, user: MatrixUserId): string {
  return oneLine(name ?? '', LONGEST) || localpart(user);
}

function localpart(user: MatrixUserId): string {
  return user.slice(1).split(':')[0] ?? user;
}
