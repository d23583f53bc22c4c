/** Texts of rooms on their way to whoever carries them. Runs in the room's queue. */
import type { Logger } from 'pino';
import { roomWords } from '../../room/index.ts';
import type { StoredPortal } from '../../store/index.ts';
import type { Bot } from '../bot/bot.ts';
import type { Ghosts } from '../ghosts/ghosts.ts';
import type { PortalCache } from '../ghosts/portals.ts';
import type { GhostRooms } from '../ghosts/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import { finiteNumber, objectOr } from '../json.ts';
import type { Invitations } from '../ringing/invitations.ts';
import type { IncomingText, TextListener } from '../text-events.ts';
import type { Arrival } from '../transactions/handler.ts';
import type { IncomingEvent } from '../transactions/parse.ts';
import { readReceipts } from './ephemeral.ts';
import type { MemberNames } from './member-names.ts';
import { taken } from './not-taken.ts';
import { parseTextEvent, type TextEvent } from './parse.ts';
import { isBrought, isOfSharedLine, type RoomPeople } from './people.ts';
import type { Receipts } from './receipts.ts';
import type { Signalling } from './signalling.ts';

export interface TextEventsParts {
  readonly ghosts: Ghosts;
  readonly portals: PortalCache;
  readonly rooms: Pick<GhostRooms, 'sayCallsOnly'>;
  readonly bot: MatrixUserId;
  readonly commands: Pick<Bot, 'inPhoneRoom' | 'inChat' | 'inRoom'>;
  readonly people: RoomPeople;
  readonly names: MemberNames;
  readonly receipts: Receipts;
  readonly invitations: Pick<Invitations, 'bring' | 'declined' | 'forget'>;
  readonly signalling: Pick<Signalling, 'status' | 'postedAt' | 'quoted'>;
  /** Undefined when the gateway carries calls only. */
  readonly listener: () => Promise<TextListener | undefined>;
  readonly logger: Logger;
}

export class TextEvents {
  readonly #parts: TextEventsParts;

  constructor(parts: TextEventsParts) {
    this.#parts = parts;
  }

  /** Whether the gateway carries texts. */
  async areCarried(): Promise<boolean> {
    return (await this.#parts.listener()) !== undefined;
  }

  /** Rejects with NotTakenError. */
  async handle(event: IncomingEvent, { receivedAt, recovered }: Arrival): Promise<void> {
    const { portals, bot, commands, receipts } = this.#parts;
    const known = await portals.inRoom(event.roomId);
    const parsed = parseTextEvent(event, receivedAt, recovered);
    if (parsed === undefined) return;
    if (known.length === 0) {
      // Rooms of the gateway's own user: those of administrators, those that share a line.
      const command = parsed.kind === 'text' ? (commandOf(parsed.text) ?? captionOf(parsed.text)) : undefined;
      if (command !== undefined) await commands.inRoom(command);
      return;
    }
    const phone = known.find(({ ghost }) => ghost === bot);
    if (phone !== undefined) {
      if (parsed.kind !== 'text' || phone.userId !== event.sender) return;
      const command = commandOf(parsed.text) ?? captionOf(parsed.text);
      if (command !== undefined) await commands.inPhoneRoom(command);
      return;
    }
    const listener = await this.#parts.listener();
    if (parsed.kind === 'text') {
      if (await this.#isCommand(parsed.text, known, listener !== undefined)) return;
      if (listener === undefined) return this.#sayCallsOnly(parsed.text, known);
      receipts.seen(parsed.text.eventId);
    }
    if (listener === undefined) return;
    const isWhole = known.some((portal) => isBrought(portal, bot));
    const answered = isWhole ? await this.#answered(event.roomId, parsed) : undefined;
    const room = await this.#parts.people.roomOf(event.roomId, known, event.sender, answered);
    if (room.ghosts.length === 0 && (parsed.kind === 'text' || !isWhole)) {
      const asked = isWhole ? known.filter(({ ghost }) => ghost === answered) : known;
      if (parsed.kind === 'text') await this.#cannotBeAnswered(parsed.text, asked);
      return;
    }
    switch (parsed.kind) {
      case 'text':
        return taken(() => listener.onText(parsed.text, room));
      case 'reaction':
        return taken(() => listener.onReaction(parsed.reaction, room));
      case 'redaction':
        return taken(() => listener.onRedaction(parsed.redaction, room));
      default:
        return parsed satisfies never;
    }
  }

  /** Whose message it answers, or reacts to. */
  async #answered(roomId: RoomId, parsed: TextEvent): Promise<MatrixUserId | undefined> {
    const target =
      parsed.kind === 'text' ? parsed.text.repliesTo : parsed.kind === 'reaction' ? parsed.reaction.target : undefined;
    return target === undefined ? undefined : (await this.#parts.signalling.quoted(roomId, target))?.sender;
  }

  /** Somebody's membership is another one: before anything is done about it. */
  changed(roomId: RoomId): void {
    this.#parts.people.changed(roomId);
  }

  /**
   * A user came or went. Rejects with NotTakenError.
   * @param before the ghosts in the room, as they were known before
   */
  async membership(event: IncomingEvent, target: MatrixUserId, before: readonly StoredPortal[]): Promise<void> {
    const { names, ghosts, bot, invitations } = this.#parts;
    const { roomId, raw } = event;
    if (target === bot || ghosts.address(target) !== undefined) return;
    const { membership, displayname } = objectOr(raw.content);
    if (membership === 'join') names.heard(roomId, target, displayname);
    const chats = before.filter(({ ghost }) => ghost !== bot);
    const listener = await this.#parts.listener();
    if (chats.length === 0 || listener === undefined) return;
    // Whoever leaves the room of a shared line, and not the control room, does not want to be there.
    if (chats.some(isOfSharedLine) && membership === 'leave' && event.sender === target) {
      await invitations.declined(roomId, target);
      return;
    }
    const own = chats.find(({ userId }) => userId === target);
    const was = objectOr(objectOr(raw.unsigned).prev_content).membership ?? (own?.userJoined ? 'join' : 'invite');
    if (membership === 'join' && was !== 'join') {
      await invitations.forget(roomId, target);
      return taken(() => listener.onJoined(roomId, target));
    }
    const isDeclined = membership === 'leave' && was === 'invite' && event.sender === target;
    if (own !== undefined && (isDeclined || membership === 'ban')) {
      await invitations.declined(roomId, target);
      return taken(() => listener.onDeclined(roomId, target));
    }
    if (own !== undefined && membership === 'leave' && was === 'join') await this.#missedBy(event, own);
  }

  /** A text was posted after its user had left and before that was known here: they are invited again, as for any text. */
  async #missedBy({ roomId, raw }: IncomingEvent, { ghost }: StoredPortal): Promise<void> {
    const { signalling, invitations, portals, logger } = this.#parts;
    const leftAt = finiteNumber(raw.origin_server_ts) ?? Number.POSITIVE_INFINITY;
    if ((signalling.postedAt(roomId) ?? 0) <= leftAt) return;
    const portal = (await portals.inRoom(roomId)).find((one) => one.ghost === ghost);
    if (portal === undefined) return;
    try {
      await invitations.bring(portal, portal.userId as MatrixUserId);
    } catch (error) {
      logger.warn({ roomId }, error instanceof Error ? error.message : String(error));
    }
  }

  /** What of a transaction is not stored: who has read what. What goes wrong is only logged. */
  async ephemeral(body: unknown, isOwn: (userId: string) => boolean): Promise<void> {
    const receipts = readReceipts(body, isOwn);
    if (receipts.length === 0) return;
    const { portals, bot, logger } = this.#parts;
    try {
      const listener = await this.#parts.listener();
      for (const { roomId, eventId, user } of receipts) {
        const known = await portals.inRoom(roomId);
        if (known.some(({ ghost }) => ghost !== bot)) await listener?.onRead?.(roomId, eventId, user);
      }
    } catch (error) {
      logger.warn({ err: error }, 'that a text was read could not be passed on');
    }
  }

  /** A ghost is in a room no more. */
  async ghostLeft(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    const listener = await this.#parts.listener();
    if (listener?.onGhostLeft !== undefined) await taken(() => listener.onGhostLeft?.(roomId, ghost));
  }

  /** In a chat with a number; with several numbers only where texts go to them. */
  async #isCommand(text: IncomingText, known: readonly StoredPortal[], inGroups: boolean): Promise<boolean> {
    const command = commandOf(text);
    if (command === undefined) return false;
    for (const portal of known) {
      const { ghost, others, userId } = portal;
      const isGroup = others > 1 || isOfSharedLine(portal);
      if (isGroup ? !inGroups && !isOfSharedLine(portal) : userId !== text.sender) continue;
      if (await this.#parts.commands.inChat(command, ghost as MatrixUserId, isGroup)) return true;
    }
    return false;
  }

  async #sayCallsOnly({ roomId, content }: IncomingText, known: readonly StoredPortal[]): Promise<void> {
    if (content.kind === 'notice') return;
    for (const portal of known) {
      const ghost = portal.ghost;
      if (portal.others <= 1 || isOfSharedLine(portal))
        await this.#parts.rooms.sayCallsOnly(roomId, ghost as MatrixUserId);
    }
  }

  async #cannotBeAnswered(text: IncomingText, known: readonly StoredPortal[]): Promise<void> {
    const { ghosts, signalling, logger } = this.#parts;
    const ghost = known[0]?.ghost as MatrixUserId | undefined;
    // Bots' notices are not answered: they would answer.
    if (ghost === undefined || text.content.kind === 'notice') return;
    const { eventId, roomId } = text;
    const words = roomWords.cannotBeAnswered(ghosts.displayName(ghost));
    const status = { state: 'failed', words, canBeSentAgain: false } as const;
    const key = `cannot-be-answered|${eventId}`;
    signalling
      .status({ key, roomId, ghost, eventId, status })
      .catch((error: unknown) => logger.warn({ roomId }, error instanceof Error ? error.message : String(error)));
  }
}

/** What a user wrote, if it may be a command: no edits, no bots' notices. */
function commandOf({ roomId, eventId, sender, sentAt, content, edits, repliesTo }: IncomingText) {
  if (content.kind !== 'text' || edits !== undefined) return undefined;
  const answers = repliesTo === undefined ? {} : { repliesTo };
  return { roomId, eventId, sender, sentAt, text: content.body, ...answers };
}

/** A command that was written with a file. */
function captionOf({ roomId, eventId, sender, sentAt, content }: IncomingText) {
  if (content.kind !== 'media' || content.caption === undefined) return undefined;
  return { roomId, eventId, sender, sentAt, text: content.caption, isCaption: true };
}
