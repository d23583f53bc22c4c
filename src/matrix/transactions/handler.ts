/** What happens with one event. Runs in the room's queue; settles when the event is done with, for good. */

import type { Logger } from 'pino';
import { onMembership, roomWords } from '../../room/index.ts';
import type { StoredPortal } from '../../store/index.ts';
import type { Bot } from '../bot/bot.ts';
import type { CallAddress, CallSignalling, IncomingCallEvent } from '../call-events.ts';
import { isCallEventType, parseCallEvent } from '../calls/parse.ts';
import type { RoomCalls } from '../calls/room-calls.ts';
import { refusalAddress } from '../calls/unreadable.ts';
import { HomeserverError } from '../client/errors.ts';
import type { Clock } from '../clock.ts';
import type { Ghosts } from '../ghosts/ghosts.ts';
import type { PortalCache } from '../ghosts/portals.ts';
import type { GhostRooms } from '../ghosts/rooms.ts';
import type { CallId, MatrixUserId, RoomId } from '../ids.ts';
import { type JsonObject, objectOr } from '../json.ts';
import type { Joins } from '../ringing/joins.ts';
import type { CallRoom, MatrixListener, Permissions } from '../settings.ts';
import type { TextEvents } from '../texts/events.ts';
import { NotTakenError } from '../texts/not-taken.ts';
import { isTextEventType } from '../texts/parse.ts';
import { isOfSharedLine } from '../texts/people.ts';
import type { WatchedRooms } from '../watched-rooms.ts';
import { isDatabaseAway } from './database-away.ts';
import type { IncomingEvent } from './parse.ts';

export interface EventHandlerParts {
  readonly ghosts: Ghosts;
  readonly portals: PortalCache;
  readonly rooms: GhostRooms;
  /** Whether an earlier process had begun this call: asked for what was taken over before a restart. */
  readonly hadBegun: (roomId: RoomId, callId: CallId) => Promise<boolean>;
  readonly permissions: Permissions;
  readonly bot: MatrixUserId;
  /** Where users invite the gateway's own user. */
  readonly commands: Pick<Bot, 'enter'>;
  readonly texts: Pick<TextEvents, 'areCarried' | 'changed' | 'handle' | 'membership' | 'ghostLeft'>;
  /** Whether a user may have the gateway's own user in a room. */
  readonly mayInviteBot: (user: MatrixUserId) => boolean;
  readonly roomCalls: Pick<RoomCalls, 'received' | 'left'>;
  readonly joins: Pick<Joins, 'heard'>;
  readonly watched: Pick<WatchedRooms, 'heard' | 'look'>;
  /** Whether this user may call and write from a room: of rooms of shared lines only those who share the line. */
  readonly mayUseRoom: (roomId: RoomId, user: MatrixUserId) => Promise<boolean>;
  /** A user has brought a ghost into a room to call it. */
  readonly onFirstContact: (user: MatrixUserId) => void;
  readonly signalling: CallSignalling;
  readonly listener: MatrixListener;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the gateway stops. */
  readonly signal: AbortSignal;
}

/** How an event reached the handler. */
export interface Arrival {
  readonly receivedAt: number;
  /** A process before this one took it over, and may have acted on it already. */
  readonly recovered: boolean;
}

export class EventHandler {
  readonly #parts: EventHandlerParts;

  constructor(parts: EventHandlerParts) {
    this.#parts = parts;
  }

  /**
   * Rejects when the gateway stops before the event is done with, and when a text was not taken: the next start handles it. Also
   * when the database is away.
   * @returns events that were found while handling this one, to be handled right after it
   */
  async handle(event: IncomingEvent, arrival: Arrival): Promise<readonly JsonObject[]> {
    try {
      if (isCallEventType(event.type)) await this.#call(event, arrival);
      else if (isTextEventType(event.type) && !(await this.#mayUse(event))) return [];
      else if (isTextEventType(event.type)) await this.#parts.texts.handle(event, arrival);
      else if (event.type === 'm.room.member') return await this.#membership(event);
      else if (event.type === 'm.room.encryption') await this.#parts.rooms.look(event.roomId);
      else if (event.type === 'm.room.name') await this.#renamed(event.roomId);
    } catch (error) {
      if (this.#parts.signal.aborted || error instanceof NotTakenError || isDatabaseAway(error)) throw error;
      const { roomId, eventId, type } = event;
      const context = { roomId, eventId, type, ...(error instanceof HomeserverError ? {} : { err: error }) };
      this.#parts.logger.error(
        context,
        `an event could not be handled: ${error instanceof Error ? error.message : error}`,
      );
    }
    return [];
  }

  async #call({ raw, roomId, eventId, type }: IncomingEvent, { receivedAt, recovered }: Arrival): Promise<void> {
    const { clock, logger, hadBegun, listener } = this.#parts;
    const now = clock.now();
    const parsed = parseCallEvent(raw, receivedAt);
    if (!parsed.ok) {
      logger.info({ roomId, eventId, ...parsed.problem }, 'a call event that cannot be understood was left aside');
      if (type === 'm.call.invite') await this.#refuseUnreadable(roomId, eventId, raw);
      return;
    }
    // It goes on ageing while it waits, here or on the disk.
    const event = { ...parsed.event, ageMs: parsed.event.ageMs + Math.max(0, now - receivedAt) };
    const { ghosts, bot } = this.#parts;
    // A ghost without an address has its ID from an earlier configuration.
    const known = await this.#parts.portals.inRoom(roomId);
    const portals = known.filter(({ ghost }) => ghost !== bot && ghosts.address(ghost) !== undefined);
    const portal = calleeOf(event, portals);
    const dialled = portal === undefined ? undefined : ghosts.address(portal.ghost)?.dialled;
    if (portal === undefined || dialled === undefined) {
      logger.debug({ roomId, type: event.type }, 'a call event in a room without a ghost that it could be for');
      if (event.type === 'invite' && known.some(({ ghost }) => ghost === bot)) this.#refuseToBot(raw, roomId);
      return;
    }
    if (event.type === 'invite') {
      if (!(await this.#mayUse({ roomId, sender: event.sender }))) return;
      if (event.ageMs >= event.lifetimeMs) {
        logger.info({ roomId, ageMs: event.ageMs }, 'an invite came too late to ring: its caller has given up');
        return;
      }
      if (recovered && (await hadBegun(roomId, event.callId))) {
        logger.info({ roomId }, 'a call that had begun before the restart is not begun again');
        return;
      }
    }
    const room: CallRoom = { roomId, ghost: portal.ghost as MatrixUserId, dialled };
    if (event.type === 'invite' && ghosts.isUnreachable(portal.ghost)) return this.#refuseWithheld(raw, room);
    this.#parts.roomCalls.received(event);
    await listener.onCallEvent(event, room);
  }

  /** Somebody gave the room of a shared line a name, which is kept. */
  async #renamed(roomId: RoomId): Promise<void> {
    const { portals, rooms } = this.#parts;
    if ((await portals.inRoom(roomId)).some(isOfSharedLine)) await rooms.look(roomId);
  }

  /** Whoever left a control room may still be in a room of its line for a moment. */
  async #mayUse({ roomId, sender }: Pick<IncomingEvent, 'roomId' | 'sender'>): Promise<boolean> {
    const mayUse = await this.#parts.mayUseRoom(roomId, sender as MatrixUserId);
    if (!mayUse)
      this.#parts.logger.info({ roomId, user: sender }, 'somebody who does not share the line any more is not heard');
    return mayUse;
  }

  /** Somebody calls the gateway's own user, in their phone room. */
  #refuseToBot(raw: JsonObject, roomId: RoomId): void {
    const address = refusalAddress(raw, roomId, this.#parts.bot);
    if (address !== undefined) this.#refuseCall(address, roomWords.callsNobody, `bot:${roomId}:${address.callId}`);
  }

  /** Somebody calls back who does not know whom. Not waited for, like every refusal. */
  #refuseWithheld(raw: JsonObject, { roomId, ghost }: CallRoom): void {
    const address = refusalAddress(raw, roomId, ghost);
    if (address !== undefined) this.#refuseCall(address, roomWords.withheld, `withheld:${roomId}:${address.callId}`);
  }

  /** Not waited for: the next event of the room may be a call. */
  async #refuseUnreadable(roomId: RoomId, eventId: string, raw: JsonObject): Promise<void> {
    const { portals, bot } = this.#parts;
    const portal = (await portals.inRoom(roomId)).find(({ others, ghost }) => others <= 1 && ghost !== bot);
    const address = portal && refusalAddress(raw, roomId, portal.ghost as MatrixUserId);
    if (address !== undefined) this.#refuseCall(address, roomWords.unreadableInvite, `unreadable:${eventId}`);
  }

  #refuseCall(address: CallAddress, words: string, key: string): void {
    const { signalling, logger } = this.#parts;
    const { roomId, ghost } = address;
    signalling
      .send(address, { type: 'reject', reason: 'unknown_error' }, key)
      .then(() => signalling.notice(roomId, ghost, words, key))
      .catch((error: unknown) => logger.warn({ roomId }, String(error)));
  }

  async #membership(event: IncomingEvent): Promise<readonly JsonObject[]> {
    const { ghosts, portals, rooms, permissions, listener, bot, commands, joins, roomCalls, texts } = this.#parts;
    const { roomId, raw, sender } = event;
    const { state_key: target, content } = raw;
    const { membership } = objectOr(content);
    if (typeof target !== 'string' || typeof membership !== 'string') return [];
    texts.changed(roomId);
    const known = await portals.inRoom(roomId);
    const carriesTexts = await texts.areCarried();
    const mayUse = (user: MatrixUserId) =>
      permissions.mayCall(user) || (carriesTexts && (permissions.mayText?.(user) ?? false));
    const actions = onMembership(
      { sender, target, membership },
      {
        portals: known,
        isGhost: (userId) => ghosts.address(userId) !== undefined,
        isBot: (userId) => userId === bot,
        isWithheld: (ghost) => ghosts.isUnreachable(ghost),
        mayCall: (userId) => mayUse(userId as MatrixUserId),
        keepsGhosts: carriesTexts,
        mayInviteBot: (userId) => this.#parts.mayInviteBot(userId as MatrixUserId),
      },
    );
    const found: JsonObject[] = [];
    for (const action of actions) {
      switch (action.type) {
        case 'join':
          found.push(
            ...(await rooms.enter(
              roomId,
              action.ghost as MatrixUserId,
              action.invitedBy as MatrixUserId,
              carriesTexts,
            )),
          );
          this.#parts.onFirstContact(action.invitedBy as MatrixUserId);
          break;
        case 'bot-join':
          await commands.enter(roomId, action.invitedBy as MatrixUserId, objectOr(content).is_direct === true);
          await this.#parts.watched.look();
          break;
        case 'refuse':
          await rooms.refuse(roomId, action.ghost as MatrixUserId, action.invitedBy as MatrixUserId, action.why);
          break;
        case 'leave':
          roomCalls.left(roomId);
          await listener.onRoomClosed?.(roomId, action.ghost as MatrixUserId);
          await rooms.leave(roomId, action.ghost as MatrixUserId);
          await texts.ghostLeft(roomId, action.ghost as MatrixUserId);
          break;
        case 'forget':
          roomCalls.left(roomId);
          await listener.onRoomClosed?.(roomId, action.ghost as MatrixUserId);
          await rooms.forget(roomId, action.ghost as MatrixUserId);
          await texts.ghostLeft(roomId, action.ghost as MatrixUserId);
          break;
        case 'close':
          roomCalls.left(roomId);
          await listener.onRoomClosed?.(roomId, action.ghost as MatrixUserId);
          break;
        case 'recount':
          await rooms.look(roomId);
          break;
        default:
          action satisfies never;
      }
    }
    await this.#parts.watched.heard(roomId);
    // Last: whoever waits for the user finds the room as it is now.
    joins.heard(roomId, target);
    await texts.membership(event, target as MatrixUserId, known);
    return found;
  }
}

/**
 * The ghost that an event is for. A call without `invitee` rings everybody in the room (specification, "Voice over IP"),
 * so in a room of more than two only a call that names the ghost is taken; in that of a shared line there is nobody else to mean.
 */
export function calleeOf(event: IncomingCallEvent, portals: readonly StoredPortal[]): StoredPortal | undefined {
  if (event.type !== 'invite') return portals[0];
  const [only] = portals;
  if (only !== undefined && isOfSharedLine(only) && event.invitee === undefined) return only;
  if (event.invitee !== undefined) return portals.find((portal) => portal.ghost === event.invitee);
  return portals.find((portal) => portal.others <= 1);
}
