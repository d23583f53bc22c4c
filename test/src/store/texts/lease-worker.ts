/** Another process, as far as a database knows: a thread with a connection of its own that lends numbers when asked. */
import { parentPort } from 'node:worker_threads';
import type { LeaseBook } from '../../../../src/message/index.ts';
import { type DatabaseOptions, openStore } from '../../../../src/store/index.ts';

export type LeaseAsk =
  | { readonly asks: 'open'; readonly options: DatabaseOptions }
  | { readonly asks: 'lend'; readonly of: Parameters<LeaseBook['lend']> }
  | { readonly asks: 'holder'; readonly of: Parameters<LeaseBook['holder']> }
  | { readonly asks: 'close' };
export type LeaseQuestion = { readonly id: number } & LeaseAsk;

let store = await openStore({ path: ':memory:' });

async function answer(question: LeaseQuestion): Promise<unknown> {
  switch (question.asks) {
    case 'open':
      await store.close();
      store = await openStore(question.options);
      return;
    case 'lend':
      return store.leases.lend(...question.of);
    case 'holder':
      return store.leases.holder(...question.of);
    case 'close':
      return store.close();
  }
}

parentPort?.on('message', (question: LeaseQuestion) => {
  answer(question).then(
    (value) => parentPort?.postMessage({ id: question.id, value }),
    (error: unknown) => parentPort?.postMessage({ id: question.id, error: String(error) }),
  );
});
