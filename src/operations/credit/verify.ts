/** Whether the books of money add up. */
import { z } from 'zod';
import { operation } from '../operation.ts';

export const ledgerVerify = operation({
  name: 'ledger.verify',
  summary: 'check the ledger: sums, limits, everything that is held',
  access: 'read',
  changes: false,
  input: z.object({}),
  output: z.object({
    isRight: z.boolean(),
    faults: z.array(z.object({ account: z.string().optional(), seq: z.int().optional(), words: z.string() })),
  }),
  http: { method: 'GET', path: '/ledger/verification' },
  command: {
    names: ['ledger verify'],
    usage: [{ arguments: '', does: 'checks that the books add up', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts: { ledger } }) {
    const faults = await ledger.verify();
    return { isRight: faults.length === 0, faults: faults.map((each) => ({ ...each })) };
  },
  words({ isRight, faults }) {
    if (isRight)
      return 'The ledger is right: every balance is the sum of its transfers, and all of them together are zero.';
    return ['The ledger is wrong:', ...faults.map(({ words }) => `· ${words}`)].join('\n');
  },
});
