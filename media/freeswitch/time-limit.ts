/** Promises of drachtio-fsmrf and drachtio-srf that never settle when their server has gone. */

import { MediaError } from '../engine.ts';

/** @throws MediaError `engine-failed` after `ms` */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new MediaError('engine-failed', `${what}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
