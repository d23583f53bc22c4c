import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideInbound, type InboundRules } from '../../../../src/account/inbound.ts';
import {
  createLineBook,
  type Forward,
  matchPeople,
  NO_PREFERENCES,
  type Preferences,
  type ScreeningRule,
  WITHHELD,
} from '../../../../src/account/index.ts';
import { screen, verdictOn } from '../../../../src/account/screening.ts';
import type { InboundDecided } from '../../../../src/call/index.ts';
import { alice, bob, inbound } from '../samples.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const SALES = '!sales:example.org';
const CALLER = '+441818118181';

const block = (caller: string): ScreeningRule => ({ caller, verdict: 'block' });
const allow = (caller: string): ScreeningRule => ({ caller, verdict: 'allow' });
const prefers = (more: Partial<Preferences>): Preferences => ({ ...NO_PREFERENCES, ...more });
const forward = (when: Forward['when']): Preferences => prefers({ forward: { when, to: '+4930555', by: alice } });

describe('rules for callers', () => {
  it.each<[string, ScreeningRule[], string | undefined, ScreeningRule['verdict'] | undefined]>([
    ['nobody is blocked', [], CALLER, undefined],
    ['a number', [block(CALLER)], CALLER, 'block'],
    ['another number', [block('+441818118180')], CALLER, undefined],
    ['a beginning', [block('+4418*')], CALLER, 'block'],
    ['the number before the beginning', [block('+44*'), allow(CALLER)], CALLER, 'allow'],
    ['the longest beginning', [allow('+4418*'), block('+44*')], CALLER, 'allow'],
    ['everybody but one', [block('*'), allow('+4418*')], CALLER, 'allow'],
    ['without a number', [block(WITHHELD)], undefined, 'block'],
    ['without a number, though everybody with one is blocked', [block('*')], undefined, undefined],
  ])('%s', (_title, rules, number, expected) => {
    const caller = number === undefined ? { withheld: true } : { number, withheld: false };
    expect(verdictOn(caller, rules)).toBe(expected);
  });

  it('do not depend on their order', () => {
    const entry = fc.constantFrom('*', '+4*', '+44*', '+4418*', CALLER, WITHHELD);
    const rule = fc.record({ caller: entry, verdict: fc.constantFrom('block' as const, 'allow' as const) });
    const rules = fc.uniqueArray(rule, { selector: ({ caller }) => caller });
    fc.assert(
      fc.property(rules, (all) => {
        const caller = { number: CALLER, withheld: false };
        expect(verdictOn(caller, all)).toBe(verdictOn(caller, all.toReversed()));
      }),
    );
  });
});

describe('not to be disturbed', () => {
  const caller = { number: CALLER, withheld: false };
  it.each<[string, Preferences, ReturnType<typeof screen>]>([
    ['until it is taken back', prefers({ dnd: {} }), 'not-disturbed'],
    ['until a time that is not there yet', prefers({ dnd: { until: NOW + 1 } }), 'not-disturbed'],
    ['no more afterwards', prefers({ dnd: { until: NOW } }), 'rings'],
    ['but by those who are let through', prefers({ dnd: {}, screening: [allow(CALLER)] }), 'rings'],
    ['and not by those who are blocked', prefers({ dnd: {}, screening: [block(CALLER)] }), 'blocked'],
  ])('%s', (_title, preferences, expected) => {
    expect(screen(caller, preferences, NOW)).toBe(expected);
  });
});

/** Who rings; else what becomes of the call. */
function result(decision: InboundDecided): unknown {
  if (decision.kind === 'refuse') return decision.refusal.status;
  const { steps, instead, outcomes } = decision.plan;
  if (steps.length > 0) {
    const rung = steps.flatMap(({ targets }) => targets.map((each) => (each.kind === 'user' ? each.user : each.room)));
    return { rung, later: outcomes['no-answer'].kind };
  }
  const outcome = instead && outcomes[instead];
  return outcome?.kind === 'refuse' ? { instead, status: outcome.refusal.status } : { instead, ...outcome };
}

const shared = createLineBook(
  [
    ...(inbound.lines.lines ?? []),
    { number: '+4930901850', users: matchPeople([SALES]), controlRoom: SALES, name: 'Sales' },
  ],
  [{ controlRoom: SALES, trunk: 'pbx', extension: '300' }],
);

function decide(called: string, preferences: Readonly<Record<string, Preferences>>, more: Partial<InboundRules> = {}) {
  const rules = { ...inbound, lines: shared, preferencesOf: (owner: string) => preferences[owner] ?? NO_PREFERENCES };
  const request = { callRef: 'c-1', trunk: 'pbx', called, caller: { number: CALLER, withheld: false }, live: 0 };
  return decideInbound(request, { ...rules, ...more }, NOW);
}

describe('a call for one', () => {
  it.each<[string, Preferences, unknown]>([
    ['rings', NO_PREFERENCES, { rung: [alice], later: 'refuse' }],
    ['is refused where its caller is blocked', prefers({ screening: [block('+44*')] }), 603],
    ['is busy while they are not to be disturbed', prefers({ dnd: {} }), { instead: 'busy', status: 486 }],
    ['goes on at once', forward('always'), { instead: 'no-answer', kind: 'forward', to: '+4930555', by: alice }],
    ['goes on when nobody takes it', forward('unanswered'), { rung: [alice], later: 'forward' }],
    [
      'goes on at once while they are not to be disturbed',
      { ...forward('unanswered'), dnd: {} },
      { instead: 'busy', kind: 'forward', to: '+4930555', by: alice },
    ],
    ['does not go on for somebody who is blocked', { ...forward('always'), screening: [block(CALLER)] }, 603],
  ])('%s', (_title, preferences, expected) => {
    expect(result(decide('+4930901820', { [alice]: preferences }))).toEqual(expected);
  });

  it('goes back to a network that is to make such calls itself', () => {
    const trunks = inbound.trunks.map((trunk) => ({ ...trunk, forwards: 'redirect' as const }));
    const decision = decide('+4930901820', { [alice]: forward('always') }, { trunks });
    expect(result(decision)).toEqual({ instead: 'no-answer', kind: 'redirect', to: '+4930555' });
  });

  it('is told of to whoever was not disturbed', () => {
    expect(decide('+4930901820', { [alice]: prefers({ dnd: {} }) })).toMatchObject({ plan: { quiet: [alice] } });
    expect(decide('+4930901821', { [alice]: prefers({ dnd: {} }) })).toMatchObject({ plan: { quiet: [alice] } });
    expect(decide('+4930901820', {})).not.toMatchObject({ plan: { quiet: expect.anything() } });
  });

  it('does not go on when they decline it', () => {
    const decision = decide('+4930901820', { [alice]: forward('unanswered') });
    expect(decision).toMatchObject({ plan: { outcomes: { rejected: inbound.outcomes.rejected } } });
  });
});

describe('a call for several', () => {
  it.each<[string, Readonly<Record<string, Preferences>>, unknown]>([
    ['rings those who want it', { [alice]: prefers({ dnd: {} }) }, { rung: [bob], later: 'refuse' }],
    ['is not sent away from the others', { [alice]: forward('always') }, { rung: [alice, bob], later: 'refuse' }],
    [
      'is refused when all block its caller',
      { [alice]: prefers({ screening: [block('*')] }), [bob]: prefers({ screening: [block(CALLER)] }) },
      603,
    ],
    [
      'is busy when nobody is to be disturbed',
      { [alice]: prefers({ screening: [block('*')] }), [bob]: prefers({ dnd: {} }) },
      { instead: 'busy', status: 486 },
    ],
  ])('%s', (_title, preferences, expected) => {
    expect(result(decide('+4930901821', preferences))).toEqual(expected);
  });
});

describe('a call to a shared line', () => {
  it('rings in its room with the caller', () => {
    expect(decide('+4930901850', {})).toMatchObject({
      kind: 'ring',
      plan: { steps: [{ targets: [{ kind: 'line', line: '+4930901850', room: SALES }], forMs: 45_000 }] },
    });
    expect(decide('300', {})).toMatchObject({
      kind: 'ring',
      plan: { steps: [{ targets: [{ kind: 'line', line: '300@pbx', room: SALES }] }] },
    });
  });

  it.each<[string, Preferences, unknown]>([
    ['is refused where the group blocks its caller', prefers({ screening: [block(CALLER)] }), 603],
    ['is busy while the group is not to be disturbed', prefers({ dnd: {} }), { instead: 'busy', status: 486 }],
    ['goes on', forward('always'), { instead: 'no-answer', kind: 'forward', to: '+4930555', by: alice }],
  ])('%s', (_title, preferences, expected) => {
    expect(result(decide('+4930901850', { [SALES]: preferences }))).toEqual(expected);
  });
});
