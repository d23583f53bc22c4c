import { describe, expect, it } from 'vitest';
import { liveCallEvents } from '../../../../src/matrix/calls/backfill.ts';

const NOW = 1_800_000_000_000;
const own = (id: string) => id === '@ghost:hs.test';

function raw(type: string, callId: string, ageMs: number, more: Record<string, unknown> = {}) {
  return {
    type,
    event_id: `$${type}-${callId}-${ageMs}`,
    room_id: '!r:hs.test',
    sender: '@alice:hs.test',
    unsigned: { age: ageMs },
    content: {
      call_id: callId,
      version: '1',
      party_id: 'P',
      lifetime: 60_000,
      offer: { type: 'offer', sdp: '' },
      candidates: [],
    },
    ...more,
  };
}

describe('what rang before the ghost joined', () => {
  it('is given oldest first, with what is no call left out', () => {
    const invite = raw('m.call.invite', 'a', 500);
    const candidates = raw('m.call.candidates', 'a', 300);
    const message = { ...raw('m.room.message', 'a', 200) };
    expect(liveCallEvents([message, candidates, invite], NOW, own)).toEqual([invite, candidates]);
  });

  it('leaves out calls that are over or too old', () => {
    const events = [
      raw('m.call.hangup', 'b', 100),
      raw('m.call.invite', 'b', 200),
      raw('m.call.candidates', 'old', 300),
      raw('m.call.invite', 'old', 60_000),
      raw('m.call.candidates', 'unknown', 300),
    ];
    expect(liveCallEvents(events, NOW, own)).toEqual([]);
  });

  it("leaves out the gateway's own events", () => {
    expect(liveCallEvents([raw('m.call.invite', 'c', 10, { sender: '@ghost:hs.test' })], NOW, own)).toEqual([]);
  });

  it('has no trouble with rubbish', () => {
    expect(liveCallEvents([{}, { type: 'm.call.invite' }, { type: 7, content: null }], NOW, own)).toEqual([]);
  });
});
