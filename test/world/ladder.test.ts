import { expect, it } from 'vitest';
import { drawLadder, matrixRung, sipLabel } from './ladder.ts';

const INVITE =
  'INVITE sip:600@127.0.0.1:5060 SIP/2.0\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nm=audio 1 RTP/AVP 0\r\n';

it('draws what was said in the order of its times', () => {
  const drawn = drawLadder([
    { at: 1_120, between: 'gateway-sip', direction: 'right', label: sipLabel(INVITE) },
    { at: 1_000, between: 'matrix-gateway', direction: 'right', label: 'm.call.invite' },
    {
      at: 1_130,
      between: 'gateway-sip',
      direction: 'left',
      label: sipLabel('SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\n\r\n'),
    },
  ]);
  const [, first, second, third] = drawn.split('\n');
  expect(first).toMatch(/^ {3}0\.000 │── m\.call\.invite ─+▶│ +│$/);
  expect(second).toMatch(/^ {3}0\.120 │ +│── INVITE sip:600@… \[1\] \(SDP\) ─+▶│$/);
  expect(third).toMatch(/^ {3}0\.130 │ +│◀─ 486 Busy Here \[1 INVITE\] ─+│$/);
});

it('shows the reason of a refusal and leaves out what says nothing about a call', () => {
  const event = { sender: '@ghost:x', origin_server_ts: 5, content: { reason: 'user_busy' } };
  expect(matrixRung({ ...event, type: 'm.call.reject' }, '@alice:x')).toEqual({
    at: 5,
    between: 'matrix-gateway',
    direction: 'left',
    label: 'm.call.reject user_busy',
  });
  expect(matrixRung({ ...event, type: 'm.room.power_levels' }, '@alice:x')).toBeUndefined();
});
