/** Operations of the command line: on the database, beside the gateway; what only a running gateway can do, by its API. */
import { existsSync } from 'node:fs';
import { pino } from 'pino';
import type { Config } from '../config/index.ts';
import { systemClock } from './call/index.ts';
import type { OperationDesk } from './cli/index.ts';
import { operationParts } from './gateway-parts/operations.ts';
import { admitted, type Caller, execute, OperationError, speechFor } from './operations/index.ts';
import { openStore } from './store/index.ts';

const CALLER: Caller = { kind: 'cli' };

/** @throws OperationError when there is no database, StoreError when it cannot be opened */
export async function openDesk(config: Config): Promise<OperationDesk> {
  const { path, url } = config.store;
  if (url === undefined && !existsSync(path)) {
    throw new OperationError(
      'unavailable',
      `There is no database at ${path}: has the gateway run, with this configuration?`,
    );
  }
  const store = await openStore(url === undefined ? { path } : { url });
  const logger = pino({ level: 'silent' });
  const parts = operationParts({ config, store, isMember: () => false, clock: systemClock, logger });
  return {
    run: (operation, input, key) => execute(operation, input, { caller: CALLER, key, parts }),
    words: (operation, output) => operation.words(output, speechFor(parts, undefined, false)),
    download(operation, input) {
      const context = { caller: CALLER, key: '', parts };
      if (operation.download === undefined) throw new OperationError('invalid', 'This cannot be exported.');
      return operation.download(context, admitted(operation, input, context)).chunks;
    },
    close: () => store.close(),
  };
}
