/** Whose numbers are whose: from the configuration, and on top of it what was linked while the gateway runs. */

import type { LineName, LinkedLine } from './lines/ports.ts';
import { type IsMember, matchPeople, type People } from './people.ts';

/** A number of the public network. */
export interface BookedLine {
  /** E.164. */
  readonly number: string;
  readonly users: People;
  /** The room whose members share it; then `users` are they. */
  readonly controlRoom?: string;
  /** The trunk that it belongs to; undefined when any may show it. */
  readonly trunk?: string;
  readonly name?: string;
  /** Given to them while the gateway runs, and not by the configuration. */
  readonly isLinked?: boolean;
}

/** An extension of a PBX. */
export interface BookedExtension {
  /** Absent where it belongs to a control room. */
  readonly user?: string;
  readonly controlRoom?: string;
  /** Those who share it. */
  readonly users?: People;
  readonly trunk: string;
  readonly extension: string;
  readonly name?: string;
  /** What is dialled to hear the voicemail of the PBX. */
  readonly voicemail?: string;
  readonly isLinked?: boolean;
}

export interface LineBook {
  /** The lines that a user may show, the one that is shown by default first: their own before those that they share. */
  linesOf(user: string): readonly BookedLine[];
  lineOf(number: string): BookedLine | undefined;
  extensionOf(user: string): BookedExtension | undefined;
  /** The extension of a trunk by its number, which is also the name of its account. */
  extension(trunk: string, extension: string): BookedExtension | undefined;
  readonly lines: readonly BookedLine[];
  readonly extensions: readonly BookedExtension[];
}

export function createLineBook(lines: readonly BookedLine[], extensions: readonly BookedExtension[]): LineBook {
  const byNumber = new Map(lines.map((line) => [line.number, line]));
  const byUser = new Map(extensions.flatMap((each) => (each.user === undefined ? [] : [[each.user, each] as const])));
  const byExtension = new Map(extensions.map((each) => [extensionKey(each.trunk, each.extension), each]));
  const ownFirst = [
    ...lines.filter(({ controlRoom }) => controlRoom === undefined),
    ...lines.filter(({ controlRoom }) => controlRoom !== undefined),
  ];
  const rank = new Map(ownFirst.map((line, index) => [line, index]));
  const exact = byNamedUser(ownFirst);
  // Patterns and rooms are few; lines of one user each may be many.
  const others = ownFirst.filter(({ users }) => !users.isExact);
  const inOrder = (a: BookedLine, b: BookedLine) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0);
  return {
    linesOf(user) {
      const more = others.filter(({ users }) => users.has(user));
      const own = exact.get(user) ?? [];
      return more.length === 0 ? own : [...own, ...more].toSorted(inOrder);
    },
    lineOf: (number) => byNumber.get(number),
    extensionOf: (user) => byUser.get(user),
    extension: (trunk, extension) => byExtension.get(extensionKey(trunk, extension)),
    lines,
    extensions,
  };
}

function byNamedUser(lines: readonly BookedLine[]): ReadonlyMap<string, readonly BookedLine[]> {
  const byUser = new Map<string, BookedLine[]>();
  for (const line of lines) {
    if (!line.users.isExact) continue;
    for (const user of new Set(line.users.named)) {
      const lines = byUser.get(user);
      if (lines === undefined) byUser.set(user, [line]);
      else lines.push(line);
    }
  }
  return byUser;
}

/** Names a line: `+441818118181`, `200@office`. */
export function lineKey({ number, trunk = '' }: LineName): string {
  return number.startsWith('+') ? number : `${number}@${trunk}`;
}

/** The line that `lineKey` names. */
export function lineByKey(
  { lineOf, extension }: Pick<LineBook, 'lineOf' | 'extension'>,
  key: string,
): BookedLine | BookedExtension | undefined {
  const at = key.lastIndexOf('@');
  return at === -1 ? lineOf(key) : extension(key.slice(at + 1), key.slice(0, at));
}

/**
 * The extension as which somebody calls and writes: a shared one that was chosen, such as by the room; else their own, unless they
 * chose a number of theirs.
 */
export function extensionFor(book: LineBook, user: string, chosen: string | undefined): BookedExtension | undefined {
  if (chosen === undefined) return book.extensionOf(user);
  const found = lineByKey(book, chosen);
  if (found !== undefined && 'extension' in found) {
    return found.users?.has(user) ? found : book.extensionOf(user);
  }
  return found?.users.has(user) ? undefined : book.extensionOf(user);
}

function extensionKey(trunk: string, extension: string): string {
  return `${trunk} ${extension}`;
}

/** Numbers of the public network begin with a plus; all else is an extension of its trunk. */
export function isExtension({ number, trunk }: LineName): boolean {
  return trunk !== undefined && !number.startsWith('+');
}

/** What the configuration says, with what was linked in place of it. */
export function mergeLines(
  base: Pick<LineBook, 'lines' | 'extensions'>,
  linked: readonly LinkedLine[],
  isMember: IsMember,
): LineBook {
  const numbers = linked.filter((line) => !isExtension(line));
  const taken = new Set(numbers.map(({ number }) => number));
  const named = new Map(base.lines.map((line) => [line.number, line]));
  const lines = [
    ...base.lines.filter(({ number }) => !taken.has(number)),
    ...numbers.map((line) => bookedLine(line, named.get(line.number), isMember)),
  ];
  const others = linked.filter(isExtension);
  const replaced = new Map(others.map((line) => [extensionKey(line.trunk ?? '', line.number), line]));
  const known = new Set(base.extensions.map(({ trunk, extension }) => extensionKey(trunk, extension)));
  const extensions = [
    ...base.extensions.map((each) => {
      const line = replaced.get(extensionKey(each.trunk, each.extension));
      return line === undefined ? each : bookedExtension(line, each, isMember);
    }),
    ...others
      .filter((line) => !known.has(extensionKey(line.trunk ?? '', line.number)))
      .map((line) => bookedExtension(line, undefined, isMember)),
  ];
  return createLineBook(lines, extensions);
}

function bookedLine(line: LinkedLine, base: BookedLine | undefined, isMember: IsMember): BookedLine {
  const { number, owner } = line;
  const trunk = line.trunk ?? base?.trunk;
  const name = line.name ?? base?.name;
  return {
    number,
    users: owner.kind === 'user' ? matchPeople([owner.user]) : matchPeople([owner.room], isMember),
    ...(owner.kind === 'room' ? { controlRoom: owner.room } : {}),
    ...(trunk === undefined ? {} : { trunk }),
    ...(name === undefined ? {} : { name }),
    isLinked: true,
  };
}

function bookedExtension(line: LinkedLine, base: BookedExtension | undefined, isMember: IsMember): BookedExtension {
  const { number, trunk = '', owner } = line;
  const name = line.name ?? base?.name;
  return {
    trunk,
    extension: number,
    ...(owner.kind === 'user'
      ? { user: owner.user }
      : { controlRoom: owner.room, users: matchPeople([owner.room], isMember) }),
    ...(name === undefined ? {} : { name }),
    ...(base?.voicemail === undefined ? {} : { voicemail: base.voicemail }),
    isLinked: true,
  };
}
