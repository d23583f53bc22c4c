/** The gateway's database, for commands that work on it beside the running gateway. */
import { existsSync } from 'node:fs';
import type { Config } from '../../config/index.ts';
import type { Store } from '../store/index.ts';
import { CliError } from './command.ts';

/** Opens it, does the work, and closes it. @throws CliError when there is none */
export async function withStore<T>({ store: { path } }: Config, work: (store: Store) => Promise<T>): Promise<T> {
  if (!existsSync(path))
    throw new CliError(`there is no database at ${path}: has the gateway run, with this configuration?`);
  // Loaded only when it is needed: other commands should not wait for a database.
  const { openStore } = await import('../store/index.ts');
  const store = await openStore({ path });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
