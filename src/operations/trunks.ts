/** Trunks, how they do, and how the gateway does for a user. */
import { z } from 'zod';
import { liveOf } from './calls.ts';
import { creditOf, creditWords } from './credit/index.ts';
import { OperationError } from './errors.ts';
import { instant, instantOf, money } from './fields.ts';
import { operation, ownOperation } from './operation.ts';
import type { LiveTrunk, OperationParts } from './parts.ts';

/** For those who look for one. */
export function trunkNames({ trunks }: Pick<OperationParts, 'trunks'>): string {
  return trunks.map(({ name }) => name).join(', ');
}

const trunk = z.object({
  name: z.string(),
  state: z.enum(['up', 'down', 'unknown']).describe('`unknown`: nothing was tried yet.'),
  detail: z.string().optional(),
  since: instant(),
  calls: z.int(),
  maxCalls: z.int().optional(),
  registrations: z.array(
    z.object({
      account: z.string(),
      state: z.string(),
      detail: z.string().optional(),
      expiresAt: instant().optional(),
    }),
  ),
});

type Trunk = z.output<typeof trunk>;

function trunkOf({ since, registrations, ...rest }: LiveTrunk): Trunk {
  return {
    ...rest,
    since: instantOf(since),
    registrations: registrations.map(({ expiresAt, ...each }) => ({
      ...each,
      ...(expiresAt === undefined ? {} : { expiresAt: instantOf(expiresAt) }),
    })),
  };
}

const STATES: Readonly<Record<Trunk['state'], string>> = { up: 'up', down: 'DOWN', unknown: 'not tried yet' };

function trunkLine({ name, state, detail, calls, maxCalls, registrations }: Trunk): string {
  const of = maxCalls === undefined ? '' : ` of ${maxCalls}`;
  const registered = registrations.filter((each) => each.state === 'registered').length;
  const accounts = registrations.length === 0 ? '' : `, ${registered} of ${registrations.length} registered`;
  const why = detail === undefined ? '' : ` (${detail})`;
  const troubles = registrations
    .filter((each) => each.state !== 'registered')
    .map(({ account, state: is, detail: words }) => `\n  ${account}: ${is}${words === undefined ? '' : ` (${words})`}`);
  return `${name}: ${STATES[state]}, ${calls}${of} calls${accounts}${why}${troubles.join('')}`;
}

export const trunksList = operation({
  name: 'trunks.list',
  summary: 'show how each trunk does, with its registrations',
  access: 'read',
  changes: false,
  live: true,
  input: z.object({}),
  output: z.object({ trunks: z.array(trunk) }),
  http: { method: 'GET', path: '/trunks' },
  command: {
    names: ['trunks', 'trunks list'],
    usage: [{ arguments: '', does: 'shows how each trunk does, with its registrations', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  run: async ({ parts }) => ({ trunks: liveOf(parts).trunks().map(trunkOf) }),
  words: ({ trunks }) => (trunks.length === 0 ? 'There are no trunks.' : trunks.map(trunkLine).join('\n')),
});

export const trunksRegister = operation({
  name: 'trunks.register',
  summary: 'register the accounts of a trunk at once',
  access: 'administrator',
  changes: true,
  live: true,
  input: z.object({ trunk: z.string().min(1).max(64) }),
  output: z.object({ trunk: z.string(), accounts: z.int() }),
  http: { method: 'POST', path: '/trunks/{trunk}/register' },
  command: {
    names: ['register', 'trunks register'],
    usage: [{ arguments: 'TRUNK', does: 'registers the accounts of a trunk at once', example: 'office' }],
    read: ([name, ...more]) => (name === undefined || more.length > 0 ? undefined : { trunk: name }),
  },
  async run({ parts }, { trunk: name }) {
    const accounts = liveOf(parts).registerNow(name);
    if (accounts === undefined) {
      throw new OperationError('not-found', `There is no trunk ${name}; there are: ${trunkNames(parts)}.`);
    }
    if (accounts === 0) throw new OperationError('conflict', `The trunk ${name} does not register: it has no account.`);
    return { trunk: name, accounts };
  },
  words: ({ trunk: name, accounts }) =>
    `${accounts === 1 ? 'The account' : `All ${accounts} accounts`} of ${name} ${accounts === 1 ? 'is' : 'are'} registered again now. “trunks” shows what came of it.`,
});

export const statusShow = ownOperation({
  name: 'status.show',
  summary: 'show whether a user can call: trunks, their own registration, their credit',
  changes: false,
  live: true,
  input: {},
  output: z.object({
    trunks: z.array(z.object({ name: z.string(), state: z.enum(['up', 'down', 'unknown']) })),
    extension: z.object({ extension: z.string(), trunk: z.string(), state: z.string() }).optional(),
    balance: money(),
    credit: z.string().describe('In words.'),
  }),
  http: { method: 'GET', path: '/users/{user}/status' },
  command: {
    names: ['status', 'status show'],
    usage: [{ arguments: '', does: 'shows whether you can call: trunks, registration, credit', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts, user }) {
    const trunks = liveOf(parts).trunks();
    const own = (await parts.lineBook()).extensionOf(user);
    const account = trunks
      .find(({ name }) => name === own?.trunk)
      ?.registrations.find((each) => each.account === own?.extension);
    const credit = await creditOf(parts.ledger, user);
    return {
      trunks: trunks.map(({ name, state }) => ({ name, state })),
      ...(own === undefined
        ? {}
        : { extension: { extension: own.extension, trunk: own.trunk, state: account?.state ?? 'unregistered' } }),
      balance: credit.balance,
      credit: creditWords(credit),
    };
  },
  words({ trunks, extension, credit }) {
    return [
      ...trunks.map(({ name, state }) => `${name}: ${STATES[state]}`),
      ...(extension === undefined
        ? []
        : [`Extension ${extension.extension} at ${extension.trunk}: ${extension.state}`]),
      credit,
    ].join('\n');
  },
});
