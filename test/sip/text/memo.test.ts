import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyWithMemo, memoIn } from '../../../sip/text/memo.ts';

test('what a receipt needs is read again from the key of its text', () => {
  const memo = fc.record(
    {
      messageId: fc.string(),
      target: fc.string(),
      sender: fc.string(),
      from: fc.string(),
      to: fc.string(),
      account: fc.string(),
      wants: fc.record({ delivered: fc.boolean(), displayed: fc.boolean() }),
    },
    { requiredKeys: ['messageId', 'target', 'sender', 'from', 'to', 'wants'] },
  );
  fc.assert(
    fc.property(memo, (given) => {
      expect(memoIn(keyWithMemo('hash', given))).toEqual(given);
    }),
  );
});

test('any other key holds none', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (key, more) => {
      expect(memoIn(key.replaceAll('.', ''))).toBeUndefined();
      expect(memoIn(`${key}.${more}`)).toBeUndefined();
    }),
  );
});
