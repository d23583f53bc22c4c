/** The gateway's database, for commands that work on it beside the running gateway. */
import { existsSync } from 'node:fs';
import type { Config } from '../../config/index.ts';
import type { Store } from '../store/index.ts';
import { CliError } from './command.ts';

/** Opens it, does the work, and closes it. @throws CliError when there is none */
export async function withStore<T>({ store: { path, url } }: Config, work: (store: Store) => Promise<T>): Promise<T> {
  if (url === undefined && !existsSync(path))
    throw new CliError(`there is no database at ${path}: has the gateway run, with this configuration?`);
  // Loaded only when it is needed: other commands should not wait for a database.
  const { openStore } = await import('../store/index.ts');
  const store = await openStore(url === undefined ? { path } : { url });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
