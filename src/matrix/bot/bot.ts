/** The gateway's own user: comes where it is invited, and does what users write to it in their phone rooms. */
import {
  type Choice,
  COMMANDS,
  type CommandContext,
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
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { NoticeChoices } from '../notices.ts';
import { type RingingParts, whileItRings } from '../ringing/parts.ts';
import type { PhoneRooms } from '../ringing/phone-rooms.ts';
import type { Lines } from '../settings.ts';
import type { Asked, TextCommands } from './text-commands.ts';

export interface BotParts extends RingingParts {
  readonly phoneRooms: Pick<PhoneRooms, 'take'>;
  /** The user's phone room, made when there is none. */
  readonly prepare: (user: MatrixUserId) => Promise<RoomId | undefined>;
  readonly signalling: Pick<CallSignalling, 'notice'>;
  readonly choices: Store['choices'];
  readonly notices: NoticeChoices;
  readonly lines: Lines;
  readonly textCommands: TextCommands;
  readonly areTextsCarried: () => Promise<boolean>;
}

export interface Command {
  readonly roomId: RoomId;
  readonly eventId: string;
  readonly sender: MatrixUserId;
  readonly text: string;
  /** ms since 1970. */
  readonly sentAt: number;
}

export class Bot {
  readonly #parts: BotParts;

  constructor(parts: BotParts) {
    this.#parts = parts;
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
      : `${roomWords.greeting}\n${runCommand(['help'], EMPTY, await this.#commands()).reply}`;
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
    const isSaid = (await this.#parts.areTextsCarried()) && !isCommandName(words[0] ?? '', TEXT_COMMANDS);
    if (isSaid) return false;
    await this.#run(command, words, ghost, { roomId: command.roomId, ghost, isGroup });
    return true;
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
    const { signalling, logger, textCommands } = this.#parts;
    const { roomId, eventId, sender, text, sentAt } = command;
    const here = chat?.roomId;
    const context = { ...(await this.#context(sender, here)), said: restOfLine(text) };
    const { reply, set = [], act } = runCommand(words, context, await this.#commands());
    for (const choice of set) await this.#set(sender, choice, here);
    if (set.length > 0) logger.info({ user: sender }, `a user chose ${set.map(({ name }) => name).join(', ')}`);
    const asked = { eventId, sender, sentAt, ...(chat === undefined ? {} : { chat }) };
    const answer = act === undefined ? reply : await textCommands.run(act, asked);
    await signalling.notice(roomId, as, answer, `reply:${eventId}`);
  }

  async #commands() {
    return (await this.#parts.areTextsCarried()) ? TEXT_COMMANDS : COMMANDS;
  }

  async #context(user: MatrixUserId, here: RoomId | undefined): Promise<CommandContext> {
    const { choices, lines } = this.#parts;
    return {
      inChat: here !== undefined,
      choices: await choices.general(user),
      ...(here === undefined ? {} : { here: await choices.ofRoom(user, here) }),
      lines: lines.of(user),
      showNumber: (number) => lines.show(number, user),
    };
  }

  async #set(user: MatrixUserId, { name, value, here }: Choice, roomId: RoomId | undefined): Promise<void> {
    await this.#parts.choices.set(user, name, value, here ? roomId : undefined);
  }
}

const EMPTY: CommandContext = { choices: new Map(), lines: [], showNumber: (number) => number };
