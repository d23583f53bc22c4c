/** What users have done by writing to the gateway: operations, and help about everything that there is. */
import type { Logger } from 'pino';
import { COMMANDS, helpOf, type Command as RoomCommand, TEXT_COMMANDS } from '../../room/index.ts';
import type { Homeserver } from '../client/homeserver.ts';
import type { MatrixUserId } from '../ids.ts';
import { attachedFile } from './attachments.ts';
import type { Command } from './bot.ts';
import type { AttachedFile, ChatOperations, Written } from './operations.ts';

export interface OperatingParts {
  readonly homeserver: Homeserver;
  readonly bot: MatrixUserId;
  readonly areTextsCarried: () => Promise<boolean>;
  /** Undefined: there are none but the commands of the Matrix side. */
  readonly operations: () => Promise<ChatOperations | undefined>;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

export class Operating {
  readonly #parts: OperatingParts;

  constructor(parts: OperatingParts) {
    this.#parts = parts;
  }

  /** Commands of the Matrix side. */
  async commands(): Promise<readonly RoomCommand[]> {
    return (await this.#parts.areTextsCarried()) ? TEXT_COMMANDS : COMMANDS;
  }

  /** Whether it begins with the name of an operation. */
  async knows(words: readonly string[]): Promise<boolean> {
    return (await this.#parts.operations())?.knows(words.join(' ')) ?? false;
  }

  /** Help, or what came of an operation; undefined: it is a command of the Matrix side, or none at all. */
  async answer(command: Command, words: readonly string[], place: Written['place']): Promise<string | undefined> {
    if (!isHelpWord(words[0])) return this.#run(command, place);
    const commands = place === 'room' ? [] : await this.commands();
    return this.help(command.sender, words.slice(1), commands);
  }

  /** All that this user may write, or what there is to say about one of them. */
  async help(sender: MatrixUserId, about: readonly string[] = [], commands?: readonly RoomCommand[]): Promise<string> {
    const operations = await this.#parts.operations();
    const own = commands ?? (await this.commands());
    if (operations === undefined) return helpOf(own);
    const one = own.find(({ name }) => name === about[0]?.toLowerCase());
    const more = operations.helpOf(about.join(' '), sender) ?? (one && helpOf([one]));
    if (about.length > 0 && more !== undefined) return more;
    const last = 'Write “help” and the name of a command for all ways to use it, with examples.';
    return [helpOf(own), ...operations.help(sender), last].join('\n');
  }

  async isAdministrator(user: MatrixUserId): Promise<boolean> {
    return (await this.#parts.operations())?.isAdministrator(user) ?? false;
  }

  /** Rejects when the gateway stops: then it is run again, and nothing is done twice. */
  async #run(command: Command, place: Written['place']): Promise<string | undefined> {
    const { text, sender, roomId, eventId } = command;
    const operations = await this.#parts.operations();
    try {
      const file = () => this.#file(command);
      return await operations?.run({ text: text.trim().replace(/^!\s*/, ''), sender, roomId, place, eventId, file });
    } catch (error) {
      if (this.#parts.signal.aborted) throw error;
      this.#parts.logger.warn({ user: sender, err: error }, 'an operation failed');
      return 'That did not work just now. Please look whether it was done before you try again.';
    }
  }

  async #file({ roomId, repliesTo, eventId, isCaption }: Command): Promise<AttachedFile | undefined> {
    const event = isCaption ? eventId : repliesTo;
    if (event === undefined) return undefined;
    return attachedFile(this.#parts.homeserver, this.#parts.bot, roomId, event);
  }
}

export function isHelpWord(word: string | undefined): boolean {
  return word?.toLowerCase() === 'help' || word === '?';
}
