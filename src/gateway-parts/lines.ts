/** Lines as they are now: the configuration, and on top of it what was linked while the gateway runs. */
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import { createLineDirectory, type IsMember, type LineDirectory, lineByKey, ownerOfNumber } from '../account/index.ts';
import { lineBook, numberRules } from '../gateway-settings/index.ts';
import type { Started } from '../lifecycle.ts';
import type { MatrixSideParts } from '../matrix/index.ts';
import { canonicalDial, displayName, isE164 } from '../number/index.ts';
import type { Store } from '../store/index.ts';

/** Settles when what was linked counts. */
export async function readLines(
  config: Config,
  store: Pick<Store, 'lines' | 'preferences' | 'versions'>,
  isMember: IsMember,
  after: (delayMs: number, task: () => void) => () => void,
  logger: Logger,
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
  return directory;
}

/** The same; from then on changes of other processes are noticed. */
export async function startLines(
  config: Config,
  store: Pick<Store, 'lines' | 'preferences' | 'versions'>,
  isMember: IsMember,
  after: (delayMs: number, task: () => void) => () => void,
  logger: Logger,
  started: Started,
): Promise<LineDirectory> {
  const directory = await readLines(config, store, isMember, after, logger);
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
    title: (key) => lineByKey(directory, key)?.name ?? displayName(key.replace(/@.*$/, ''), rules),
  };
}

/** Whom lookups of numbers give in place of ghosts; nothing where nobody is to be given. */
export function realUsers(config: Config, directory: LineDirectory): Pick<MatrixSideParts, 'realUsers'> {
  const { lookups, identity, inbound, homeserver } = config;
  const { server: url, token } = identity;
  const server =
    url === undefined || token === undefined ? undefined : { url, token, cacheMs: identity.cache_s * 1000 };
  if (!lookups.real_users && server === undefined) return {};
  const rules = numberRules(config);
  const owners = {
    lines: directory,
    rules: inbound.rules,
    preferencesOf: directory.preferencesOf,
    serverName: homeserver.domain,
  };
  return {
    realUsers: {
      numberOf(dialled) {
        const number = canonicalDial(dialled, rules);
        return isE164(number) ? number : undefined;
      },
      ownerOf: (number) => (lookups.real_users ? ownerOfNumber(number, owners) : undefined),
      ...(server === undefined ? {} : { identity: server }),
    },
  };
}
