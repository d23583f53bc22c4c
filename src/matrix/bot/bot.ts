/** The gateway's own user: comes where it is invited, and does what users write to it in their phone rooms. */
import {
  commandWords,
  isCommandName,
  type NoticeKind,
  restOfLine,
  roomWords,
  runCommand,
  TEXT_COMMANDS,
} from '../../room/index.ts';
import type { Store } from '../../store/index.ts';
import type { CallSignalling } from '../call-events.ts';
import { joinRoom } from '../client/rooms.ts';
import type { EventId, MatrixUserId, RoomId } from '../ids.ts';
import type { NoticeChoices } from '../notices.ts';
import { type RingingParts, whileItRings } from '../ringing/parts.ts';
import type { PhoneRooms } from '../ringing/phone-rooms.ts';
import { isHelpWord, Operating, type OperatingParts } from './operating.ts';
import type { Asked, TextCommands } from './text-commands.ts';

export interface BotParts extends RingingParts, Pick<OperatingParts, 'operations'> {
  readonly phoneRooms: Pick<PhoneRooms, 'take'>;
  /** The user's phone room, made when there is none. */
  readonly prepare: (user: MatrixUserId) => Promise<RoomId | undefined>;
  readonly signalling: Pick<CallSignalling, 'notice'>;
  readonly choices: Store['choices'];
  readonly notices: NoticeChoices;
  readonly textCommands: TextCommands;
  readonly areTextsCarried: () => Promise<boolean>;
  /** Whether a user may use the gateway at all. */
  readonly mayUse: (user: MatrixUserId) => boolean;
}

export interface Command {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: MatrixUserId;
  readonly text: string;
  /** ms since 1970. */
  readonly sentAt: number;
  /** The event that it answers. */
  readonly repliesTo?: EventId;
  /** It was written with a file. */
  readonly isCaption?: boolean;
}

export class Bot {
  readonly #parts: BotParts;
  readonly #operating: Operating;

  constructor(parts: BotParts) {
    this.#parts = parts;
    this.#operating = new Operating(parts);
  }

  /** It was invited: it comes. A direct chat becomes the user's phone room. Rejects with HomeserverError. */
  async enter(roomId: RoomId, user: MatrixUserId, isDirect: boolean): Promise<void> {
    const { homeserver, rooms, phoneRooms, bot, signalling, logger } = this.#parts;
    await whileItRings(this.#parts, () => joinRoom(homeserver, bot, roomId));
    const facts = await rooms.facts(roomId, bot);
    const people = [...(facts?.members ?? [])].filter((member) => member !== bot);
    logger.info({ roomId, user }, 'the gateway was invited into a room');
    if (!isDirect || people.length !== 1 || people[0] !== user) return;
    await phoneRooms.take(roomId, user);
    const text = facts?.encrypted
      ? roomWords.phoneRoomEncrypted
      : `${roomWords.greeting}\n${await this.#operating.help(user)}`;
    await signalling.notice(roomId, bot, text, `greeting:${roomId}:${user}`);
  }

  /** A text in a user's own phone room. */
  async inPhoneRoom(command: Command): Promise<void> {
    const words = commandWords(command.text, false);
    if (words !== undefined) await this.#run(command, words, this.#parts.bot);
  }

  /**
   * A text in the chat with a number: a command when it begins with `!`, for this room alone. Where texts go to telephones only
   * one whose name is known is a command.
   * @returns whether it was one
   */
  async inChat(command: Command, ghost: MatrixUserId, isGroup = false): Promise<boolean> {
    const words = commandWords(command.text, true);
    if (words === undefined) return false;
    const isKnown = isCommandName(words[0] ?? '', TEXT_COMMANDS) || (await this.#operating.knows(words));
    if (!isKnown && (await this.#parts.areTextsCarried())) return false;
    await this.#run(command, words, ghost, { roomId: command.roomId, ghost, isGroup });
    return true;
  }

  /**
   * A text in a room that is neither a phone room nor a chat with a number: a command when it begins with `!` and with a name that
   * is known, and the gateway's own user is there.
   */
  async inRoom(command: Command): Promise<void> {
    const { mayUse, rooms, bot, signalling } = this.#parts;
    const { roomId, sender, eventId } = command;
    const words = commandWords(command.text, true);
    if (words === undefined || !(isHelpWord(words[0]) || (await this.#operating.knows(words)))) return;
    if (!(mayUse(sender) || (await this.#operating.isAdministrator(sender)))) return;
    // A state request: only now.
    const members = (await rooms.facts(roomId, bot))?.members;
    if (!members?.has(bot)) return;
    const answer = await this.#operating.answer(command, words, 'room');
    if (answer !== undefined) await signalling.notice(roomId, bot, answer, `reply:${eventId}`);
  }

  /** Tells a user something in their phone room, unless they do not want to hear of it. Rejects with HomeserverError. */
  async tell(user: MatrixUserId, kind: NoticeKind, text: string, key: string): Promise<void> {
    if (await this.#parts.notices.mayNotify(user, kind)) await this.say(user, text, key);
  }

  /** Tells a user something in their phone room. Rejects with HomeserverError. */
  async say(user: MatrixUserId, text: string, key: string): Promise<void> {
    const { prepare, signalling, bot } = this.#parts;
    const roomId = await prepare(user);
    if (roomId !== undefined) await signalling.notice(roomId, bot, text, `tell:${user}:${key}`);
  }

  async #run(command: Command, words: readonly string[], as: MatrixUserId, chat?: Asked['chat']): Promise<void> {
    const { signalling, logger, textCommands, choices } = this.#parts;
    const { roomId, eventId, sender, text, sentAt } = command;
    const answer = await this.#operating.answer(command, words, chat === undefined ? 'phone-room' : 'chat');
    if (answer !== undefined) {
      await signalling.notice(roomId, as, answer, `reply:${eventId}`);
      return;
    }
    const context = { inChat: chat !== undefined, choices: await choices.general(sender), said: restOfLine(text) };
    const { reply, set = [], act } = runCommand(words, context, await this.#operating.commands());
    for (const { name, value } of set) await choices.set(sender, name, value);
    if (set.length > 0) logger.info({ user: sender }, `a user chose ${set.map(({ name }) => name).join(', ')}`);
    const asked = { eventId, sender, sentAt, ...(chat === undefined ? {} : { chat }) };
    const done = act === undefined ? reply : await textCommands.run(act, asked);
    await signalling.notice(roomId, as, done, `reply:${eventId}`);
  }
}
