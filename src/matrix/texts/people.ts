/** Who is in a room, for texts: the ghosts that can be written to and the people. Remembered until somebody comes or goes. */

import { Lru } from '../../lru.ts';
import type { RoomFacts } from '../../room/index.ts';
import type { StoredPortal } from '../../store/index.ts';
import { CallRoomError } from '../call-rooms.ts';
import type { Ghosts } from '../ghosts/ghosts.ts';
import type { PortalCache } from '../ghosts/portals.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { TextRoom } from '../text-events.ts';

const REMEMBERED = 10_000;

export interface RoomPeopleParts {
  readonly ghosts: Ghosts;
  readonly portals: PortalCache;
  /** What the state of a room says, as one who is in it sees it; undefined when it cannot be read. */
  readonly facts: (roomId: RoomId, as: MatrixUserId) => Promise<RoomFacts | undefined>;
  readonly bot: MatrixUserId;
}

export class RoomPeople {
  readonly #parts: RoomPeopleParts;
  #changes = 0;
  readonly #users = new Lru<RoomId, readonly MatrixUserId[]>(REMEMBERED);

  constructor(parts: RoomPeopleParts) {
    this.#parts = parts;
  }

  /** Somebody came or went. */
  changed(roomId: RoomId): void {
    this.#changes += 1;
    this.#users.delete(roomId);
  }

  /** The state of a room was read, after whatever changed. */
  learn(roomId: RoomId, facts: RoomFacts): void {
    this.#users.set(roomId, this.#peopleIn(facts));
  }

  /**
   * The room as texts see it. When the homeserver does not say who is there, it is whoever wrote.
   * Rejects with CallRoomError when it does not say so and nobody wrote: an empty room would be something else.
   * @param portals the ghosts that are in it
   * @param answered whose message is answered
   */
  async roomOf(
    roomId: RoomId,
    portals: readonly StoredPortal[],
    writer?: MatrixUserId,
    answered?: MatrixUserId,
  ): Promise<TextRoom> {
    const ghosts = meant(portals, this.#parts.bot, answered).flatMap(({ ghost }) => {
      const dialled = this.#parts.ghosts.writable(ghost)?.dialled;
      return dialled === undefined ? [] : [{ ghost: ghost as MatrixUserId, dialled }];
    });
    const [first] = portals;
    const users = first === undefined ? [] : await this.#usersOf(roomId, first.ghost as MatrixUserId);
    const party = portals.some(isOfSharedLine) ? ({ isOneParty: true } as const) : {};
    if (writer !== undefined)
      return { roomId, ghosts, users: users === undefined || users.length === 0 ? [writer] : users, ...party };
    if (users === undefined) throw new CallRoomError('homeserver', 'The homeserver does not say who is in a room.');
    return { roomId, ghosts, users, ...party };
  }

  async #usersOf(roomId: RoomId, as: MatrixUserId): Promise<readonly MatrixUserId[] | undefined> {
    const known = this.#users.get(roomId);
    if (known !== undefined) return known;
    const changes = this.#changes;
    const facts = await this.#parts.facts(roomId, as);
    if (facts === undefined) return undefined;
    // What somebody changed while it was read may not be in it.
    if (changes === this.#changes) this.learn(roomId, facts);
    return this.#peopleIn(facts);
  }

  #peopleIn(facts: RoomFacts): readonly MatrixUserId[] {
    const { ghosts, bot } = this.#parts;
    return [...facts.joined].filter(
      (id) => facts.members.has(id) && id !== bot && ghosts.address(id) === undefined,
    ) as MatrixUserId[];
  }
}

/**
 * Ghosts that the gateway brought into a room, since they called or wrote to the whole of it, hear what answers them and nothing
 * else: what its users say to one another is not for whoever called there once. Ghosts that users brought hear everything.
 */
function meant(
  portals: readonly StoredPortal[],
  bot: MatrixUserId,
  answered: MatrixUserId | undefined,
): readonly StoredPortal[] {
  const one = portals.find(({ ghost }) => ghost === answered);
  if (one !== undefined && isBrought(one, bot)) return [one];
  return portals.filter((portal) => !isBrought(portal, bot));
}

/** Whether the gateway brought this ghost into a room that is called, or written to, as a whole. */
export function isBrought({ userId }: StoredPortal, bot: MatrixUserId): boolean {
  return userId === bot;
}

/** Whether the room is one of a shared line: it belongs to a control room, and not to a user. */
export function isOfSharedLine({ userId }: StoredPortal): boolean {
  return userId.startsWith('!');
}
