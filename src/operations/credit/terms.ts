/** On which terms a user calls: free, prepaid, or postpaid down to a limit. */
import { z } from 'zod';
import { NOTHING } from '../../money.ts';
import { OperationError } from '../errors.ts';
import { amount, readAmount, USER_ID, userId } from '../fields.ts';
import { operation } from '../operation.ts';
import { type Credit, credit, creditOf, creditWords } from './standing.ts';

export const creditGrant = operation({
  name: 'credit.grant',
  summary: 'say what a user may spend: free, prepaid, postpaid down to a limit, or as the configuration has it',
  access: 'administrator',
  changes: true,
  input: z.object({
    user: userId(),
    kind: z.enum(['free', 'prepaid', 'postpaid', 'default']),
    limit: amount().optional().describe('With `postpaid`: how far below zero.'),
  }),
  output: credit,
  http: { method: 'PUT', path: '/users/{user}/credit/terms' },
  command: {
    names: ['grant', 'credit grant'],
    usage: [
      {
        arguments: 'USER free|prepaid|default',
        does: 'lets somebody call for nothing, for what was paid in, or as the configuration says',
        example: '@alice:example.org prepaid',
      },
      {
        arguments: 'USER postpaid LIMIT',
        does: 'lets somebody go below zero, down to a limit',
        example: '@alice:example.org postpaid 20',
      },
    ],
    read([user, kind, limit, ...more]) {
      if (user === undefined || kind === undefined || more.length > 0 || !USER_ID.test(user)) return undefined;
      return { user, kind: kind.toLowerCase(), ...(limit === undefined ? {} : { limit }) };
    },
  },
  async run({ parts: { ledger } }, { user, kind, limit }) {
    if (kind === 'postpaid' && limit === undefined)
      throw new OperationError('invalid', 'Postpaid down to which limit? Write it like “postpaid 20”.');
    const below = limit === undefined ? NOTHING : readAmount(limit);
    if (below < 0) throw new OperationError('invalid', 'The limit is an amount without a minus.');
    const terms = kind === 'default' ? undefined : ({ kind, limit: kind === 'postpaid' ? below : NOTHING } as const);
    await ledger.setTerms(user, terms);
    return creditOf(ledger, user);
  },
  words: (output) => `${output.user}: ${KINDS[output.kind]}. ${creditWords(output)}`,
});

const KINDS: Readonly<Record<Credit['kind'], string>> = {
  free: 'free from now on',
  prepaid: 'prepaid from now on',
  postpaid: 'postpaid from now on',
};
