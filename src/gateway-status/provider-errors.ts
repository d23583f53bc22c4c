/** What providers say in codes of their own, in words for administrators. */
import type { Logger } from 'pino';
import type { CallRecord } from '../call/index.ts';
import type { MatrixSide } from '../matrix/index.ts';

export interface ProviderError {
  readonly match: RegExp;
  readonly meaning: string;
}

export interface ProviderErrorParts {
  /** What a trunk's codes mean. */
  readonly errorsOf: (trunk: string) => readonly ProviderError[];
  readonly administrators: Pick<MatrixSide['administrators'], 'trouble'>;
  readonly logger: Logger;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Tells of each failure that a provider explains: every time in the log, once a day in the administrators' room. */
export function createProviderErrorTeller({ errorsOf, administrators, logger, now }: ProviderErrorParts) {
  return (record: CallRecord): void => {
    if (record.direction !== 'out') return;
    for (const { trunk, failure } of record.attempts) {
      if (failure === undefined) continue;
      const meaning = errorsOf(trunk).find(({ match }) => match.test(failure.admin))?.meaning;
      if (meaning === undefined) continue;
      const { callRef } = record;
      logger.warn({ callRef, trunk, status: failure.sipStatus }, `The provider refused a call: ${meaning}`);
      const day = new Date(now()).toISOString().slice(0, 10);
      const text = `The trunk ${trunk} refused a call: ${meaning}. (${callRef})`;
      void administrators.trouble(`trunk:${trunk}:error:${meaning}:${day}`, text);
    }
  };
}
