/** Operations as people write them: `credit`, `topup @alice:example.org 10`. The same in the chat and on the command line. */
import { USER_ID } from './fields.ts';
import { type Caller, mayDo, type Operation, type Said, type Usage } from './operation.ts';

export type ReadCommand =
  | { readonly kind: 'operation'; readonly operation: Operation; readonly input: Readonly<Record<string, unknown>> }
  /** It is known, and used in a way that makes no sense. */
  | { readonly kind: 'misused'; readonly operation: Operation };

/**
 * Reads words as a command; undefined: they begin with no name of one.
 * @param where the chat, or the room of several, in which it was written
 * @throws OperationError with words where it is clear what is wrong
 */
export function readCommand(
  text: string,
  operations: readonly Operation[],
  where: Omit<Said, 'rest'> = {},
): ReadCommand | undefined {
  const found = findCommand(text, operations);
  if (found?.operation.command === undefined) return undefined;
  const { operation } = found;
  const about = operation.access === 'own' ? userInFront(found.rest) : undefined;
  const rest = about === undefined ? found.rest : about.rest;
  const said: Said = { rest, ...where };
  const input = operation.command?.read(wordsOf(rest), said);
  if (input === undefined) return { kind: 'misused', operation };
  return { kind: 'operation', operation, input: { ...(about === undefined ? {} : { user: about.user }), ...input } };
}

/** The operation whose name the text begins with: of several the one with the longest. Capitals do not count. */
export function findCommand(
  text: string,
  operations: readonly Operation[],
): { readonly operation: Operation; readonly name: string; readonly rest: string } | undefined {
  const words = text.trim().toLowerCase().split(/\s+/);
  const named = operations.flatMap((operation) =>
    (operation.command?.names ?? []).map((name) => ({ operation, name })),
  );
  const fitting = named.filter(({ name }) => name.split(' ').every((word, index) => words[index] === word));
  const best = fitting.toSorted((a, b) => b.name.length - a.name.length)[0];
  if (best === undefined) return undefined;
  const count = best.name.split(' ').length;
  return { ...best, rest: text.trim().replace(new RegExp(`^(?:\\S+\\s*){${count}}`, 'u'), '') };
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function userInFront(rest: string): { readonly user: string; readonly rest: string } | undefined {
  const [first = ''] = wordsOf(rest);
  return USER_ID.test(first) ? { user: first, rest: rest.trim().slice(first.length).trim() } : undefined;
}

/** `credit – shows your credit`: a line for each thing that this caller may do. */
export function helpLines(operations: readonly Operation[], caller: Caller): readonly string[] {
  return operations
    .filter((operation) => mayDo(operation, caller))
    .flatMap(({ command }) => (command?.usage ?? []).slice(0, 1).map((use) => useLine(command, use)));
}

/** One operation's help, with examples. */
export function helpOfOne({ command, access }: Operation, isAdministrator: boolean): string {
  const uses = (command?.usage ?? []).flatMap((use) => [
    useLine(command, use),
    `  for example: ${line(command, use.example)}`,
  ]);
  const forOthers =
    access === 'own' && isAdministrator ? [`For somebody else: ${command?.names[0]} @alice:example.org …`] : [];
  return [...uses, ...forOthers].join('\n');
}

function useLine(command: Operation['command'], use: Usage): string {
  return `${line(command, use.arguments)} – ${use.does}`;
}

function line(command: Operation['command'], rest: string): string {
  return `${command?.names[0] ?? ''} ${rest}`.trim();
}
