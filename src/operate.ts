/** Operations of the command line: on the database, beside the gateway; what only a running gateway can do, by its API. */
import { existsSync } from 'node:fs';
import { pino } from 'pino';
import type { Config } from '../config/index.ts';
import { type Clock, systemClock } from './call/index.ts';
import { localUrl, type OperationDesk } from './cli/index.ts';
import { operationParts } from './gateway-parts/operations.ts';
import { numberRules, numberRulesOf } from './gateway-settings/index.ts';
import { API_PREFIX, createApiClient } from './http/api/index.ts';
import {
  admitted,
  type Caller,
  execute,
  type Operation,
  OperationError,
  type OperationParts,
  speechFor,
} from './operations/index.ts';
import { openStore, type Store } from './store/index.ts';

const CALLER: Caller = { kind: 'cli' };

/** Opens nothing before it is asked for something. */
export async function openDesk(config: Config, clock: Clock = systemClock): Promise<OperationDesk> {
  let store: Store | undefined;
  let opened: Promise<OperationParts> | undefined;
  const parts = (): Promise<OperationParts> => {
    opened ??= open(config).then((db) => {
      store = db;
      const logger = pino({ level: 'silent' });
      return operationParts({ config, store: db, isMember: () => false, clock, logger });
    });
    return opened;
  };
  const rules = numberRules(config);
  const rulesOf = numberRulesOf(config);
  const reading = {
    numbersOf: (user: string | undefined) => (user === undefined ? rules : rulesOf(user)),
    timeZone: config.inbound.time_zone,
  };
  return {
    async run(operation, input, key) {
      if (operation.live) return apiOf(config, operation).run(operation, input, key);
      return execute(operation, input, { caller: CALLER, key, parts: await parts() });
    },
    words: (operation, output) => operation.words(output, speechFor(reading, undefined, false)),
    async *download(operation, input) {
      if (operation.download === undefined) throw new OperationError('invalid', 'This cannot be exported.');
      const context = { caller: CALLER, key: '', parts: await parts() };
      yield* operation.download(context, admitted(operation, input, context)).chunks;
    },
    async close() {
      await store?.close();
    },
  };
}

/** @throws OperationError when there is no database, StoreError when it cannot be opened */
async function open({ store: { path, url } }: Config): Promise<Store> {
  if (url !== undefined) return openStore({ url });
  if (existsSync(path)) return openStore({ path });
  throw new OperationError(
    'unavailable',
    `There is no database at ${path}: has the gateway run, with this configuration?`,
  );
}

/** @throws OperationError when the configuration has no API, or no token that may do it */
function apiOf(config: Config, { changes }: Operation) {
  const { enabled, tokens } = config.api;
  const token = tokens.find(({ access }) => access === 'administrator' || !changes)?.token;
  if (!enabled || token === undefined) {
    throw new OperationError(
      'unavailable',
      'Only the running gateway can do this. It is asked by the provisioning API: set api.enabled, with a token ' +
        `in api.tokens${changes ? ' that has access: administrator' : ''}.`,
    );
  }
  return createApiClient({ url: `${localUrl(config)}${API_PREFIX}`, token });
}
