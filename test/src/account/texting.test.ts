import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineBook, matchPeople, textWords } from '../../../src/account/index.ts';
import { decideInboundText, decideText, type TextInput, type TextRules } from '../../../src/account/texting.ts';
import type { MatrixUserId } from '../../../src/matrix/ids.ts';
import { meaningOf, parseDialString } from '../../../src/number/index.ts';
import { alice, bob, carol, erin, lines, stranger } from './samples.ts';

const dave = '@dave:example.org' as MatrixUserId;
const everybody = matchPeople(['@*:example.org']);
const anywhere = { prefixes: [], countries: [], types: [], choose: 'in-order' } as const;
const rule = { numbers: [], prefixes: [], patterns: [], trunks: [], hours: [], rejectEnds: 'one' } as const;

const ring = (users: readonly string[], rooms: readonly string[] = []) => [
  { users: users as MatrixUserId[], rooms, forMs: 1 },
];

const common: TextRules = {
  serverName: 'example.org',
  mayText: everybody,
  mayBeTexted: everybody,
  destinations: [{ ...anywhere, types: ['premium-rate'], action: 'deny' }],
  numbersOf: () => ({ region: 'DE', dialPlan: [], emergencyNumbers: new Set(['110']) }),
  trunks: [
    { name: 'office', weight: 1 },
    { name: 'backup', weight: 1 },
  ],
  routes: [],
  // Of alice, of alice and bob by the trunk `backup`; nobody else has a number.
  lines: createLineBook(
    [
      { number: '+4930901820', users: matchPeople([alice]) },
      { number: '+4930901821', users: matchPeople([alice, bob]), trunk: 'backup' },
    ],
    [{ user: erin, trunk: 'pbx', extension: '200' }],
  ),
  inbound: [],
  timeZone: 'Europe/Berlin',
  sharedSenders: [{ sender: 'EXAMPLE', users: matchPeople([carol, dave]), trunks: [] }],
  pools: [{ name: 'lent', numbers: ['+4930901890'], users: matchPeople([dave]), trunks: ['office'] }],
  blockedSenders: ['+4915199*', 'SPAM'],
};

function input(user: MatrixUserId, dialled: string, chosen?: string): TextInput {
  const read = parseDialString(dialled);
  const more = chosen === undefined ? {} : { chosen };
  if (!read.ok) return { user, number: undefined, ...more };
  return { user, number: { dialled: read.dialled, meaning: meaningOf(read.dialled, common.numbersOf(user)) }, ...more };
}

interface Case {
  readonly user?: MatrixUserId;
  readonly dialled?: string;
  readonly chosen?: string;
  readonly rules?: Partial<TextRules>;
  readonly down?: readonly string[];
}

function decided({ user = alice, dialled = '030 1234567', chosen, rules = {}, down = [] }: Case) {
  return decideText(
    input(user, dialled, chosen),
    { ...common, ...rules },
    {
      availability: (name) => ({ state: down.includes(name) ? 'down' : 'up' }),
      random: () => 0,
    },
  );
}

/** Sender and trunks in one line. */
function way(of: Case): string {
  const decision = decided(of);
  if (decision.kind === 'refuse') return decision.words;
  const { sender, routes, target } = decision.plan;
  const from = sender.kind === 'pool' ? `pool ${sender.pool}` : `${sender.kind} ${sender.number}`;
  const by = routes.map(({ transport, account }) => `${transport}${account === undefined ? '' : `/${account}`}`);
  return `${from} by ${by.join(', ')} to ${target}`;
}

const pbx = [...common.trunks, { name: 'pbx', weight: 1 }];

describe('a text goes', () => {
  it.each<[string, Case, string]>([
    ['from the first number of its writer', {}, 'line +4930901820 by office, backup to +49301234567'],
    ['from the one that they chose', { chosen: '+4930901821' }, 'line +4930901821 by backup to +49301234567'],
    [
      'from their first when they chose none of theirs',
      { chosen: '+1' },
      'line +4930901820 by office, backup to +49301234567',
    ],
    ['only by the trunk of that number', { user: bob }, 'line +4930901821 by backup to +49301234567'],
    ['from a lent number', { user: dave }, 'pool lent by office to +49301234567'],
    ['from a shared sender', { user: carol }, 'shared EXAMPLE by office, backup to +49301234567'],
    [
      'from a shared sender where the pool is not known',
      { user: dave, rules: { routes: [{ ...anywhere, trunks: ['backup'] }] } },
      'shared EXAMPLE by backup to +49301234567',
    ],
    [
      "from the trunk's own number, of those who have none",
      { user: '@frank:example.org' as MatrixUserId },
      'line  by office, backup to +49301234567',
    ],
    [
      'as an extension, where the PBX carries texts',
      { user: erin, rules: { trunks: pbx }, dialled: '201' },
      'line 200 by pbx/200 to 201',
    ],
    ['like others where it does not', { user: erin }, 'line  by office, backup to +49301234567'],
    ['last by a trunk that is down', { down: ['office'] }, 'line +4930901820 by backup, office to +49301234567'],
    [
      'by the best route that has a trunk for texts',
      {
        rules: {
          routes: [
            { ...anywhere, prefixes: ['+4930'], trunks: ['calls-only'] },
            { ...anywhere, prefixes: ['+49'], trunks: ['backup'] },
          ],
        },
      },
      'line +4930901820 by backup to +49301234567',
    ],
    [
      'by any trunk where routes speak of calls alone',
      { rules: { routes: [{ ...anywhere, trunks: ['calls-only'] }] } },
      'line +4930901820 by office, backup to +49301234567',
    ],
    [
      'to what was dialled, where the trunk wants it',
      { user: erin, rules: { trunks: [{ name: 'pbx', weight: 1, asDialled: true }] }, dialled: '030 1234567' },
      'line 200 by pbx/200 to 0301234567',
    ],
    ['inside to a number of our own', { dialled: '+4930901821' }, 'line +4930901820 by inside to +4930901821'],
    ['inside to a lent number', { dialled: '+4930901890' }, 'line +4930901820 by inside to +4930901890'],
    [
      'inside to a number of a rule',
      {
        dialled: '+4930901877',
        rules: { inbound: [{ ...rule, numbers: ['+4930901877'], trunks: ['office'], ring: ring([bob]) }] },
      },
      'line +4930901820 by inside to +4930901877',
    ],
    [
      'by a trunk to a number of our own, of those whom no answer would find',
      { user: '@frank:example.org' as MatrixUserId, dialled: '+4930901820' },
      'line  by office, backup to +4930901820',
    ],
    ['to a short code', { dialled: '11833' }, 'line +4930901820 by office, backup to 11833'],
  ])('%s', (_name, of, expected) => {
    expect(way(of)).toBe(expected);
  });

  it.each<[string, Case, string]>([
    ['of somebody without permission', { rules: { mayText: matchPeople([bob]) } }, textWords.notPermitted],
    ['of somebody of another server', { user: stranger }, textWords.federated('example.org')],
    ['to what is no number', { dialled: '' }, textWords.unusable],
    ['to an emergency number', { dialled: '110' }, textWords.emergency('110')],
    ['to an emergency number, of anybody', { dialled: '112', user: stranger }, textWords.emergency('112')],
    ['to a code', { dialled: '*97' }, textWords.code],
    ['to a number that is denied', { dialled: '+49 900 1234567' }, textWords.destination],
    ['without a trunk', { rules: { trunks: [] } }, textWords.noWay],
    [
      'without a route',
      { rules: { routes: [{ ...anywhere, prefixes: ['+44'], trunks: ['office'] }] } },
      textWords.noWay,
    ],
    [
      "without a trunk that knows the writer's number",
      { user: bob, rules: { routes: [{ ...anywhere, trunks: ['office'] }] } },
      textWords.noSender,
    ],
  ])('not %s', (_name, of, words) => {
    expect(way(of)).toBe(words);
  });

  it('by a trunk that has as many calls as it may have', () => {
    const full = { state: 'up', calls: 2, maxCalls: 2 } as const;
    const decision = decideText(input(alice, '030 1234567'), common, { availability: () => full, random: () => 0 });
    expect(decision.kind).toBe('allow');
  });
});

it('a plan names only trunks that carry texts and know the sender, each once, whatever is configured', () => {
  const names: fc.Arbitrary<string> = fc.constantFrom('office', 'backup', 'pbx', 'calls-only');
  const rules = fc.record({
    trunks: fc.uniqueArray(names).map((all) => all.map((name) => ({ name, weight: 1 }))),
    routes: fc.array(
      fc.record({ trunks: fc.uniqueArray(names), choose: fc.constantFrom('in-order', 'by-weight') }).map((route) => ({
        ...anywhere,
        ...route,
      })),
      { maxLength: 3 },
    ),
    pools: fc.array(
      fc.uniqueArray(names).map((trunks) => ({ name: 'p', numbers: ['+49'], users: everybody, trunks })),
      { maxLength: 2 },
    ),
  });
  fc.assert(
    fc.property(
      rules,
      fc.constantFrom(alice, bob, carol, erin),
      fc.double({ min: 0, max: 0.999 }),
      (more, user, at) => {
        const moment = { availability: () => undefined, random: () => at };
        const decision = decideText(input(user, '030 1234567'), { ...common, ...more }, moment);
        if (decision.kind === 'refuse') return;
        const { routes, sender } = decision.plan;
        const used = routes.map(({ transport }) => transport);
        const carry = more.trunks.map(({ name }) => name);
        expect(used.every((name) => carry.includes(name))).toBe(true);
        expect(new Set(used).size).toBe(used.length);
        if (sender.kind === 'line' && sender.number === '+4930901821') expect(used).toEqual(['backup']);
        if (sender.kind === 'pool') {
          const known = more.pools.flatMap(({ trunks }) => (trunks.length === 0 ? carry : trunks));
          expect(used.every((name) => known.includes(name))).toBe(true);
        }
      },
    ),
  );
});

interface InCase {
  readonly called?: string;
  readonly sender?: string;
  readonly transport?: string;
  readonly account?: string;
  readonly rules?: Partial<TextRules>;
  /** ISO 8601 */
  readonly at?: string;
}

function meant({ called = '+4930901820', rules = {}, at = '2025-06-02T10:00:00Z', ...more }: InCase) {
  const request = { transport: 'office', sender: '+4915123456789', ...more, called };
  const decision = decideInboundText(request, { ...common, ...rules }, Date.parse(at));
  switch (decision.kind) {
    case 'users':
      return decision.targets.map((target) => (target.kind === 'user' ? target.user : target.room)).join(' ');
    case 'pool':
      return `pool ${decision.pool}`;
    default:
      return decision.kind;
  }
}

const byDay = [{ days: ['mon'], from: '09:00', to: '17:00' }] as const;

describe('a text from the telephone is for', () => {
  it.each<[string, InCase, string]>([
    ['whose number it is', {}, alice],
    ['all whose number it is', { called: '+4930901821' }, `${alice} ${bob}`],
    ['nobody, of another number', { called: '+4930901899' }, 'nobody'],
    ['nobody, without a number', { called: '' }, 'nobody'],
    ['the holder of a lent number', { called: '+4930901890' }, 'pool lent'],
    ['nobody who could answer', { called: 'EXAMPLE' }, 'shared'],
    ['nobody, of a sender that is blocked', { sender: '+4915199123456' }, 'nobody'],
    ['nobody, of letters that are blocked', { sender: 'SPAM' }, 'nobody'],
    [
      'those of a rule for one trunk, too, when it comes from inside',
      {
        transport: 'inside',
        called: '+4930901877',
        rules: { inbound: [{ ...rule, numbers: ['+4930901877'], trunks: ['office'], ring: ring([bob]) }] },
      },
      bob,
    ],
    ['whose extension it is', { called: '200', transport: 'pbx' }, erin],
    ['whose extension the account is', { called: 'front-desk', account: '200', transport: 'pbx' }, erin],
    ['nobody, of an extension of another trunk', { called: '200' }, 'nobody'],
    [
      'those of a rule that names the number',
      { rules: { inbound: [{ ...rule, numbers: ['+4930901820'], ring: ring([bob], ['!desk:example.org']) }] } },
      `${bob} !desk:example.org`,
    ],
    [
      'whose number it is, before a rule for many',
      { rules: { inbound: [{ ...rule, prefixes: ['+49'], ring: ring([bob]) }] } },
      alice,
    ],
    [
      'those of a rule for many, of other numbers',
      { called: '+4930901899', rules: { inbound: [{ ...rule, prefixes: ['+49'], ring: ring([bob]) }] } },
      bob,
    ],
    [
      'the second step where nobody of the first may be written to',
      {
        called: '+4930901899',
        rules: { inbound: [{ ...rule, ring: [...ring([stranger]), ...ring([bob])] }] },
      },
      bob,
    ],
    [
      'the same people at night: a text rings nobody',
      {
        called: '+4930901899',
        at: '2025-06-02T23:00:00Z',
        rules: { inbound: [{ ...rule, hours: byDay, ring: ring([bob]) }] },
      },
      bob,
    ],
    ['nobody who may not be written to', { rules: { mayBeTexted: matchPeople([bob]) } }, 'nobody'],
  ])('%s', (_name, of, expected) => {
    expect(meant(of)).toBe(expected);
  });

  it('nobody by a line for whole servers', () => {
    expect(meant({ called: '+4930901829', rules: { lines } })).toBe('nobody');
  });
});
