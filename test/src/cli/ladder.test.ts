import { describe, expect, it } from 'vitest';
import { drawLadder, rungsOf } from '../../../src/cli/ladder.ts';

const LOG = [
  { time: 1000, callRef: 'c-1', msg: 'call step', event: 'matrix-invite', effects: ['setTimer', 'decide'] },
  { time: 1005, callRef: 'c-2', msg: 'call step', event: 'matrix-invite', effects: ['decide'] },
  {
    time: 1010,
    callRef: 'c-1',
    sipCallId: 'x@trunkline',
    msg: 'sent INVITE',
    sip: 'INVITE sip:200@a SIP/2.0\nTo: b\n\nv=0',
  },
  { time: 1020, callRef: 'c-1', sipCallId: 'x@trunkline', msg: 'received 486', sip: 'SIP/2.0 486 Busy Here\nTo: b' },
  { time: 1021, callRef: 'c-1', msg: 'call step', event: 'sip-failed', effects: ['rejectMatrix', 'notice', 'finish'] },
  { time: 1022, callRef: 'c-1', msg: 'call ended' },
]
  .map((line) => JSON.stringify(line))
  .join('\n');

describe('the ladder of a call', () => {
  it('has its messages in order, of both sides, and those of no other call', () => {
    expect(
      rungsOf(`not JSON\n{"time":\n${LOG}\n`, 'c-1').map(({ side, direction, text }) => [side, direction, text]),
    ).toEqual([
      ['matrix', 'in', 'm.call.invite'],
      ['sip', 'out', 'INVITE sip:200@a SIP/2.0'],
      ['sip', 'in', 'SIP/2.0 486 Busy Here'],
      ['matrix', 'out', 'm.call.reject'],
      ['matrix', 'out', 'm.room.message (notice)'],
    ]);
  });

  it('is found by the SIP Call-ID too', () => {
    expect(rungsOf(LOG, 'x@trunkline')).toEqual(rungsOf(LOG, 'c-1'));
    expect(rungsOf(LOG, 'nobody')).toEqual([]);
  });

  it('is drawn with arrows and times', () => {
    const picture = drawLadder(rungsOf(LOG, 'c-1'), { full: false });
    expect(picture).toMatch(/^ +0 {3}m\.call\.invite ─+▶ │$/m);
    expect(picture).toMatch(/^ +10 +│ ──▶ INVITE sip:200@a SIP\/2\.0$/m);
    expect(picture).toMatch(/^ +21 {2}◀─+ m\.call\.reject {2}│$/m);
    expect(picture).not.toContain('v=0');
    expect(drawLadder(rungsOf(LOG, 'c-1'), { full: true })).toContain('v=0');
  });
});
