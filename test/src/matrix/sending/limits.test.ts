import { expect, it } from 'vitest';
import { sendingLimits } from '../../../../src/matrix/sending/limits.ts';

const HOUR_MS = 3_600_000;

it.each([
  ['m.call.answer', HOUR_MS / 60, false],
  ['m.call.hangup', HOUR_MS / 6, true],
  ['m.room.message', 48 * HOUR_MS, true],
  ['com.beeper.message_send_status', 48 * HOUR_MS, true],
  ['org.example.other', HOUR_MS, true],
])('%s is worth sending for a while', (type, giveUpAfterMs, survivesRestart) => {
  expect(sendingLimits(type)).toEqual({ giveUpAfterMs, survivesRestart });
});
