import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readReceipts } from '../../../../src/matrix/texts/ephemeral.ts';

const isOwn = (user: string) => user.startsWith('@_sip_');
const receipt = (content: unknown) => ({ type: 'm.receipt', room_id: '!r:x', content });

describe('read receipts that are pushed', () => {
  const read = { $e: { 'm.read': { '@a:x': { ts: 1 }, '@_sip_1:x': {} }, 'm.read.private': { '@b:x': {} } } };

  it.each(['ephemeral', 'de.sorunome.msc2409.ephemeral'])('are those of users, in %s', (key) => {
    const body = { [key]: [{ type: 'm.typing', room_id: '!r:x', content: read }, receipt(read)] };
    expect(readReceipts(body, isOwn)).toEqual([{ roomId: '!r:x', eventId: '$e', user: '@a:x' }]);
  });

  it('are a thousand at most', () => {
    const users = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`@u${n}:x`, {}]));
    expect(readReceipts({ ephemeral: [receipt({ $e: { 'm.read': users } })] }, isOwn)).toHaveLength(1_000);
  });

  it('never throw, whatever a homeserver pushes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (body, content) => {
        readReceipts(body, isOwn);
        readReceipts({ ephemeral: [receipt(content), body] }, isOwn);
        readReceipts({ ephemeral: [receipt({ $e: { 'm.read': content } })] }, isOwn);
      }),
    );
  });
});
