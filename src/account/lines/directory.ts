/** The lines as they are now: the configuration and what was linked, in memory; looked at again when the database says so. */
import type { Logger } from 'pino';
import { repeatedly } from '../../repeatedly.ts';
import type { BookedExtension, BookedLine, LineBook } from '../line-book.ts';
import { createLineBook, lineByKey, mergeLines } from '../line-book.ts';
import type { IsMember } from '../people.ts';
import {
  LINES_AREA,
  type LineRegistry,
  NO_PREFERENCES,
  PREFERENCES_AREA,
  type PreferenceBook,
  type PreferenceOwner,
  type Preferences,
} from './ports.ts';

/** What other processes changed is noticed by a version: rising numbers for each area. */
export interface Versions {
  current(area: string): Promise<number>;
}

export interface LineDirectoryParts {
  /** What the configuration says. */
  readonly base: Pick<LineBook, 'lines' | 'extensions'>;
  readonly registry: Pick<LineRegistry, 'all'>;
  readonly preferences: Pick<PreferenceBook, 'all'>;
  readonly versions: Versions;
  readonly isMember: IsMember;
  /** Runs `task` once after `delayMs`; the function returned prevents it. */
  readonly after: (delayMs: number, task: () => void) => () => void;
  readonly logger: Logger;
}

export interface LineDirectory extends LineBook {
  preferencesOf(owner: string): Preferences;
  /** Rooms whose members share lines, each once. */
  controlRooms(): readonly string[];
  /** The control room that a line belongs to now; undefined when it belongs to none. @param key see `lineKey` */
  controlRoomOf(key: string): string | undefined;
  /** Reads everything. Before it the configuration alone counts. Rejects with what the books reject with. */
  load(): Promise<void>;
  /** Reads what has changed. Settles when it counts; called by `watch`, and by whoever changed something. */
  refresh(): Promise<void>;
  /** Looks every second, until the function returned is called. */
  watch(): () => void;
  /** Told when lines have changed: who has them, or which there are. */
  onChange(listener: () => void): void;
}

const LOOK_EVERY_MS = 1_000;

export function createLineDirectory(parts: LineDirectoryParts): LineDirectory {
  const { base, registry, preferences, versions, isMember, after, logger } = parts;
  let book: LineBook = createLineBook(base.lines, base.extensions);
  let preferred: ReadonlyMap<PreferenceOwner, Preferences> = new Map();
  const seen = { lines: -1, preferences: -1 };
  const listeners: (() => void)[] = [];
  let reading: Promise<void> = Promise.resolve();

  const read = async (): Promise<void> => {
    const [lines, wishes] = await Promise.all([versions.current(LINES_AREA), versions.current(PREFERENCES_AREA)]);
    if (wishes !== seen.preferences) {
      preferred = await preferences.all();
      seen.preferences = wishes;
    }
    if (lines === seen.lines) return;
    const linked = await registry.all();
    book = mergeLines(base, linked, isMember);
    const isFirst = seen.lines === -1;
    seen.lines = lines;
    if (!isFirst) logger.info({ linked: linked.length }, 'lines were linked or unlinked');
    for (const listener of listeners) listener();
  };
  // One after the other, so that an older answer never takes the place of a newer one.
  const refresh = (): Promise<void> => {
    reading = reading.then(read, read);
    return reading;
  };
  return {
    linesOf: (user) => book.linesOf(user),
    lineOf: (number) => book.lineOf(number),
    extensionOf: (user) => book.extensionOf(user),
    extension: (trunk, extension) => book.extension(trunk, extension),
    get lines(): readonly BookedLine[] {
      return book.lines;
    },
    get extensions(): readonly BookedExtension[] {
      return book.extensions;
    },
    preferencesOf: (owner) => preferred.get(owner as PreferenceOwner) ?? NO_PREFERENCES,
    controlRooms: () => [
      ...new Set([...book.lines, ...book.extensions].flatMap(({ controlRoom }) => controlRoom ?? [])),
    ],
    controlRoomOf: (key) => lineByKey(book, key)?.controlRoom,
    load: refresh,
    refresh,
    watch: () =>
      repeatedly({
        after,
        everyMs: LOOK_EVERY_MS,
        task: refresh,
        onTrouble: (error) =>
          logger.warn({ err: error }, 'whose lines are whose cannot be read; what was known counts'),
      }),
    onChange: (listener) => void listeners.push(listener),
  };
}
