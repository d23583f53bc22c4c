/** Ghosts coming into rooms, and going. Each function runs in the room's own queue, so nothing here overtakes anything. */
import type { Logger } from 'pino';
import { others, type RoomFacts, roomFacts, roomWords } from '../../room/index.ts';
import type { Store, StoredPortal } from '../../store/index.ts';
import type { CallSignalling } from '../call-events.ts';
import { BACKFILL_LIMIT, liveCallEvents } from '../calls/backfill.ts';
import { refusalAddress } from '../calls/unreadable.ts';
import { isRefusal } from '../client/errors.ts';
import type { Homeserver } from '../client/homeserver.ts';
import type { Liveness } from '../client/liveness.ts';
import { retrying } from '../client/retry.ts';
import { joinedRooms, joinRoom, leaveRoom, newestEvents, roomState, sendState } from '../client/rooms.ts';
import { type Clock, pause } from '../clock.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { textsSinceInvited } from '../texts/backfill.ts';
import { BRIDGE_EVENT_TYPES, bridgeContent, bridgeStateKey } from './bridge-info.ts';
import type { Ghosts } from './ghosts.ts';
import type { PortalCache } from './portals.ts';

/** The homeserver may be restarting; after this the invitation is history. */
const JOIN_FOR_MS = 30 * 60_000;
const READ_FOR_MS = 30_000;
const LEAVE_FOR_MS = 10 * 60_000;
const DAY_MS = 24 * 3_600_000;
const CALL_COMES_WITHIN_MS = 4_000;
const LOOK_EVERY_MS = 400;

export interface GhostRoomsParts {
  readonly homeserver: Homeserver;
  readonly ghosts: Ghosts;
  readonly portals: PortalCache;
  readonly notices: Store['notices'];
  readonly madeRooms: Pick<Store['madeRooms'], 'forget'>;
  readonly lineRooms: Pick<Store['lineRooms'], 'forget'>;
  readonly signalling: Pick<CallSignalling, 'notice' | 'send'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bot: MatrixUserId;
  readonly gatewayHost: string;
  readonly signal: AbortSignal;
  readonly liveness: Liveness;
  /** Told each time that a room's state was read because somebody came or went. */
  readonly onFacts?: (roomId: RoomId, facts: RoomFacts) => void;
}

export class GhostRooms {
  readonly #parts: GhostRoomsParts;

  constructor(parts: GhostRoomsParts) {
    this.#parts = parts;
  }

  /**
   * The ghost joins and reads what came before it was there.
   * @param withTexts whether what was written since the invitation is wanted
   * @returns events of calls that ring already, and texts, oldest first
   * Rejects with HomeserverError when it cannot join.
   */
  async enter(
    roomId: RoomId,
    ghost: MatrixUserId,
    user: MatrixUserId,
    withTexts = false,
  ): Promise<readonly JsonObject[]> {
    const { portals, homeserver, clock, logger } = this.#parts;
    await this.#join(roomId, ghost);
    await portals.save({ roomId, ghost, userId: user, encrypted: false, others: 1, userJoined: true });
    logger.info({ roomId }, 'a ghost joined the room it was invited to');
    // Events from here on are pushed; those before are read now. The state is not needed to find a ringing call.
    const facts = this.#readState(roomId, ghost);
    const read = await this.#again(READ_FOR_MS, () => newestEvents(homeserver, ghost, roomId, BACKFILL_LIMIT)).catch(
      (error: unknown) => {
        logger.warn({ roomId }, `a call that rang before the ghost joined may be lost: ${reasonOf(error)}`);
        return [];
      },
    );
    await this.#remember(roomId, ghost, user, await facts);
    const isOwn = (userId: string) => this.#parts.ghosts.address(userId) !== undefined;
    const calls = liveCallEvents(read, clock.now(), isOwn);
    const texts = withTexts ? textsSinceInvited(read, ghost, isOwn) : [];
    const found = new Set([...calls, ...texts]);
    return read.filter((event) => found.has(event)).reverse();
  }

  /** The ghost cannot be called by this user: it says why (once a day to the same user), refuses the call and leaves. */
  async refuse(
    roomId: RoomId,
    ghost: MatrixUserId,
    user: MatrixUserId,
    why: 'not-allowed' | 'withheld',
  ): Promise<void> {
    const { notices, signalling, ghosts, clock, logger } = this.#parts;
    logger.info({ roomId, user, why }, 'a user invited a ghost that they cannot call');
    const day = Math.floor(clock.now() / DAY_MS);
    const key = `refused:${user}:${ghost}:${day}`;
    await this.#join(roomId, ghost);
    if (await notices.claim(key, clock.now())) {
      const text = why === 'withheld' ? roomWords.withheld : roomWords.notAllowed(ghosts.displayName(ghost));
      await signalling.notice(roomId, ghost, text, `${key}:${roomId}`).catch((error: unknown) => {
        logger.warn({ roomId }, reasonOf(error));
      });
    }
    await this.#refuseRinging(roomId, ghost);
    await this.#leave(roomId, ghost);
  }

  /**
   * Clients send the call up to a second after the invitation. A ghost that has left by then leaves the caller listening
   * to a ringing tone for a minute: it waits for the call, to refuse it.
   */
  async #refuseRinging(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    const { homeserver, signalling, ghosts, clock, logger, signal } = this.#parts;
    const until = clock.now() + CALL_COMES_WITHIN_MS;
    do {
      const newest = await newestEvents(homeserver, ghost, roomId, BACKFILL_LIMIT).catch(() => []);
      const ringing = liveCallEvents(newest, clock.now(), (userId) => ghosts.address(userId) !== undefined);
      const invite = ringing.find(({ type }) => type === 'm.call.invite');
      const address = invite && refusalAddress(invite, roomId, ghost);
      if (address !== undefined) {
        await signalling
          .send(address, { type: 'reject', reason: 'unknown_error' }, `refused:${roomId}:${address.callId}`)
          .catch((error: unknown) => logger.warn({ roomId }, reasonOf(error)));
        return;
      }
      await pause(clock, LOOK_EVERY_MS, signal);
    } while (clock.now() < until && !signal.aborted);
  }

  /** The ghost's user has gone. */
  async leave(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    await this.#leave(roomId, ghost);
    await this.forget(roomId, ghost);
    this.#parts.logger.info({ roomId }, 'a ghost left, since its user has');
  }

  /** The ghost is in the room no more. */
  async forget(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    await this.#parts.portals.remove(roomId, ghost);
    if ((await this.#parts.portals.inRoom(roomId)).length === 0) {
      await this.#parts.madeRooms.forget(roomId);
      await this.#parts.lineRooms.forget(roomId);
    }
    await this.#parts.notices.release([encryptedKey(roomId, ghost), callsOnlyKey(roomId, ghost)]);
  }

  /**
   * A room that the gateway made or brought the ghost into: remembered before this settles, so that events of all who are
   * there are understood. Rejects with HomeserverError when the room cannot be read.
   * @param user whose room it is
   */
  async adopt(roomId: RoomId, ghost: MatrixUserId, user: MatrixUserId): Promise<StoredPortal> {
    const { homeserver, portals } = this.#parts;
    const facts = roomFacts(await this.#again(READ_FOR_MS, () => roomState(homeserver, ghost, roomId)));
    const portal = portalOf(roomId, ghost, user, facts);
    await portals.save(portal);
    this.#parts.onFacts?.(roomId, facts);
    return portal;
  }

  /**
   * The homeserver said that a ghost may not do something in a room: when it is not in there, the room is none of its rooms any
   * more. Such as after the homeserver was set up anew. Rejects with HomeserverError.
   * @returns whether it is in the room
   */
  async verify(roomId: RoomId, ghost: MatrixUserId): Promise<boolean> {
    const { homeserver, logger } = this.#parts;
    if ((await joinedRooms(homeserver, ghost)).includes(roomId)) return true;
    logger.warn({ roomId }, 'a ghost is not in a room where it was thought to be');
    await this.forget(roomId, ghost);
    return false;
  }

  /** What the state of a room says, as one who is in it sees it; undefined when it cannot be read. */
  facts(roomId: RoomId, as: MatrixUserId): Promise<RoomFacts | undefined> {
    return this.#readState(roomId, as);
  }

  /** Somebody came or went, or encryption was turned on: looks at the room again, for each ghost in it. */
  async look(roomId: RoomId): Promise<void> {
    for (const portal of await this.#parts.portals.inRoom(roomId)) {
      const ghost = portal.ghost as MatrixUserId;
      await this.#remember(roomId, ghost, portal.userId as MatrixUserId, await this.#readState(roomId, ghost));
    }
  }

  /** The store is new, the ghost is not: finds the rooms that it is in. */
  async rediscover(ghost: MatrixUserId): Promise<void> {
    const { homeserver, portals, logger } = this.#parts;
    for (const roomId of await joinedRooms(homeserver, ghost)) {
      const facts = await this.#readState(roomId, ghost);
      const user = [...(facts?.members ?? [])].find((member) => this.#parts.ghosts.address(member) === undefined);
      if (facts === undefined || user === undefined) continue;
      const known = await portals.inRoom(roomId);
      if (known.some((portal) => portal.ghost === ghost)) continue;
      logger.info({ roomId }, 'a room of a ghost was found again');
      await this.#remember(roomId, ghost, user as MatrixUserId, facts);
    }
  }

  async #join(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    const { ghosts, homeserver } = this.#parts;
    await ghosts.ensure(ghost, JOIN_FOR_MS);
    try {
      await this.#again(JOIN_FOR_MS, () => joinRoom(homeserver, ghost, roomId));
    } catch (error) {
      if (!isRefusal(error, 'M_FORBIDDEN') || !/not registered/i.test(error.facts.detail ?? '')) throw error;
      // The homeserver was set up anew under an old store: registered once more, the ghost can act.
      await ghosts.forget(ghost);
      await ghosts.ensure(ghost, JOIN_FOR_MS);
      await this.#again(JOIN_FOR_MS, () => joinRoom(homeserver, ghost, roomId));
    }
  }

  async #leave(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    try {
      await this.#again(LEAVE_FOR_MS, () => leaveRoom(this.#parts.homeserver, ghost, roomId));
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }

  async #readState(roomId: RoomId, ghost: MatrixUserId): Promise<RoomFacts | undefined> {
    try {
      return roomFacts(await this.#again(READ_FOR_MS, () => roomState(this.#parts.homeserver, ghost, roomId)));
    } catch (error) {
      this.#parts.logger.warn({ roomId }, reasonOf(error));
      return undefined;
    }
  }

  async #remember(roomId: RoomId, ghost: MatrixUserId, user: MatrixUserId, facts?: RoomFacts): Promise<void> {
    if (facts === undefined) return;
    const { portals, logger } = this.#parts;
    const portal = portalOf(roomId, ghost, user, facts);
    await portals.save(portal);
    this.#parts.onFacts?.(roomId, facts);
    // Not waited for: a call that rings already comes first.
    this.#describe(roomId, ghost, user, facts).catch((error: unknown) => logger.debug({ roomId }, reasonOf(error)));
    // Its own user speaks for itself: the words are about a number.
    if (facts.encrypted && ghost !== this.#parts.bot)
      await this.#sayOnce(encryptedKey(roomId, ghost), roomId, ghost, roomWords.encrypted);
  }

  /** Somebody wrote a text: says once that it goes nowhere. Does not wait for it to be said. */
  async sayCallsOnly(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    await this.#sayOnce(callsOnlyKey(roomId, ghost), roomId, ghost, roomWords.callsOnly);
  }

  async #sayOnce(key: string, roomId: RoomId, ghost: MatrixUserId, words: (number: string) => string): Promise<void> {
    const { notices, signalling, ghosts, clock, logger } = this.#parts;
    if (!(await notices.claim(key, clock.now()))) return;
    signalling
      .notice(roomId, ghost, words(ghosts.displayName(ghost)), `${key}:${clock.now()}`)
      .catch((error: unknown) => logger.warn({ roomId }, reasonOf(error)));
  }

  /** `m.bridge`, where the ghost may set it: a room made by somebody else's rules may not let it. */
  async #describe(roomId: RoomId, ghost: MatrixUserId, user: MatrixUserId, facts: RoomFacts): Promise<void> {
    const { homeserver, ghosts, bot, gatewayHost } = this.#parts;
    const dialled = ghosts.address(ghost)?.dialled;
    if (dialled === undefined || ghosts.isUnreachable(ghost)) return;
    const stateKey = bridgeStateKey({ gatewayHost, dialled });
    if (facts.bridges.has(stateKey)) return;
    const creator = user.startsWith('!') ? bot : user;
    const content = bridgeContent({ bot, creator, gatewayHost, dialled, displayName: ghosts.displayName(ghost) });
    for (const type of BRIDGE_EVENT_TYPES) await sendState(homeserver, { as: ghost, roomId, type, stateKey, content });
  }

  #again<T>(giveUpAfterMs: number, request: () => Promise<T>): Promise<T> {
    const { clock, logger, signal, liveness } = this.#parts;
    return retrying(request, { clock, logger, giveUpAfterMs, signal, liveness });
  }
}

function portalOf(roomId: RoomId, ghost: MatrixUserId, userId: MatrixUserId, facts: RoomFacts): StoredPortal {
  const { encrypted, joined } = facts;
  return { roomId, ghost, userId, encrypted, others: others(facts, ghost), userJoined: joined.has(userId) };
}

function callsOnlyKey(roomId: RoomId, ghost: MatrixUserId): string {
  return `calls-only:${roomId}:${ghost}`;
}

function encryptedKey(roomId: RoomId, ghost: MatrixUserId): string {
  return `encrypted:${roomId}:${ghost}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
