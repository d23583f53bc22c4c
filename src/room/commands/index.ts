/** Commands that users write to the gateway: each has its own file, with its help beside what it does. */
import type { Command, CommandContext, CommandResult } from './command.ts';
import { line } from './line.ts';
import { notices } from './notices.ts';

export type { Choice, Command, CommandContext, CommandResult } from './command.ts';
export { commandWords } from './parse.ts';

export const COMMANDS: readonly Command[] = [notices, line];

/** Runs a command; what is none gets the list of those that are. */
export function runCommand(
  [first = '', ...words]: readonly string[],
  context: CommandContext,
  commands: readonly Command[] = COMMANDS,
): CommandResult {
  const name = first.toLowerCase();
  if (name === 'help' || name === '?') return { reply: helpOf(commands) };
  const command = commands.find((one) => one.name === name);
  if (command === undefined) return { reply: `I do not know “${first.slice(0, 40)}”.\n${helpOf(commands)}` };
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
