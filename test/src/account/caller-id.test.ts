import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callerIdFor } from '../../../src/account/caller-id.ts';
import { createLineBook, matchPeople } from '../../../src/account/index.ts';
import { splitCallerIdCode } from '../../../src/number/index.ts';
import { alice, bob, lines } from './samples.ts';

const office = { name: 'office' };
const first = { callerId: '+4930901820', callerName: 'Example GmbH' };

describe('the number that is shown', () => {
  it.each([
    ['the first line by default', alice, {}, office, first],
    ['the line that was chosen', alice, { chosen: '+4930901829' }, office, { callerId: '+4930901829' }],
    ['never a number that is not theirs', alice, { chosen: '+441818118181' }, office, first],
    ['never the number of another user', bob, { chosen: '+4930901820' }, office, { callerId: '+4930901829' }],
    ['a line of this trunk', bob, {}, { name: 'backup' }, { callerId: '+4930901821' }],
    ['not the line of another trunk', alice, { chosen: '+4930901821' }, office, first],
    [
      'the chosen line on its own trunk',
      alice,
      { chosen: '+4930901821' },
      { name: 'backup' },
      { callerId: '+4930901821' },
    ],
    ['nothing of somebody without a line: the trunk’s own', '@x:elsewhere.org', {}, office, {}],
    [
      'nothing where the trunk says so',
      '@x:elsewhere.org',
      {},
      { name: 'a', callerId: 'anonymous' },
      { callerId: 'anonymous' },
    ],
    ['a line also where the trunk shows none by itself', alice, {}, { name: 'office', callerId: 'anonymous' }, first],
    ['nothing when it is withheld', alice, { withheld: true }, office, { callerId: 'anonymous' }],
  ])('%s', (_name, user, more, trunk, expected) => {
    expect(callerIdFor({ lines: lines.linesOf(user), withheld: false, trunk, ...more })).toEqual(expected);
  });
});

describe('codes in front of a number', () => {
  it.each([
    ['*31#030123456', '030123456', true],
    ['#31#+49301234', '+49301234', true],
    ['*675550100', '5550100', true],
    ['*825550100', '5550100', false],
    ['030123456', '030123456', undefined],
    ['*31#', '*31#', undefined],
    ['*67', '*67', undefined],
    ['**621', '**621', undefined],
  ])('%s dials %s, withheld: %s', (dialled, dial, withheld) => {
    expect(splitCallerIdCode(dialled)).toEqual(withheld === undefined ? { dial } : { dial, withheld });
  });
});

describe('whatever is chosen, configured and dialled', () => {
  const users = [alice, bob, '@carol:example.org'];
  const numbers = ['+4930901820', '+4930901821', '+4930901822'];
  const line = fc.record({
    number: fc.constantFrom(...numbers),
    users: fc.subarray([...users, '@*:example.org']).map((entries) => matchPeople(entries)),
    trunk: fc.option(fc.constantFrom('office', 'backup'), { nil: undefined }),
  });

  it('nobody shows a number that is not theirs, or of another trunk; who withholds shows none', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(line, { selector: ({ number }) => number }),
        fc.constantFrom(...users),
        fc.option(fc.constantFrom(...numbers, '+441818118181'), { nil: undefined }),
        fc.boolean(),
        (given, user, chosen, withheld) => {
          const book = createLineBook(
            given.map(({ trunk, ...rest }) => ({ ...rest, ...(trunk === undefined ? {} : { trunk }) })),
            [],
          );
          const input = {
            lines: book.linesOf(user),
            withheld,
            trunk: office,
            ...(chosen === undefined ? {} : { chosen }),
          };
          const { callerId } = callerIdFor(input);
          if (withheld) expect(callerId).toBe('anonymous');
          else if (callerId !== undefined) {
            const shown = given.find(({ number }) => number === callerId);
            expect(shown?.users.has(user)).toBe(true);
            expect([undefined, 'office']).toContain(shown?.trunk);
          }
        },
      ),
    );
  });
});
