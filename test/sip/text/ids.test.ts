import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idsOf } from '../../../sip/text/ids.ts';

// Were these to change, texts of before an update would not be known as repeats after it.
test('the same key has the same names in every process, by one trunk', () => {
  expect(idsOf('event$1', 'office')).toEqual({
    callId: '730955429f7b39db4b90d5e4c6b98f59@trunkline',
    fromTag: 'e070bb01d3ad',
    cseq: 1,
    messageId: '121eaca70d9ec7a4',
    reference: 138,
  });
});

test('another key or another trunk has others, and all fit into a header', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (key, other, trunk) => {
      const { callId, fromTag, messageId, reference } = idsOf(key, trunk);
      expect(`${callId} ${fromTag} ${messageId}`).toMatch(/^[0-9a-f]{32}@trunkline [0-9a-f]{12} [0-9a-f]{16}$/);
      expect(reference).toBeGreaterThanOrEqual(0);
      expect(reference).toBeLessThan(256);
      if (other !== key) expect(idsOf(other, trunk).callId).not.toBe(callId);
      if (other !== trunk) expect(idsOf(key, other).callId).not.toBe(callId);
    }),
  );
});
