/** What is kept of calls. */
import { count, key, section } from './key.ts';

export const records = section({
  keep_days: key(count(0, 36_500, 'number of days').default(0), {
    about:
      'How long the record of a call is kept; 0 keeps it for good. What the law says of such data differs: ask whoever knows. Limits ' +
      'count from records, and a user whose records are all gone is new again. The ledger is never shortened.',
    example: 180,
  }),
});
