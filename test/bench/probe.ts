/**
 * Preloaded into every thread of a gateway (`--import`, with `--expose-gc`): answers the parent process's question what is
 * left in memory once everything that can be collected is.
 */
import { queryObjects } from 'node:v8';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

export interface ThreadState {
  readonly thread: number;
  /** After a full collection, in bytes. */
  readonly heapBytes: number;
  readonly arrayBufferBytes: number;
  /** Timers that something still holds, running or not. */
  readonly timers: number;
  /** What keeps the event loop alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

/** `hello` of a worker, `measure` of the main thread, and what a worker measured. */
type Message = 'measure' | { readonly hello: number } | ThreadState;

const channel = new BroadcastChannel('trunkline bench probe');
channel.unref();

// Timeout is not exported; its objects have it.
const someTimer = setTimeout(() => {}, 0);
clearTimeout(someTimer);
const Timeout = someTimer.constructor as new () => unknown;

function measure(): ThreadState {
  globalThis.gc?.();
  globalThis.gc?.();
  const timers = queryObjects(Timeout, { format: 'count' });
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return { thread: threadId, heapBytes: heapUsed, arrayBufferBytes: arrayBuffers, timers, resources };
}

if (isMainThread) {
  const workers = new Set<number>();
  let answers: ThreadState[] = [];
  const answer = () => {
    if (answers.length === workers.size) process.send?.([measure(), ...answers]);
  };
  channel.onmessage = (event) => {
    const message = (event as { data: Message }).data;
    if (typeof message === 'string') return;
    if ('hello' in message) workers.add(message.hello);
    else {
      answers.push(message);
      answer();
    }
  };
  process.on('message', () => {
    answers = [];
    channel.postMessage('measure' satisfies Message);
    answer();
  });
  // Listening alone must not keep a stopped gateway alive.
  process.channel?.unref();
} else {
  channel.onmessage = (event) => {
    if ((event as { data: Message }).data === 'measure') channel.postMessage(measure() satisfies Message);
  };
  channel.postMessage({ hello: threadId } satisfies Message);
}
