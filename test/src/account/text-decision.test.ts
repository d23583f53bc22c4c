import { describe, expect, it } from 'vitest';
import { createLineBook, createTextDecision, matchPeople } from '../../../src/account/index.ts';
import type { TextDecisionParts } from '../../../src/account/text-decision.ts';
import type { NumberBinding } from '../../../src/number/index.ts';
import { silent } from '../call/fakes.ts';
import { alice, stranger } from './samples.ts';

function decider(bound: NumberBinding[], region = 'DE', more: Partial<TextDecisionParts> = {}) {
  const everybody = matchPeople(['@*:example.org']);
  return createTextDecision({
    rules: {
      serverName: 'example.org',
      mayText: everybody,
      mayBeTexted: everybody,
      destinations: [],
      numbersOf: () => ({ region, dialPlan: [] }),
      trunks: [{ name: 'office', weight: 1 }],
      routes: [],
      lines: createLineBook(
        ['+4930901820', '+4930901821'].map((number) => ({ number, users: matchPeople([alice]) })),
        [],
      ),
      inbound: [],
      timeZone: 'UTC',
      sharedSenders: [],
      pools: [],
      blockedSenders: [],
    },
    bindings: {
      find: async (user, literal) => bound.find((one) => one.user === user && one.literal === literal)?.e164,
      literalsOf: async () => [],
      bind: async (binding) => {
        bound.push(binding);
        return binding.e164;
      },
    },
    choices: { line: async () => undefined },
    trunks: () => [{ name: 'office', state: 'up' }],
    random: () => 0,
    logger: silent,
    ...more,
  });
}

const request = (user = alice, dialled = '030 1234567') => ({ user, dialled });

describe('a number that is written to', () => {
  it('is remembered at its first use', async () => {
    const bound: NumberBinding[] = [];
    await decider(bound)(request());
    await decider(bound)(request());
    expect(bound).toEqual([{ user: alice, literal: '030 1234567', e164: '+49301234567' }]);
  });

  it('stays the same when its user moves to another country', async () => {
    const bound: NumberBinding[] = [];
    await decider(bound)(request());
    expect(await decider(bound, 'GB')(request())).toMatchObject({ plan: { target: '+49301234567' } });
  });

  it('is not remembered when the text does not go', async () => {
    const bound: NumberBinding[] = [];
    await decider(bound)(request(stranger));
    await decider(bound)(request(alice, 'not a number'));
    expect(bound).toEqual([]);
  });
});

it('the line that was chosen in the room is the sender', async () => {
  const decide = decider([], 'DE', { choices: { line: async () => '+4930901821' } });
  expect(await decide(request())).toMatchObject({ plan: { sender: { number: '+4930901821' } } });
});

it('a memory that fails holds no text up', async () => {
  const bindings = {
    find: async () => undefined,
    literalsOf: async () => [],
    bind: () => Promise.reject(new Error('full')),
  };
  expect(await decider([], 'DE', { bindings })(request())).toMatchObject({ kind: 'allow' });
});
