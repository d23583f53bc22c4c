import { describe, expect, it } from 'vitest';
import { createOutboundDecision, type OutboundDecisionParts } from '../../../src/account/index.ts';
import type { NumberBinding, NumberBindings } from '../../../src/number/index.ts';
import { silent } from '../call/fakes.ts';
import { alice, bob, erin, nobodyElse, outbound, stranger } from './samples.ts';

function memory(): NumberBindings & { readonly bound: NumberBinding[] } {
  const bound: NumberBinding[] = [];
  return {
    bound,
    find: async (user, literal) => bound.find((b) => b.user === user && b.literal === literal)?.e164,
    literalsOf: async (user, e164) => bound.filter((b) => b.user === user && b.e164 === e164).map((b) => b.literal),
    bind: async (binding) => {
      bound.push(binding);
      return binding.e164;
    },
  };
}

const nothingChosen = { line: async () => undefined, withheld: async () => false };

function decider(more: Partial<OutboundDecisionParts> = {}) {
  return createOutboundDecision({
    rules: outbound,
    bindings: memory(),
    choices: nothingChosen,
    trunks: () => [],
    own: () => undefined,
    random: () => 0,
    logger: silent,
    ...more,
  });
}

const request = (caller: typeof alice, dialled: string) => ({ callRef: 'c-1', caller, dialled, live: nobodyElse });

describe('the first use of a number', () => {
  it('is remembered, so that a call back finds the same room', async () => {
    const bindings = memory();
    const decide = decider({ bindings });
    await decide(request(alice, '030 1234567'));
    expect(bindings.bound).toEqual([{ user: alice, literal: '030 1234567', e164: '+49301234567' }]);
    await decide(request(alice, '030 1234567'));
    expect(bindings.bound).toHaveLength(1);
  });

  it('of the same digits by somebody in another country is another number', async () => {
    const decide = decider();
    const gwen = '@gwen:example.org' as typeof alice;
    expect(await decide(request(alice, '020 79460018'))).toMatchObject({ plan: { e164: '+492079460018' } });
    expect(await decide(request(gwen, '020 79460018'))).toMatchObject({ plan: { e164: '+442079460018' } });
  });

  it('counts even when the user has moved since', async () => {
    const bindings = memory();
    await decider({ bindings })(request(alice, '020 79460018'));
    const moved = { ...outbound, numbersOf: () => ({ region: 'GB', dialPlan: [] }) };
    const decision = await decider({ rules: moved, bindings })(request(alice, '020 79460018'));
    expect(decision).toMatchObject({ plan: { routes: [{ target: '+492079460018' }, {}, {}] } });
  });

  it('keeps the country of the number, for rules that ask for it', async () => {
    const bindings = memory();
    await decider({ bindings })(request(alice, '020 79460018'));
    const denied = { prefixes: [], countries: ['DE'], types: [], action: 'deny' } as const;
    const rules = { ...outbound, numbersOf: () => ({ region: 'GB', dialPlan: [] }), destinations: [denied] };
    expect(await decider({ rules, bindings })(request(alice, '020 79460018'))).toMatchObject({
      cause: 'destination-denied',
    });
  });

  it('is not remembered of a call that was refused, nor of what is no number of the world', async () => {
    const bindings = memory();
    const decide = decider({ bindings });
    await decide(request(stranger, '030 1234567'));
    await decide(request(alice, '**621'));
    await decide(request(alice, 'hello'));
    expect(bindings.bound).toEqual([]);
  });

  it('that cannot be remembered does not keep the call from being made', async () => {
    const bindings = { ...memory(), bind: () => Promise.reject(new Error('disk full')) };
    expect(await decider({ bindings })(request(alice, '030 1234567'))).toMatchObject({ kind: 'allow' });
  });
});

describe('what the user chose', () => {
  it('is shown: the number of the room', async () => {
    const choices = {
      ...nothingChosen,
      line: async (_user: string, room?: string) => (room === '!r:example.org' ? '+4930901829' : undefined),
    };
    const decide = decider({ choices });
    const inRoom = { ...request(alice, '0301234567'), roomId: '!r:example.org' as never };
    expect(await decide(inRoom)).toMatchObject({ plan: { routes: [{ callerId: '+4930901829' }, {}, {}] } });
    expect(await decide(request(alice, '0301234567'))).toMatchObject({
      plan: { routes: [{ callerId: '+4930901820' }, {}, {}] },
    });
  });

  it.each([
    ['*31#0301234567', false, 'anonymous'],
    ['#31#0301234567', false, 'anonymous'],
    ['0301234567', true, 'anonymous'],
    ['*820301234567', true, '+4930901820'],
  ])('%s, withheld in general: %s', async (dialled, withheld, callerId) => {
    const decide = decider({ choices: { ...nothingChosen, withheld: async () => withheld } });
    expect(await decide(request(alice, dialled))).toMatchObject({
      plan: { e164: '+49301234567', routes: [{ target: '+49301234567', callerId }, {}, {}] },
    });
  });

  it('a code is the PBX’s to understand when the user has an extension there', async () => {
    expect(await decider()(request(erin, '*31#0301234567'))).toMatchObject({
      plan: { routes: [{ target: '*31#0301234567', account: '200' }] },
    });
  });

  it('nobody shows the number of somebody else', async () => {
    const decide = decider({ choices: { ...nothingChosen, line: async () => '+4930901820' } });
    expect(await decide(request(bob, '0301234567'))).toMatchObject({
      plan: { routes: [{ callerId: '+4930901829' }, {}, {}] },
    });
  });
});

it('how the trunks are is asked once for each call', async () => {
  let asked = 0;
  const trunks = () => {
    asked += 1;
    return [{ name: 'office', state: 'down', calls: 0 } as const];
  };
  expect(await decider({ trunks })(request(alice, '0301234567'))).toMatchObject({
    plan: { routes: [{ trunk: 'backup' }, { trunk: 'pbx' }, { trunk: 'office' }] },
  });
  expect(asked).toBe(1);
});
