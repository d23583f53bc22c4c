import { describe, expect, it } from 'vitest';
import { decideInbound, type InboundRules } from '../../../src/account/inbound.ts';
import type { InboundRule } from '../../../src/account/inbound-rules.ts';
import { createInboundDecision, createLineBook } from '../../../src/account/index.ts';
import { matchPeople } from '../../../src/account/people.ts';
import type { InboundRequest } from '../../../src/call/index.ts';
import { alice, bob, carol, erin, inbound, stranger } from './samples.ts';

const friday = Date.parse('2026-11-20T12:00:00Z');
const sunday = Date.parse('2026-11-22T12:00:00Z');

function rule(users: string[], more: Partial<InboundRule> = {}): InboundRule {
  return {
    numbers: [],
    patterns: [],
    prefixes: [],
    trunks: [],
    hours: [],
    rejectEnds: 'one',
    ...more,
    ring: more.ring ?? [{ users: users as (typeof alice)[], rooms: [], forMs: 20_000 }],
  };
}

function decide(request: Partial<InboundRequest>, rules: Partial<InboundRules> = {}, now = friday) {
  const whole = {
    callRef: 'c-1',
    trunk: 'office',
    called: '+4930901820',
    caller: { number: '+441818118181', withheld: false },
    live: 0,
  };
  return decideInbound({ ...whole, ...request }, { ...inbound, ...rules }, now);
}

/** Who rings, in steps; or the status of the refusal. */
function rung(...args: Parameters<typeof decide>): unknown {
  const decision = decide(...args);
  if (decision.kind === 'refuse') return decision.refusal.status;
  return decision.plan.steps.map(({ targets }) =>
    targets.map((each) => (each.kind === 'user' ? each.user : each.room)),
  );
}

describe('whom a number rings', () => {
  it('the user of its line, with the media of the trunk', () => {
    expect(decide({})).toEqual({
      kind: 'ring',
      plan: {
        steps: [{ targets: [{ kind: 'user', user: alice }], forMs: 45_000 }],
        rtp: { codecs: ['PCMA', 'PCMU'], srtp: 'off' },
        rejectEnds: 'one',
        outcomes: inbound.outcomes,
        dtmf: 'rtp',
      },
    });
  });

  it.each<[string, Partial<InboundRequest>, InboundRule[], unknown]>([
    ['all users of its line', { called: '+4930901821' }, [], [[alice, bob]]],
    ['nobody whom a pattern lets show it', { called: '+4930901829' }, [], 404],
    ['nobody: the number is not known', { called: '+4930901899' }, [], 404],
    ['the user of the extension', { trunk: 'pbx', called: '200' }, [], [[erin]]],
    ['the user of the extension, by its account', { trunk: 'pbx', called: '+4930555', account: '200' }, [], [[erin]]],
    ['not the extension of another trunk', { called: '200' }, [], 404],
    ['a rule before the line', {}, [rule([carol], { numbers: ['+4930901820'] })], [[carol]]],
    ['the line before rules for many', {}, [rule([carol], { prefixes: ['+4930'] })], [[alice]]],
    ['a pattern', { called: '+4930901833' }, [rule([carol], { patterns: [/^(?:\+493090183\d)$/u] })], [[carol]]],
    [
      'a pattern that does not fit',
      { called: '+49309018333' },
      [rule([carol], { patterns: [/^(?:\+493090183\d)$/u] })],
      404,
    ],
    [
      'the longest prefix',
      { called: '+4930555' },
      [rule([bob], { prefixes: ['+49'] }), rule([carol], { prefixes: ['+4930'] })],
      [[carol]],
    ],
    ['the rule without numbers', { called: 'whatever' }, [rule([bob])], [[bob]]],
    ['a name', { called: 'sales' }, [rule([bob], { numbers: ['sales'] })], [[bob]]],
    ['a rule of this trunk', {}, [rule([bob], { numbers: ['+4930901820'], trunks: ['office'] })], [[bob]]],
    ['not a rule of another trunk', {}, [rule([bob], { numbers: ['+4930901820'], trunks: ['pbx'] })], [[alice]]],
    [
      'the first of two rules',
      {},
      [rule([bob], { numbers: ['+4930901820'] }), rule([carol], { numbers: ['+4930901820'] })],
      [[bob]],
    ],
    [
      'a rule for the extension of an account',
      { trunk: 'pbx', called: '+4930555', account: '200' },
      [rule([bob], { numbers: ['200'] })],
      [[bob]],
    ],
  ])('%s', (_name, request, rules, expected) => {
    expect(rung(request, { rules })).toEqual(expected);
  });

  it('one step after the other, rooms too', () => {
    const ring = [
      { users: [alice], rooms: [], forMs: 10_000 },
      { users: [bob], rooms: ['#phones:example.org'], forMs: 20_000 },
    ];
    expect(rung({}, { rules: [rule([], { numbers: ['+4930901820'], ring })] })).toEqual([
      [alice],
      [bob, '#phones:example.org'],
    ]);
  });

  it('by the hours of a rule, and another rule outside of them', () => {
    const hours = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' } as const];
    const rules = [rule([bob], { numbers: ['+4930901820'], hours }), rule([carol], { numbers: ['+4930901820'] })];
    expect(rung({}, { rules }, friday)).toEqual([[bob]]);
    expect(rung({}, { rules }, sunday)).toEqual([[carol]]);
  });

  it('only those who may be called', () => {
    const rules = [rule([stranger, bob], { numbers: ['+4930901820'] })];
    expect(rung({}, { rules })).toEqual([[bob]]);
    expect(rung({}, { rules: [rule([stranger], { numbers: ['+4930901820'] })] })).toBe(404);
    expect(rung({}, { rules, mayBeCalled: matchPeople(['@*:elsewhere.org']) })).toEqual([[stranger]]);
  });

  it('a rule may have its own outcomes, and let one who declines end it', () => {
    const outcomes = { ...inbound.outcomes, 'no-answer': { kind: 'redirect', to: '+49309018299' } } as const;
    const rules = [rule([bob], { numbers: ['+4930901820'], rejectEnds: 'all', outcomes })];
    expect(decide({}, { rules })).toMatchObject({ plan: { rejectEnds: 'all', outcomes } });
  });

  it('somebody on Matrix, when a call is transferred there', () => {
    expect(rung({ trunk: 'inside', called: bob })).toEqual([[bob]]);
    expect(rung({ trunk: 'inside', called: stranger })).toBe(404);
    // From outside, such a name is nobody's.
    expect(rung({ called: bob })).toBe(404);
  });
});

describe('calls that are not wanted', () => {
  const withheld = { withheld: true };
  const forged = { number: '+441818118181', withheld: false, verification: 'failed' } as const;

  it.each<[string, Partial<InboundRequest>, Partial<InboundRules>, unknown]>([
    ['a blocked number', {}, { blockedCallers: ['+441818118181'] }, 603],
    ['a blocked beginning', {}, { blockedCallers: ['+4418*'] }, 603],
    ['another number', {}, { blockedCallers: ['+4418', '+44181811818'] }, [[alice]]],
    ['withheld', { caller: withheld }, {}, [[alice]]],
    ['withheld, refused', { caller: withheld }, { refuseWithheld: true }, 433],
    ['withheld is on no list', { caller: withheld }, { blockedCallers: ['*'] }, [[alice]]],
    ['forged', { caller: forged }, {}, [[alice]]],
    ['forged, refused', { caller: forged }, { refuseUnverified: true }, 603],
    ['too many calls', { live: 10 }, {}, 503],
  ])('%s', (_name, request, rules, expected) => {
    expect(rung(request, rules)).toEqual(expected);
  });

  it('too many: when to try again', () => {
    expect(decide({ live: 10 })).toMatchObject({ refusal: { status: 503, retryAfterS: 30, q850: 42 } });
  });
});

describe('numbers of our own', () => {
  const caller = { number: '+4930901820', withheld: false };
  const own = (called: string, rules: Partial<InboundRules> = {}) =>
    createInboundDecision({ rules: { ...inbound, ...rules }, now: () => friday }).own(called, caller);

  it('are those of lines that ring somebody, and those that a rule names', () => {
    expect(own('+4930901821')).toMatchObject({ kind: 'ring' });
    expect(own('+4930555', { rules: [rule([bob], { numbers: ['+4930555'] })] })).toMatchObject({ kind: 'ring' });
  });

  it.each(['+4930901829', '+49305551'])('are not those that ring nobody by their name: %s', (called) => {
    expect(own(called, { rules: [rule([bob], { prefixes: ['+4930'] })] })).toBeUndefined();
  });

  it('may be rung by rules of the trunk that they belong to', () => {
    const rules = [rule([carol], { numbers: ['+4930901821'], trunks: ['backup'] })];
    expect(own('+4930901821', { rules })).toMatchObject({
      plan: { steps: [{ targets: [{ kind: 'user', user: carol }] }] },
    });
  });
});

it('a line may ring everybody in a room', () => {
  const book = createLineBook([{ number: '+4930901820', users: matchPeople(['#phones:example.org']) }], []);
  expect(rung({}, { lines: book })).toEqual([['#phones:example.org']]);
});
