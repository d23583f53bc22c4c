/** Users who are asked into the chat with a number: whether they are there, coming, or do not want to. */
import type { Store, StoredPortal } from '../../store/index.ts';
import { isRefusal } from '../client/errors.ts';
import { inviteUser, membershipOf } from '../client/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { type RingingParts, whileItRings } from './parts.ts';

/** Who declined is left alone for so long. */
const LEFT_ALONE_MS = 24 * 3_600_000;
const DECLINED = 'declined';

export type Presence = 'joined' | 'invited' | 'declined';

export interface InvitationsParts extends RingingParts {
  readonly choices: Pick<Store['choices'], 'get' | 'set'>;
}

export class Invitations {
  readonly #parts: InvitationsParts;

  constructor(parts: InvitationsParts) {
    this.#parts = parts;
  }

  /**
   * Looks where the user is, and invites them when they left. Rejects with HomeserverError.
   * @param evenIfDeclined a call rings also for those who turned the last invitation down
   */
  async bring(portal: StoredPortal, user: MatrixUserId, evenIfDeclined = false): Promise<Presence> {
    if (portal.userJoined) return 'joined';
    const { homeserver, portals } = this.#parts;
    const roomId = portal.roomId as RoomId;
    const as = portal.ghost as MatrixUserId;
    const membership = await whileItRings(this.#parts, () => membershipOf(homeserver, as, roomId, user));
    if (membership === 'join') {
      await portals.save({ ...portal, userJoined: true });
      return 'joined';
    }
    if (membership === 'invite') return 'invited';
    if (membership === 'ban' || (!evenIfDeclined && (await this.hasDeclined(roomId, user)))) return 'declined';
    try {
      await whileItRings(this.#parts, () => inviteUser(homeserver, as, roomId, user));
      this.#parts.logger.info({ roomId, user }, 'a user who had left the chat with a number was invited again');
      return 'invited';
    } catch (error) {
      // Somebody took the right to invite from the ghost.
      if (isRefusal(error)) return 'declined';
      throw error;
    }
  }

  async hasDeclined(roomId: RoomId, user: MatrixUserId): Promise<boolean> {
    const { choices, clock } = this.#parts;
    const at = Number((await choices.get(user, DECLINED, roomId)) ?? Number.NaN);
    return clock.now() - at < LEFT_ALONE_MS;
  }

  /** They turned an invitation down: they are not asked again for a day. */
  async declined(roomId: RoomId, user: MatrixUserId): Promise<void> {
    await this.#parts.choices.set(user, DECLINED, String(Math.floor(this.#parts.clock.now())), roomId);
  }

  /** They came, or want to be asked again. */
  async forget(roomId: RoomId, user: MatrixUserId): Promise<void> {
    await this.#parts.choices.set(user, DECLINED, undefined, roomId);
  }
}
