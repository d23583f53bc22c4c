import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutgoingStream } from '../../../../media/embedded/rtp/outgoing-stream.ts';

/** Relays `count` frames of a source, 20 ms each; returns what was sent. */
function source(
  stream: OutgoingStream,
  ssrc: number,
  sequence: number,
  timestamp: number,
  startMs: number,
  count: number,
) {
  return Array.from({ length: count }, (_, i) => {
    const isSent = stream.relay(ssrc, (sequence + i) & 0xffff, (timestamp + i * 160) >>> 0, false, startMs + i * 20);
    return { isSent, sequence: stream.sequence, timestamp: stream.timestamp, marker: stream.marker };
  });
}

describe('a source is renumbered, its distances are kept', () => {
  test('across both wraps', () => {
    const stream = new OutgoingStream();
    const sent = source(stream, 1, 65_530, 0xfffff000, 0, 40);
    sent.slice(1).forEach((packet, i) => {
      const before = sent[i] as (typeof sent)[number];
      expect((packet.sequence - before.sequence) & 0xffff).toBe(1);
      expect((packet.timestamp - before.timestamp) >>> 0).toBe(160);
    });
    expect(sent.map((packet) => packet.marker)).toEqual([true, ...Array(39).fill(false)]);
  });

  test('a gap stays a gap, a late packet fills it, a double is not sent', () => {
    const stream = new OutgoingStream();
    const [first] = source(stream, 1, 10, 0, 0, 1);
    expect(stream.relay(1, 13, 480, false, 60)).toBe(true);
    expect((stream.sequence - (first?.sequence ?? 0)) & 0xffff).toBe(3);
    expect(stream.relay(1, 12, 320, false, 65)).toBe(true);
    expect((stream.sequence - (first?.sequence ?? 0)) & 0xffff).toBe(2);
    expect(stream.relay(1, 12, 320, false, 66)).toBe(false);
    expect(stream.relay(1, 13, 480, false, 66)).toBe(false);
  });

  test('what is older than the source itself is not sent', () => {
    const stream = new OutgoingStream();
    source(stream, 1, 10, 0, 0, 2);
    source(stream, 2, 100, 0, 40, 1);
    expect(stream.relay(2, 99, 0, false, 45)).toBe(false);
  });

  test('what is left out on purpose leaves no gap', () => {
    const stream = new OutgoingStream();
    const [first] = source(stream, 1, 10, 0, 0, 1);
    stream.skip(1, 11, 160, 20);
    stream.skip(1, 12, 320, 40);
    source(stream, 1, 13, 480, 60, 1);
    expect((stream.sequence - (first?.sequence ?? 0)) & 0xffff).toBe(1);
    expect((stream.timestamp - (first?.timestamp ?? 0)) >>> 0).toBe(480);
    // One really lost before one left out.
    stream.skip(1, 15, 800, 100);
    source(stream, 1, 16, 960, 120, 1);
    expect((stream.sequence - (first?.sequence ?? 0)) & 0xffff).toBe(3);
  });
});

describe('a change of the source has no seam', () => {
  test('numbers go on, timestamps follow the wall clock, the marker tells', () => {
    const stream = new OutgoingStream();
    const before = source(stream, 1, 10, 1000, 0, 10).at(-1);
    const [after] = source(stream, 2, 40_000, 3_000_000_000, 180 + 500, 1);
    expect(((after?.sequence ?? 0) - (before?.sequence ?? 0)) & 0xffff).toBe(1);
    expect(((after?.timestamp ?? 0) - (before?.timestamp ?? 0)) >>> 0).toBe(500 * 8);
    expect(after?.marker).toBe(true);
  });

  test('generated frames are exactly one frame apart though the timer wobbles', () => {
    const stream = new OutgoingStream();
    const timestamps = [0, 23, 38, 61, 80].map((nowMs) => {
      stream.generate(nowMs);
      return stream.timestamp;
    });
    expect(timestamps.slice(1).map((timestamp, i) => (timestamp - (timestamps[i] as number)) >>> 0)).toEqual([
      160, 160, 160, 160,
    ]);
  });

  test('a clock that was set anew within one source begins a new epoch', () => {
    const stream = new OutgoingStream();
    const before = source(stream, 1, 10, 1000, 0, 5).at(-1);
    const [after] = source(stream, 1, 15, 2_000_000_000, 100, 1);
    expect(((after?.timestamp ?? 0) - (before?.timestamp ?? 0)) >>> 0).toBe(160);
    expect(after?.marker).toBe(true);
  });

  test('a hole of silence suppression is no new epoch', () => {
    const stream = new OutgoingStream();
    const before = source(stream, 1, 10, 1000, 0, 1).at(-1);
    const [after] = source(stream, 1, 11, 1000 + 10_000 * 8, 10_000, 1);
    expect(((after?.timestamp ?? 0) - (before?.timestamp ?? 0)) >>> 0).toBe(80_000);
    expect(after?.marker).toBe(false);
  });
});

test('whatever the sources do, no number is ever sent twice within a window', () => {
  const action = fc.record({
    kind: fc.constantFrom('relay', 'skip', 'generate', 'event'),
    ssrc: fc.integer({ min: 1, max: 3 }),
    sequence: fc.integer({ min: 0, max: 120 }),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const stream = new OutgoingStream();
      const recent: number[] = [];
      actions.forEach(({ kind, ssrc, sequence }, i) => {
        const nowMs = i * 20;
        let sent: number | undefined;
        if (kind === 'relay' && stream.relay(ssrc, sequence, sequence * 160, false, nowMs)) sent = stream.sequence;
        if (kind === 'skip') stream.skip(ssrc, sequence, sequence * 160, nowMs);
        if (kind === 'generate') {
          stream.generate(nowMs);
          sent = stream.sequence;
        }
        if (kind === 'event') sent = stream.nextOfEvent();
        if (sent === undefined) return;
        expect(recent).not.toContain(sent);
        recent.push(sent);
      });
    }),
    { numRuns: 300 },
  );
});
