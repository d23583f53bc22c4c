/** Users, with what they have. */
import { z } from 'zod';
import { sum } from '../money.ts';
import { money, moneyOf, showMoney } from './fields.ts';
import { operation } from './operation.ts';

const user = z.object({
  user: z.string(),
  kind: z.enum(['free', 'prepaid', 'postpaid']),
  balance: money(),
  lines: z.array(z.string()),
});

export const usersList = operation({
  name: 'users.list',
  summary: 'list everybody who has a line, credit, or ever paid for anything',
  access: 'read',
  changes: false,
  input: z.object({}),
  output: z.object({ users: z.array(user) }),
  http: { method: 'GET', path: '/users' },
  command: {
    names: ['users', 'users list'],
    usage: [{ arguments: '', does: 'lists everybody with their lines and their credit', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts: { ledger, lineBook } }) {
    const [accounts, { lines, extensions }] = await Promise.all([ledger.users(), lineBook()]);
    const known = new Map(accounts.map((each) => [each.user, each]));
    const numbers = new Map<string, string[]>();
    const has = (who: string, number: string) => numbers.set(who, [...(numbers.get(who) ?? []), number]);
    for (const { number, users } of lines) for (const who of users.named) has(who, number);
    for (const { extension, user: who } of extensions) if (who !== undefined) has(who, extension);
    const all = [...new Set([...numbers.keys(), ...known.keys()])].sort();
    return {
      users: await Promise.all(
        all.map(async (who) => {
          const account = known.get(who);
          const { kind } = account?.terms ?? (await ledger.terms(who));
          const balance =
            account === undefined
              ? moneyOf(sum(), ledger.currency)
              : moneyOf(sum(account.balance, account.held), ledger.currency);
          return { user: who, kind, balance, lines: numbers.get(who) ?? [] };
        }),
      ),
    };
  },
  words({ users }) {
    if (users.length === 0) return 'Nobody has a line or credit yet.';
    return users
      .map(({ user: who, kind, balance, lines }) => {
        const has = lines.length === 0 ? 'no line' : lines.join(', ');
        return `${who}: ${has}; ${kind === 'free' ? 'free' : `${kind}, ${showMoney(balance)}`}`;
      })
      .join('\n');
  },
});
