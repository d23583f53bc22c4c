/** The gateway's own user: comes where it is invited, and does what users write to it in their phone rooms. */
import {
  type Choice,
  COMMANDS,
  type CommandContext,
  commandWords,
  helpOf,
  isCommandName,
  type NoticeKind,
  type Command as RoomCommand,
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
import type { Lines } from '../settings.ts';
import type { AttachedFile, ChatOperations, Written } from './operations.ts';
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
  /** Undefined: there are none but the commands of the Matrix side. */
  readonly operations: () => Promise<ChatOperations | undefined>;
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
    const text = facts?.encrypted ? roomWords.phoneRoomEncrypted : `${roomWords.greeting}\n${await this.#help(user)}`;
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
    const operations = await this.#parts.operations();
    const isKnown = isCommandName(words[0] ?? '', TEXT_COMMANDS) || operations?.knows(words.join(' '));
    if (!isKnown && (await this.#parts.areTextsCarried())) return false;
    await this.#run(command, words, ghost, { roomId: command.roomId, ghost, isGroup });
    return true;
  }

  /**
   * A text in a room that is neither a phone room nor a chat with a number: a command when it begins with `!` and with a name that
   * is known, and the gateway's own user is there.
   */
  async inRoom(command: Command): Promise<void> {
    const { operations, mayUse, rooms, bot, signalling } = this.#parts;
    const { roomId, sender, eventId } = command;
    const words = commandWords(command.text, true);
    const known = await operations();
    if (words === undefined || known === undefined) return;
    const isHelp = isHelpWord(words[0]);
    if (!isHelp && !known.knows(words.join(' '))) return;
    // A state request: only now.
    const members = (await rooms.facts(roomId, bot))?.members;
    if (!members?.has(bot) || !(mayUse(sender) || known.help(sender).length > 0)) return;
    const answer = isHelp
      ? this.#helpOf(known, words, sender, ['!help – shows this'])
      : await this.#operate(known, command, 'room');
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
    const { signalling, logger, textCommands } = this.#parts;
    const { roomId, eventId, sender, text, sentAt } = command;
    const answer = await this.#operation(command, words, chat === undefined ? 'phone-room' : 'chat');
    if (answer !== undefined) {
      await signalling.notice(roomId, as, answer, `reply:${eventId}`);
      return;
    }
    const here = chat?.roomId;
    const context = { ...(await this.#context(sender, here)), said: restOfLine(text) };
    const { reply, set = [], act } = runCommand(words, context, await this.#commands());
    for (const choice of set) await this.#set(sender, choice, here);
    if (set.length > 0) logger.info({ user: sender }, `a user chose ${set.map(({ name }) => name).join(', ')}`);
    const asked = { eventId, sender, sentAt, ...(chat === undefined ? {} : { chat }) };
    const done = act === undefined ? reply : await textCommands.run(act, asked);
    await signalling.notice(roomId, as, done, `reply:${eventId}`);
  }

  /** Help, or an operation; undefined: it is one of the commands of the Matrix side, or none at all. */
  async #operation(command: Command, words: readonly string[], place: Written['place']): Promise<string | undefined> {
    const operations = await this.#parts.operations();
    if (operations === undefined) return undefined;
    const commands = await this.#commands();
    if (isHelpWord(words[0])) {
      return this.#helpOf(operations, words, command.sender, helpOf(commands).split('\n').slice(1), commands);
    }
    return this.#operate(operations, command, place);
  }

  #helpOf(
    operations: ChatOperations,
    [, ...about]: readonly string[],
    sender: MatrixUserId,
    before: readonly string[],
    commands: readonly RoomCommand[] = [],
  ): string {
    const own = commands.find(({ name }) => name === about[0]?.toLowerCase());
    const one = operations.helpOf(about.join(' '), sender) ?? (own && helpOf([own]));
    if (about.length > 0 && one !== undefined) return one;
    const more = 'Write “help” and the name of a command for examples.';
    return ['You can write:', ...before, ...operations.help(sender), more].join('\n');
  }

  /** Rejects when the gateway stops: then it is run again, and nothing is done twice. */
  async #operate(operations: ChatOperations, command: Command, place: Written['place']): Promise<string | undefined> {
    const { text, sender, roomId, eventId, repliesTo } = command;
    try {
      const file = () => this.#file(roomId, repliesTo);
      return await operations.run({ text: text.trim().replace(/^!\s*/, ''), sender, roomId, place, eventId, file });
    } catch (error) {
      if (this.#parts.signal.aborted) throw error;
      this.#parts.logger.warn({ user: sender, err: error }, 'an operation failed');
      return 'That did not work just now. Please look whether it was done before you try again.';
    }
  }

  async #file(_roomId: RoomId, _eventId: EventId | undefined): Promise<AttachedFile | undefined> {
    return undefined;
  }

  async #help(user: MatrixUserId): Promise<string> {
    const operations = await this.#parts.operations();
    const commands = await this.#commands();
    if (operations === undefined) return helpOf(commands);
    return this.#helpOf(operations, [], user, helpOf(commands).split('\n').slice(1));
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

function isHelpWord(word: string | undefined): boolean {
  return word?.toLowerCase() === 'help' || word === '?';
}
