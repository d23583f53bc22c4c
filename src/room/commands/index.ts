/** Commands that users write to the gateway: each has its own file, with its help beside what it does. */
import type { Command, CommandContext, CommandResult } from './command.ts';
import { group } from './group.ts';
import { name } from './name.ts';
import { notices } from './notices.ts';
import { sms } from './sms.ts';
import { texts } from './texts.ts';

export type { Choice, Command, CommandAction, CommandContext, CommandResult } from './command.ts';
export { commandWords, restOfLine } from './parse.ts';
export { type Addressed, recipientsOf } from './sms.ts';

export const COMMANDS: readonly Command[] = [notices, name];
/** Where texts are carried. */
export const TEXT_COMMANDS: readonly Command[] = [sms, texts, ...COMMANDS, group];

/** Whether the first word is a command's name, or asks for help. */
export function isCommandName(first: string, commands: readonly Command[] = COMMANDS): boolean {
  const said = first.toLowerCase();
  return said === 'help' || said === '?' || commands.some((one) => one.name === said);
}

/** Runs a command; what is none gets the list of those that are. */
export function runCommand(
  [first = '', ...words]: readonly string[],
  context: CommandContext,
  commands: readonly Command[] = COMMANDS,
): CommandResult {
  const name = first.toLowerCase();
  if (name === 'help' || name === '?') return { reply: helpOf(commands) };
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    return { reply: `I do not know “${first.slice(0, 40)}”. Write “help” to see what there is.` };
  }
  return command.run(words.map(plain), context) ?? { reply: helpOf([command]) };
}

/** Words as they are compared: phones write the first one with a capital. */
function plain(word: string): string {
  return word.toLowerCase();
}

export function helpOf(commands: readonly Command[] = COMMANDS): string {
  const lines = commands.flatMap(({ help }) => help.map(({ usage, does }) => `${usage} – ${does}`));
  return ['You can write:', 'help – shows this', ...lines].join('\n');
}
