/** Whether a trunk is up, as a table; how calls are paced; what a PBX says about voicemail. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Health, type Sign, stepHealth } from '../../../sip/trunks/health.ts';
import { parseMessageSummary } from '../../../sip/trunks/message-summary.ts';
import { Pace } from '../../../sip/trunks/pace.ts';

const now = 5_000;
const states = {
  unknown: { state: 'unknown', since: 0, misses: 0 },
  'unknown, one miss': { state: 'unknown', since: 0, misses: 1 },
  up: { state: 'up', since: 0, misses: 0 },
  'up, one miss': { state: 'up', since: 0, misses: 1 },
  silent: { state: 'down', since: 0, misses: 2, why: 'silent' },
  busy: { state: 'down', since: 0, misses: 0, why: 'busy' },
} satisfies Record<string, Health>;

const table: Record<keyof typeof states, Record<Sign['type'], string>> = {
  unknown: { answered: 'up 0', missed: 'unknown 1', busy: 'down busy 0', stale: 'unknown 0' },
  'unknown, one miss': { answered: 'up 0', missed: 'down silent 2', busy: 'down busy 0', stale: 'unknown 1' },
  up: { answered: 'up 0', missed: 'up 1', busy: 'down busy 0', stale: 'unknown 0' },
  'up, one miss': { answered: 'up 0', missed: 'down silent 2', busy: 'down busy 0', stale: 'unknown 0' },
  silent: { answered: 'up 0', missed: 'down silent 3', busy: 'down busy 0', stale: 'unknown 0' },
  busy: { answered: 'up 0', missed: 'down busy 1', busy: 'down busy 0', stale: 'unknown 0' },
};

describe.each(Object.keys(states) as (keyof typeof states)[])('a trunk that is %s', (name) => {
  test.each(Object.entries(table[name]))('%s', (type, expected) => {
    const before: Health = states[name];
    const after = stepHealth(before, { type: type as Sign['type'], now });
    expect([after.state, after.why, after.misses].filter((part) => part !== undefined).join(' ')).toBe(expected);
    expect(after.since).toBe(after.state === before.state && after.why === before.why ? 0 : now);
  });
});

describe('calls a second', () => {
  test('five at once at one a second leave one second apart', () => {
    const pace = new Pace(1);
    expect([0, 0, 0, 0, 0].map((at) => pace.take(at))).toEqual([0, 1000, 2000, 3000, 4000]);
  });

  test('a call after a quiet while leaves at once, and none is saved up', () => {
    const pace = new Pace(2);
    expect([0, 10_000, 10_000, 10_000].map((at) => pace.take(at))).toEqual([0, 0, 500, 1000]);
  });

  test('nobody waits for more than ten seconds, and who does not wait costs nobody a turn', () => {
    const pace = new Pace(0.1);
    expect([0, 0, 0, 0].map((at) => pace.take(at))).toEqual([0, 10_000, undefined, undefined]);
    expect(pace.take(10_000)).toBe(10_000);
  });

  test('without a limit nobody waits', () => {
    const pace = new Pace(undefined);
    expect([0, 0, 0].map((at) => pace.take(at))).toEqual([0, 0, 0]);
  });

  test('never more in any second than allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(3000), { maxLength: 60 }), (rate, gaps) => {
        const pace = new Pace(rate);
        let at = 0;
        const left: number[] = [];
        for (const gap of gaps) {
          at += gap;
          const wait = pace.take(at);
          if (wait !== undefined) left.push(at + wait);
        }
        const sorted = left.sort((a, b) => a - b);
        return sorted.every((one, index) => (sorted[index + rate] ?? Number.POSITIVE_INFINITY) - one >= 999.999);
      }),
    );
  });
});

describe('a message summary', () => {
  test.each([
    [
      'of RFC 3842',
      'Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (0/2)\r\n',
      { waiting: true, newMessages: 2, oldMessages: 8 },
    ],
    [
      'of nothing',
      'Messages-Waiting: no\r\nVoice-Message: 0/0 (0/0)\r\n',
      { waiting: false, newMessages: 0, oldMessages: 0 },
    ],
    ['without numbers, in other cases', 'messages-waiting:YES\n', { waiting: true }],
    ['of fax alone', 'Messages-Waiting: yes\r\nFax-Message: 1/0\r\n', { waiting: true }],
    [
      'with absurd numbers',
      'Messages-Waiting: yes\r\nVoice-Message: 999999999/1\r\n',
      { waiting: true, oldMessages: 1 },
    ],
    ['that is none', 'hello', undefined],
    ['that cannot decide', 'Messages-Waiting: maybe\r\n', undefined],
  ])('%s', (_, body, expected) => {
    expect(parseMessageSummary(body)).toEqual(expected);
  });

  test('never fails', () => {
    fc.assert(fc.property(fc.string(), (body) => void parseMessageSummary(`Messages-Waiting: yes\r\n${body}`)));
  });
});
