/** Finds or makes the room in which a caller rings: see docs/decisions/rooms-for-callers.md for the ways and their order. */
import type { NumberBindings } from '../../number/index.ts';
import { roomWords } from '../../room/index.ts';
import type { StoredPortal } from '../../store/index.ts';
import type { CallSignalling } from '../call-events.ts';
import { type CallingParty, CallRoomError, type CallRooms, type RingRoom, type RingTarget } from '../call-rooms.ts';
import type { EndedCall, RoomCalls } from '../calls/room-calls.ts';
import { userExists } from '../client/rooms.ts';
import { type Clock, pause } from '../clock.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { SharedRooms } from '../lines/shared-rooms.ts';
import type { ActingForUsers } from './acting.ts';
import { CallerGhosts } from './caller-ghosts.ts';
import { DirectRooms } from './direct-rooms.ts';
import type { Invitations } from './invitations.ts';
import type { Joins } from './joins.ts';
import { GhostNames, type GhostNamesParts } from './names.ts';
import { asCallRoomError, type RingingParts, whileItRings } from './parts.ts';
import { notJoined, PhoneRooms } from './phone-rooms.ts';
import { WholeRooms } from './whole-rooms.ts';

/** A homeserver that accepts invitations for its users does so in a quarter of a second; people are slower. */
const ACCEPTED_BY_ITSELF_MS = 700;
/** Where it is known to, it is waited for so long. */
const SURELY_ACCEPTED_MS = 2_000;
const AFTER_ABORT_MS = 100;

export interface RingingSettings {
  readonly serverName: string;
  /** Whether users of other servers may be rung: rooms are made for them and invitations sent. */
  readonly ringFederated: boolean;
}

export interface RingingOptions extends RingingParts {
  readonly settings: RingingSettings;
  readonly bindings: NumberBindings;
  readonly signalling: Pick<CallSignalling, 'notice'>;
  readonly acting: ActingForUsers;
  readonly joins: Joins;
  readonly invitations: Invitations;
  readonly calls: RoomCalls;
  readonly petName: NonNullable<GhostNamesParts['petName']>;
  /** Rooms of shared lines; undefined where no line is shared. */
  readonly sharedRooms: () => Pick<SharedRooms, 'ring'> | undefined;
  /** Whether the user wants to be told by whom a call was forwarded. */
  readonly tellsForwarded: (user: MatrixUserId) => Promise<boolean>;
}

export class Ringing implements CallRooms {
  readonly phoneRooms: PhoneRooms;
  readonly wholeRooms: WholeRooms;
  readonly #options: RingingOptions;
  readonly direct: DirectRooms;
  readonly names: GhostNames;
  readonly callers: CallerGhosts;
  /** Whether the homeserver accepts invitations for its users, as far as it was seen. */
  #acceptsInvites = false;
  /** Callers who ring in phone rooms, until their call is over. */
  readonly #toOffer = new Map<string, MatrixUserId>();

  constructor(options: RingingOptions) {
    this.#options = options;
    this.direct = new DirectRooms(options);
    this.names = new GhostNames(options);
    this.callers = new CallerGhosts(options, this.direct);
    this.phoneRooms = new PhoneRooms(options, options.calls, this.names);
    this.wholeRooms = new WholeRooms(options);
  }

  async ringRoom(target: RingTarget, caller: CallingParty, signal: AbortSignal): Promise<RingRoom> {
    try {
      return await unlessAborted(this.#options.clock, signal, this.#ring(target, caller, signal));
    } catch (error) {
      throw asCallRoomError(error);
    }
  }

  /** A call that the gateway began is over. */
  async callEnded({ roomId, ghost, how }: EndedCall): Promise<void> {
    const key = `${roomId} ${ghost}`;
    const user = this.#toOffer.get(key);
    if (user === undefined) return;
    this.#toOffer.delete(key);
    await this.phoneRooms.callEnded(roomId);
    // Who declined does not want a chat with the caller either; callers who withheld their number have none.
    if (how !== 'declined' && !this.#options.ghosts.isWithheld(ghost)) await this.#offer(user, ghost);
  }

  /**
   * The user's phone room: made when there is none, and the user is in it where that is possible. Undefined for a user whom the
   * homeserver does not know. Rejects with HomeserverError.
   */
  async prepare(user: MatrixUserId): Promise<RoomId | undefined> {
    const { homeserver, logger, acting, signal } = this.#options;
    if (!(await whileItRings(this.#options, () => userExists(homeserver, user)))) {
      logger.warn({ user }, 'the homeserver does not know a user who is to have a phone room');
      return undefined;
    }
    const portal = await this.phoneRooms.prepare(user);
    const roomId = portal.roomId as RoomId;
    if (portal.userJoined) return roomId;
    if (await acting.join(roomId, user)) await this.#saveJoined(portal, user);
    // What is learned here is known before the first call.
    else void this.#joinsByItself(portal, user, signal).catch(() => {});
    return roomId;
  }

  async #ring(target: RingTarget, caller: CallingParty, signal: AbortSignal): Promise<RingRoom> {
    if (target.kind === 'user') return this.#ringUser(target.user, caller, signal);
    if (target.kind === 'line') {
      const shared = this.#options.sharedRooms();
      if (shared === undefined) throw new CallRoomError('no-such-room', `${target.line} is not shared by anybody.`);
      return shared.ring(target, caller, signal);
    }
    const ghost = this.callers.ghost(caller);
    const room = await this.wholeRooms.ring(target.room, ghost);
    await this.names.show(room.roomId, ghost, caller);
    return room;
  }

  async #ringUser(user: MatrixUserId, caller: CallingParty, signal: AbortSignal): Promise<RingRoom> {
    const isLocal = user.endsWith(`:${this.#options.settings.serverName}`);
    if (!isLocal && !this.#options.settings.ringFederated) {
      throw new CallRoomError('no-such-user', `${user} is of another server; rooms.ring_federated allows it.`);
    }
    const { ghost, known } = await this.callers.of(user, caller);
    const ready = known.find((portal) => portal.userJoined && !portal.encrypted);
    if (ready !== undefined) return this.#ringIn(ready, user, caller);
    if (isLocal && known.length === 0) {
      const ready = this.#options.ghosts.ensure(ghost);
      // Tried again where the ghost is needed.
      await Promise.all([this.#mustExist(user), ready.catch(() => {})]);
    }
    const open = known.find((portal) => !portal.encrypted);
    // They may have accepted a moment ago, or have left.
    if (open !== undefined && (await this.#hasJoined(open, user))) return this.#ringIn(open, user, caller);
    if (this.#options.acting.isPossible && isLocal) {
      let joining: Promise<boolean> | undefined;
      const join = (roomId: RoomId) => {
        joining = this.#options.acting.join(roomId, user);
        return joining;
      };
      const portal = open ?? (await this.direct.make(user, ghost, join));
      const joined = await (joining ?? join(portal.roomId as RoomId));
      if (!portal.encrypted && joined) return this.#ringIn(await this.#saveJoined(portal, user), user, caller);
    }
    if (!this.#acceptsInvites) {
      const room = await this.#ringInPhoneRoom(user, ghost, caller);
      if (room !== undefined) return room;
    }
    if (open === undefined && known.length > 0) {
      throw new CallRoomError(
        'encrypted',
        `The chat of ${user} with this caller is encrypted: calls cannot ring there.`,
      );
    }
    return this.#invite(user, ghost, caller, open, signal);
  }

  /** The user is invited; the call rings when they come, by the homeserver's doing or their own. */
  async #invite(
    user: MatrixUserId,
    ghost: MatrixUserId,
    caller: CallingParty,
    open: StoredPortal | undefined,
    signal: AbortSignal,
  ): Promise<RingRoom> {
    const portal = open ?? (await this.direct.make(user, ghost));
    if (portal.encrypted) {
      throw new CallRoomError(
        'encrypted',
        'The homeserver encrypts new rooms by itself (encryption_enabled_by_default_for_room_type): calls cannot ring there.',
      );
    }
    const waitedFirst = this.#acceptsInvites;
    if (await this.#joinsByItself(portal, user, signal)) return this.#ringIn(portal, user, caller);
    if (waitedFirst) {
      const room = await this.#ringInPhoneRoom(user, ghost, caller);
      if (room !== undefined) return room;
    }
    const roomId = portal.roomId as RoomId;
    const joined = await this.#options.joins.wait(roomId, user, portal.ghost as MatrixUserId, signal);
    if (joined !== 'joined') throw notJoined(user);
    const present = { ...portal, userJoined: true };
    await this.#options.portals.save(present);
    return this.#ringIn(present, user, caller);
  }

  async #joinsByItself(portal: StoredPortal, user: MatrixUserId, signal: AbortSignal): Promise<boolean> {
    const { clock, joins, logger, portals } = this.#options;
    const started = clock.now();
    const soon = new AbortController();
    const both = AbortSignal.any([signal, soon.signal]);
    void pause(clock, this.#acceptsInvites ? SURELY_ACCEPTED_MS : ACCEPTED_BY_ITSELF_MS, both).then(() => soon.abort());
    const joined = await joins.wait(portal.roomId as RoomId, user, portal.ghost as MatrixUserId, both);
    soon.abort();
    const bySelf = joined === 'joined' && clock.now() - started < ACCEPTED_BY_ITSELF_MS;
    if (bySelf !== this.#acceptsInvites && !signal.aborted) {
      logger.info(`The homeserver ${bySelf ? 'accepts' : 'does not accept'} invitations for its users`);
      this.#acceptsInvites = bySelf;
    }
    if (joined !== 'joined') return false;
    // Its event may be on the way still.
    await portals.save({ ...portal, userJoined: true });
    return true;
  }

  async #ringIn(portal: StoredPortal, user: MatrixUserId, caller: CallingParty): Promise<RingRoom> {
    const roomId = portal.roomId as RoomId;
    const ghost = portal.ghost as MatrixUserId;
    await this.names.show(roomId, ghost, caller);
    this.#tellForwarded(roomId, ghost, user, caller);
    return { roomId, ghost, invitee: user };
  }

  async #ringInPhoneRoom(user: MatrixUserId, ghost: MatrixUserId, caller: CallingParty): Promise<RingRoom | undefined> {
    const room = await this.phoneRooms.ring(user, ghost, caller);
    if (room === undefined) return undefined;
    this.#toOffer.set(`${room.roomId} ${ghost}`, user);
    this.#tellForwarded(room.roomId, ghost, user, caller);
    return room;
  }

  /** Invites the user to a chat with a caller who rang in the phone room: the next call rings there. */
  async #offer(user: MatrixUserId, ghost: MatrixUserId): Promise<void> {
    const { logger, signal } = this.#options;
    try {
      const portal = await this.direct.make(user, ghost);
      if (!portal.userJoined) await this.#joinsByItself(portal, user, signal);
    } catch (error) {
      logger.warn({ user }, error instanceof Error ? error.message : String(error));
    }
  }

  async #hasJoined(portal: StoredPortal, user: MatrixUserId): Promise<boolean> {
    return (await this.#options.invitations.bring(portal, user, true)) === 'joined';
  }

  async #saveJoined(portal: StoredPortal, user: MatrixUserId): Promise<StoredPortal> {
    const { acting, portals } = this.#options;
    const joined = { ...portal, userJoined: true };
    await portals.save(joined);
    void acting.markDirect(portal.roomId as RoomId, user, portal.ghost as MatrixUserId);
    return joined;
  }

  async #mustExist(user: MatrixUserId): Promise<void> {
    if (await whileItRings(this.#options, () => userExists(this.#options.homeserver, user))) return;
    throw new CallRoomError('no-such-user', `The homeserver does not know ${user}.`);
  }

  /** Not waited for: it must not hold the call up. */
  #tellForwarded(roomId: RoomId, ghost: MatrixUserId, user: MatrixUserId, caller: CallingParty): void {
    if (caller.kind === 'withheld' || caller.forwardedBy === undefined) return;
    const { ghosts, signalling, tellsForwarded, clock, logger } = this.#options;
    const by = ghosts.forDialled(caller.forwardedBy);
    const text = roomWords.forwarded(by === undefined ? caller.forwardedBy : ghosts.displayName(by));
    tellsForwarded(user)
      .then((wanted) =>
        wanted ? signalling.notice(roomId, ghost, text, `forwarded:${roomId}:${clock.now()}`) : undefined,
      )
      .catch((error: unknown) => logger.warn({ roomId }, error instanceof Error ? error.message : String(error)));
  }
}

/** A caller who gives up need not wait for the homeserver; what waits for a user ends by itself and says why. */
async function unlessAborted<T>(clock: Clock, signal: AbortSignal, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const aborted = Promise.withResolvers<never>();
  const stop = async () => {
    await pause(clock, AFTER_ABORT_MS, done.signal);
    aborted.reject(new CallRoomError('not-joined', 'The caller gave up before a room was ready.'));
  };
  if (signal.aborted) void stop();
  else signal.addEventListener('abort', stop, { once: true });
  aborted.promise.catch(() => {});
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    done.abort();
    signal.removeEventListener('abort', stop);
  }
}
