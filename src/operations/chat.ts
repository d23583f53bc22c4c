/** Operations in the chat with the gateway: words in, words out. */
import type { Logger } from 'pino';
import { findCommand, helpLines, helpOfOne, readCommand } from './commands.ts';
import { OperationError } from './errors.ts';
import { type Caller, execute, mayDo, type Operation, type Speech } from './operation.ts';
import type { OperationParts } from './parts.ts';

/** What somebody wrote to the gateway. */
export interface Written {
  readonly text: string;
  readonly sender: string;
  readonly roomId: string;
  /** Names it: a repeat of it does nothing twice. */
  readonly eventId: string;
  /** The text of the file that it answers to; rejects with an OperationError where there is none. */
  readonly file?: () => Promise<string>;
}

export interface ChatOperations {
  /** Whether the text begins with the name of an operation. */
  knows(text: string): boolean;
  /** Does it, and settles with what is answered; undefined: it is no operation. Rejects when the gateway is in trouble. */
  run(written: Written): Promise<string | undefined>;
  /** A line for each thing that this user may do. */
  help(sender: string): readonly string[];
  /** The same with examples, of what the text begins with. */
  helpOf(text: string, sender: string): string | undefined;
}

export interface ChatParts {
  readonly operations: readonly Operation[];
  readonly parts: OperationParts;
  readonly isAdministrator: (user: string) => boolean;
  readonly logger: Logger;
}

export function createChatOperations({ operations, parts, isAdministrator, logger }: ChatParts): ChatOperations {
  const callerOf = (user: string, room?: string): Caller & { readonly kind: 'user' } => ({
    kind: 'user',
    user,
    isAdministrator: isAdministrator(user),
    ...(room === undefined ? {} : { room }),
  });

  async function answer({ text, sender, roomId, eventId, file }: Written): Promise<string | undefined> {
    const caller = callerOf(sender, roomId);
    const read = readCommand(text, operations, roomId);
    if (read === undefined) return undefined;
    const { operation } = read;
    if (!mayDo(operation, caller)) throw new OperationError('forbidden', 'Only administrators may do this.');
    if (read.kind === 'misused') return helpOfOne(operation, caller.isAdministrator);
    const field = operation.command?.file;
    const input = field === undefined ? read.input : { ...read.input, [field]: await fileOf(file) };
    const output = await execute(operation, input, { caller, key: eventId, parts });
    if (operation.changes) logger.info({ user: sender, operation: operation.name }, `${operation.name} was done`);
    const about = (read.input as { readonly user?: unknown }).user ?? sender;
    return operation.words(output, speechFor(parts, sender, about === sender));
  }

  return {
    knows: (text) => findCommand(text, operations) !== undefined,
    async run(written) {
      try {
        return await answer(written);
      } catch (error) {
        if (error instanceof OperationError) return error.message;
        throw error;
      }
    },
    help: (sender) => helpLines(operations, callerOf(sender)),
    helpOf(text, sender) {
      const found = findCommand(text, operations);
      const caller = callerOf(sender);
      if (found === undefined || !mayDo(found.operation, caller)) return undefined;
      return helpOfOne(found.operation, caller.isAdministrator);
    },
  };
}

function fileOf(file: Written['file']): Promise<string> {
  if (file === undefined)
    throw new OperationError('invalid', 'Upload the file here, then write this as an answer to it.');
  return file();
}

/** Words for somebody: numbers as they write them, times in UTC. */
export function speechFor(
  parts: Pick<OperationParts, 'showNumber'>,
  reader: string | undefined,
  isOwn: boolean,
): Speech {
  return { isOwn, showNumber: (number) => parts.showNumber(number, reader), showTime };
}

/** `2026-03-01 10:00 UTC` */
function showTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
