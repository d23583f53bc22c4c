/** Operations in the chat with the gateway: words in, words out. */
import type { Logger } from 'pino';
import type { ChatOperations, Written } from '../matrix/index.ts';
import { displayName } from '../number/index.ts';
import { findCommand, helpLines, helpOfOne, readCommand } from './commands.ts';
import { OperationError } from './errors.ts';
import { type Caller, execute, mayDo, type Operation, type Speech } from './operation.ts';
import type { OperationParts } from './parts.ts';

export interface ChatParts {
  readonly operations: readonly Operation[];
  readonly parts: OperationParts;
  readonly isAdministrator: (user: string) => boolean;
  readonly logger: Logger;
}

export function createChatOperations({ operations, parts, isAdministrator, logger }: ChatParts): ChatOperations {
  const callerOf = (user: string): Caller & { readonly kind: 'user' } => ({
    kind: 'user',
    user,
    isAdministrator: isAdministrator(user),
  });

  async function answer({ text, sender, roomId, place, eventId, file }: Written): Promise<string | undefined> {
    const caller = callerOf(sender);
    const where = place === 'phone-room' ? {} : { [place]: roomId };
    const read = readCommand(text, operations, where);
    if (read === undefined) return undefined;
    const { operation } = read;
    if (!mayDo(operation, caller)) throw new OperationError('forbidden', 'Only administrators may do this.');
    if (read.kind === 'misused') return helpOfOne(operation, caller.isAdministrator);
    const field = operation.command?.file;
    const input = field === undefined ? read.input : { ...read.input, ...(await fileOf(field, file)) };
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
    isAdministrator,
    help: (sender) => helpLines(operations, callerOf(sender)),
    helpOf(text, sender) {
      const found = findCommand(text, operations);
      const caller = callerOf(sender);
      if (found === undefined || !mayDo(found.operation, caller)) return undefined;
      return helpOfOne(found.operation, caller.isAdministrator);
    },
  };
}

/** The file that belongs to it, as fields of the input: its text under this name, and what it is called. */
async function fileOf(field: string, file: Written['file']): Promise<Readonly<Record<string, unknown>>> {
  const found = await file?.();
  if (found === undefined) {
    throw new OperationError('invalid', 'Upload the file here first, then write this as an answer to it.');
  }
  return { [field]: found.text, source: found.name };
}

/** Words for somebody: numbers as they write them, times in UTC. */
export function speechFor(
  parts: Pick<OperationParts, 'numbersOf' | 'timeZone'>,
  reader: string | undefined,
  isOwn: boolean,
): Speech {
  const rules = parts.numbersOf(reader);
  const { timeZone } = parts;
  return { isOwn, showNumber: (number) => displayName(number, rules), showTime: (at) => showTime(at, timeZone) };
}

/** `2026-03-01 10:00 UTC` */
function showTime(at: number, timeZone: string): string {
  const shape = { dateStyle: 'short', timeStyle: 'short', timeZone } as const;
  // Swedish writes dates as ISO 8601 does.
  const words = new Intl.DateTimeFormat('sv-SE', shape).format(at);
  const zone = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'short' }).formatToParts(at);
  return `${words} ${zone.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone}`;
}
