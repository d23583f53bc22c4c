/** Records that are older than they are to be kept are forgotten: at the start, and then each day. */
import type { Logger } from 'pino';
import type { Clock } from '../../call/index.ts';
import type { RecordBook } from './ports.ts';

const DAY_MS = 24 * 3_600_000;

export interface ForgettingParts {
  readonly records: Pick<RecordBook, 'prune'>;
  /** 0 keeps all. */
  readonly keepDays: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** @returns what stops it; settles when what is under way is done */
export function forgetRecords({ records, keepDays, clock, logger }: ForgettingParts): () => Promise<void> {
  if (keepDays === 0) return async () => undefined;
  let cancel: () => void = () => undefined;
  let isStopped = false;
  let running = Promise.resolve();
  const look = async () => {
    try {
      await records.prune(clock.now() - keepDays * DAY_MS);
    } catch (error) {
      logger.warn(
        { err: error },
        'Records of calls that are to be forgotten could not be deleted; it is tried again tomorrow',
      );
    }
    if (!isStopped) cancel = clock.after(DAY_MS, again);
  };
  const again = () => {
    running = look();
  };
  again();
  return () => {
    isStopped = true;
    cancel();
    return running;
  };
}
