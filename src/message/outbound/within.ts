import type { Clock } from '../ports.ts';

/** Settles with the task, or when it took too long; the task goes on. */
export async function within(ms: number, task: Promise<void>, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  await Promise.race([task, promise]);
  cancel();
}
