/**
 * Acting for users, where the administrator allows it: a second application service, which receives no events (`url: null`)
 * and whose namespace has the server's own users, not exclusively. With its token a user joins a room at once.
 */
import type { Logger } from 'pino';
import { KeyedQueue } from '../../keyed-queue.ts';
import { HomeserverError, isRefusal } from '../client/errors.ts';
import type { Homeserver } from '../client/homeserver.ts';
import { joinRoom, sendEvent } from '../client/rooms.ts';
import type { Clock } from '../clock.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { type JsonObject, objectOr } from '../json.ts';

/** A homeserver that refuses is asked again after this: its administrator may have set it right. */
const ASK_AGAIN_AFTER_MS = 10 * 60_000;

export class ActingForUsers {
  readonly #homeserver: Homeserver | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #accountData = new KeyedQueue();
  #notBefore = 0;

  /** @param homeserver with the second application service's token; undefined when there is none */
  constructor(homeserver: Homeserver | undefined, clock: Clock, logger: Logger) {
    this.#homeserver = homeserver;
    this.#clock = clock;
    this.#logger = logger;
  }

  get isPossible(): boolean {
    return this.#homeserver !== undefined && this.#clock.now() >= this.#notBefore;
  }

  /** The user, who is invited, joins. `false` when that cannot be had; the log says why. */
  async join(roomId: RoomId, user: MatrixUserId): Promise<boolean> {
    if (this.#homeserver === undefined || !this.isPossible) return false;
    try {
      await joinRoom(this.#homeserver, user, roomId);
      return true;
    } catch (error) {
      if (!(error instanceof HomeserverError)) throw error;
      this.#logger.warn({ roomId, user }, `a user could not be joined to a call's room: ${error.message}`);
      if (isRefusal(error) && (error.facts.status === 401 || error.facts.errcode === 'M_EXCLUSIVE')) {
        this.#notBefore = this.#clock.now() + ASK_AGAIN_AFTER_MS;
      }
      return false;
    }
  }

  /** The user, who is in the room, says something. `false` when that cannot be had. */
  async say(roomId: RoomId, user: MatrixUserId, content: JsonObject, txnId: string): Promise<boolean> {
    if (this.#homeserver === undefined || !this.isPossible) return false;
    try {
      await sendEvent(this.#homeserver, { as: user, roomId, type: 'm.room.message', txnId, content });
      return true;
    } catch (error) {
      // It may have arrived: said once more, in another's name, it would be sent twice.
      if (!isRefusal(error)) throw error;
      this.#logger.debug({ roomId, user }, error.message);
      return false;
    }
  }

  /** Enters the room into the user's list of direct chats (`m.direct`). What goes wrong is only logged. */
  async markDirect(roomId: RoomId, user: MatrixUserId, ghost: MatrixUserId): Promise<void> {
    // Read and written back: two at once would lose one.
    await this.#accountData.run(user, () => this.#markDirect(roomId, user, ghost));
  }

  async #markDirect(roomId: RoomId, user: MatrixUserId, ghost: MatrixUserId): Promise<void> {
    const homeserver = this.#homeserver;
    if (homeserver === undefined) return;
    const path = `/_matrix/client/v3/user/${encodeURIComponent(user)}/account_data/m.direct`;
    try {
      const read = { method: 'GET', path, as: user, action: "read a user's direct chats" } as const;
      const known = objectOr(
        await homeserver.request(read).catch((error: unknown) => {
          if (isRefusal(error, 'M_NOT_FOUND')) return {};
          throw error;
        }),
      );
      const ofGhost = Array.isArray(known[ghost]) ? (known[ghost] as unknown[]) : [];
      if (ofGhost.includes(roomId)) return;
      const body = { ...known, [ghost]: [...ofGhost, roomId] };
      await homeserver.request({ method: 'PUT', path, as: user, body, action: "write a user's direct chats" });
    } catch (error) {
      this.#logger.debug({ user }, error instanceof Error ? error.message : String(error));
    }
  }
}
