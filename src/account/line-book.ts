/** Whose numbers are whose. From the configuration here; others may keep it elsewhere behind the same interface. */
import type { People } from './people.ts';

/** A number of the public network. */
export interface BookedLine {
  /** E.164. */
  readonly number: string;
  readonly users: People;
  /** The trunk that it belongs to; undefined when any may show it. */
  readonly trunk?: string;
  readonly name?: string;
}

/** An extension of a PBX. */
export interface BookedExtension {
  readonly user: string;
  readonly trunk: string;
  readonly extension: string;
  readonly name?: string;
  /** What is dialled to hear the voicemail of the PBX. */
  readonly voicemail?: string;
}

export interface LineBook {
  /** The lines that a user may show, the one that is shown by default first. */
  linesOf(user: string): readonly BookedLine[];
  lineOf(number: string): BookedLine | undefined;
  extensionOf(user: string): BookedExtension | undefined;
  /** The extension of a trunk by its number, which is also the name of its account. */
  extension(trunk: string, extension: string): BookedExtension | undefined;
}

export function createLineBook(lines: readonly BookedLine[], extensions: readonly BookedExtension[]): LineBook {
  const byNumber = new Map(lines.map((line) => [line.number, line]));
  const byUser = new Map(extensions.map((extension) => [extension.user, extension]));
  const key = (trunk: string, extension: string) => `${trunk} ${extension}`;
  const byExtension = new Map(extensions.map((each) => [key(each.trunk, each.extension), each]));
  return {
    linesOf: (user) => lines.filter(({ users }) => users.has(user)),
    lineOf: (number) => byNumber.get(number),
    extensionOf: (user) => byUser.get(user),
    extension: (trunk, extension) => byExtension.get(key(trunk, extension)),
  };
}
