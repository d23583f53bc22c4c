/**
 * On which database long tests run: SQLite, or, with TRUNKLINE_TEST_DATABASE=postgres, a PostgreSQL server of their own that waits
 * for the disk.
 */
import { PostgresServer } from './postgres.ts';

export interface ChosenDatabase {
  /** Of the gateway's configuration. */
  readonly config: { readonly store?: { readonly url: string } };
  /** For `openStore`. @param file where the gateway has its file when it has one */
  options(file: string): { readonly path: string } | { readonly url: string };
  remove(): Promise<void>;
}

export async function chosenDatabase(): Promise<ChosenDatabase> {
  if (process.env.TRUNKLINE_TEST_DATABASE !== 'postgres') {
    return { config: {}, options: (file) => ({ path: file }), remove: async () => {} };
  }
  const server = await PostgresServer.start({ durable: true });
  const url = await server.create('trunkline');
  return { config: { store: { url } }, options: () => ({ url }), remove: () => server.remove() };
}
