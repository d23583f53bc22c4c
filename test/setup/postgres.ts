/**
 * One PostgreSQL server for all tests of a run, started by the first that needs one (`test/src/store/databases.ts`), and ended here.
 * Runs before and after each project's tests.
 */
import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { PostgresServer, postgresFolder, postgresPrograms } from '../world/postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the server is, or will be; empty when PostgreSQL is not installed. */
    postgresFolder: string;
    /** The process whose end is that of the server. */
    postgresOwner: number;
  }
}

export default function setup(project: TestProject): () => Promise<void> {
  const folder = postgresPrograms() === undefined ? '' : postgresFolder();
  project.provide('postgresFolder', folder);
  project.provide('postgresOwner', process.pid);
  return async () => {
    if (folder === '') return;
    await PostgresServer.at(folder).remove();
    rmSync(folder, { recursive: true, force: true });
  };
}
