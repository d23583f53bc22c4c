import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clampDigitMs, digitOfEvent, eventOfDigit } from '../../../../media/embedded/dtmf/events.ts';
import { DtmfReceiver } from '../../../../media/embedded/dtmf/receiver.ts';
import { type DtmfPacket, DtmfSender } from '../../../../media/embedded/dtmf/sender.ts';

test('digits and their codes', () => {
  expect([...'0123456789*#ABCDd'].map(eventOfDigit)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15,
  ]);
  expect(['', 'x', '12', ' '].map(eventOfDigit)).toEqual([undefined, undefined, undefined, undefined]);
  expect(digitOfEvent(11)).toBe('#');
  expect(digitOfEvent(16)).toBeUndefined();
  expect([0, 79, 100, 2001, Number.NaN].map(clampDigitMs)).toEqual([80, 80, 100, 2000, 80]);
});

function receiver() {
  const log: string[] = [];
  const dtmf = new DtmfReceiver({
    press: (event) => log.push(`press ${event}`),
    progress: () => {},
    release: (event, ms) => log.push(`release ${event} ${ms}`),
  });
  const packet = (event: number, durationMs: number, isEnd: boolean, timestamp: number, nowMs = 0) => {
    const duration = durationMs * 8;
    dtmf.receive(Buffer.from([event, isEnd ? 0x8a : 0x0a, duration >> 8, duration & 255]), 0, 4, 1, timestamp, nowMs);
  };
  return { log, dtmf, packet };
}

describe('events that come in', () => {
  test('many packets are one press and one release', () => {
    const { log, packet } = receiver();
    for (const ms of [20, 40, 60]) packet(5, ms, false, 1000);
    for (let i = 0; i < 3; i++) packet(5, 80, true, 1000);
    expect(log).toEqual(['press 5', 'release 5 80']);
  });

  test('the same digit twice is two presses', () => {
    const { log, packet } = receiver();
    packet(5, 80, true, 1000);
    packet(5, 80, true, 1000);
    packet(5, 80, true, 9000);
    expect(log).toEqual(['press 5', 'release 5 80', 'press 5', 'release 5 80']);
  });

  test('only end packets arrived', () => {
    const { log, packet } = receiver();
    packet(1, 100, true, 50);
    expect(log).toEqual(['press 1', 'release 1 100']);
  });

  test('the end was lost: the next digit, or silence, ends it', () => {
    const { log, packet, dtmf } = receiver();
    packet(1, 60, false, 50, 0);
    packet(2, 60, false, 5000, 100);
    dtmf.tick(200);
    expect(log).toEqual(['press 1', 'release 1 60', 'press 2']);
    dtmf.tick(400);
    expect(log.at(-1)).toBe('release 2 60');
  });

  test('late packets of an older digit change nothing', () => {
    const { log, packet } = receiver();
    packet(1, 80, true, 1000);
    packet(2, 20, false, 3000);
    packet(1, 80, true, 1000);
    packet(2, 80, true, 3000);
    expect(log).toEqual(['press 1', 'release 1 80', 'press 2', 'release 2 80']);
  });

  test('other events and short payloads are passed over', () => {
    const { log, dtmf, packet } = receiver();
    packet(16, 80, true, 1);
    dtmf.receive(Buffer.from([1, 2]), 0, 2, 1, 1, 0);
    expect(log).toEqual([]);
  });
});

function sender() {
  const sent: DtmfPacket[] = [];
  const dtmf = new DtmfSender((packet) => sent.push(packet));
  const run = (frames = 500) => {
    for (let i = 0; i < frames && dtmf.isBusy; i++) dtmf.frame();
  };
  return { sent, dtmf, run };
}

describe('events that go out', () => {
  test('one packet a frame, three ends with the same duration', () => {
    const { sent, dtmf, run } = sender();
    dtmf.play(3, 100);
    run();
    expect(sent.map((packet) => [packet.durationSamples, packet.isEnd, packet.isFirst])).toEqual([
      [160, false, true],
      [320, false, false],
      [480, false, false],
      [640, false, false],
      [800, true, false],
      [800, true, false],
      [800, true, false],
    ]);
    expect(dtmf.isBusy).toBe(false);
  });

  test('a key that is held goes on until its release, at most two seconds', () => {
    const { sent, dtmf, run } = sender();
    dtmf.press(1);
    dtmf.progress(200);
    run(10);
    dtmf.release(200);
    run();
    expect(sent.at(-1)).toMatchObject({ durationSamples: 1600, isEnd: true });
    dtmf.press(2);
    dtmf.progress(60_000);
    run();
    expect(sent.at(-1)).toMatchObject({ event: 2, durationSamples: 16_000, isEnd: true });
    expect(dtmf.isBusy).toBe(false);
    dtmf.release(9000);
  });

  test('a digit does not grow while the packets of its source are late', () => {
    const { sent, dtmf, run } = sender();
    dtmf.press(1);
    run(5);
    dtmf.progress(60);
    run(20);
    dtmf.release(120);
    run();
    expect(sent.at(-1)).toMatchObject({ durationSamples: 960, isEnd: true });
    expect(sent.filter((packet) => packet.isEnd)).toHaveLength(3);
  });

  test('any sequence of digits goes out in order, each with one start and three ends, within the limits', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(15), fc.nat(4000)), { maxLength: 10 }), (digits) => {
        const { sent, dtmf, run } = sender();
        for (const [event, durationMs] of digits) dtmf.play(event, durationMs);
        run(100_000);
        expect(sent.filter((packet) => packet.isFirst).map((packet) => packet.event)).toEqual(
          digits.map(([event]) => event),
        );
        const ends = sent.filter((packet) => packet.isEnd);
        expect(ends).toHaveLength(digits.length * 3);
        for (const [i, [, durationMs]] of digits.entries()) {
          const sentMs = (ends[i * 3]?.durationSamples ?? 0) / 8;
          expect(Math.abs(sentMs - clampDigitMs(durationMs))).toBeLessThanOrEqual(20);
        }
      }),
      { numRuns: 50 },
    );
  });
});
