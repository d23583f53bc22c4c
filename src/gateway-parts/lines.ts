/** Lines as they are now: the configuration, and on top of it what was linked while the gateway runs. */
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import { createLineDirectory, type IsMember, type LineBook, type LineDirectory } from '../account/index.ts';
import { lineBook, numberRules } from '../gateway-settings/index.ts';
import type { Started } from '../lifecycle.ts';
import type { MatrixSideParts } from '../matrix/index.ts';
import { displayName } from '../number/index.ts';
import type { Store } from '../store/index.ts';

/** Settles when what was linked counts. From then on changes of other processes are noticed. */
export async function startLines(
  config: Config,
  store: Pick<Store, 'lines' | 'preferences' | 'versions'>,
  isMember: IsMember,
  after: (delayMs: number, task: () => void) => () => void,
  logger: Logger,
  started: Started,
): Promise<LineDirectory> {
  const directory = createLineDirectory({
    base: lineBook(config, isMember),
    registry: store.lines,
    preferences: store.preferences,
    versions: store.versions,
    isMember,
    after,
    logger,
  });
  await directory.load();
  started.add('watch of lines', directory.watch());
  return directory;
}

/** Shared lines, in the words of the Matrix side. */
export function sharedLines(
  config: Config,
  directory: LineDirectory,
): NonNullable<NonNullable<MatrixSideParts['lines']>['shared']> {
  const rules = numberRules(config);
  return {
    controlRoomOf: (line) => directory.controlRoomOf(line),
    controlRooms: () => directory.controlRooms(),
    title: (line) => nameOf(directory, line) ?? displayName(line, rules),
  };
}

function nameOf({ lineOf, extensions }: LineBook, line: string): string | undefined {
  return (lineOf(line) ?? extensions.find(({ extension }) => extension === line))?.name;
}
