/** Another process, as far as a database knows: opens a store, says what that changed, writes something and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { type DatabaseOptions, openStore } from '../../../src/store/index.ts';

const store = await openStore(workerData as DatabaseOptions);
await store.versions.bump('opened');
parentPort?.postMessage(store.upgrade.migrations);
await store.close();
