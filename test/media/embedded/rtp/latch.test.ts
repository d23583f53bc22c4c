import { describe, expect, test } from 'vitest';
import { Latch } from '../../../../media/embedded/rtp/latch.ts';

const NAMED = ['203.0.113.7', 30_000] as const;

function expecting(): Latch {
  const latch = new Latch();
  latch.expect(...NAMED);
  return latch;
}

const target = (latch: Latch) => [latch.host, latch.port];

describe('who is heard', () => {
  test('nobody before a description was given', () => {
    const latch = new Latch();
    expect(latch.accept('203.0.113.7', 30_000, 1)).toBe(false);
    expect(latch.foreign).toBe(1);
  });

  test('the named address, at once', () => {
    const latch = expecting();
    expect(latch.accept(...NAMED, 1)).toBe(true);
    expect(latch.isLatched).toBe(true);
    expect(latch.accept('198.51.100.9', 5, 1)).toBe(false);
    expect(latch.accept('203.0.113.7', 31_000, 1)).toBe(false);
  });

  test('another port of the named host, which a NAT has rewritten', () => {
    const latch = expecting();
    expect(latch.accept('203.0.113.7', 61_000, 1)).toBe(true);
    expect(target(latch)).toEqual(['203.0.113.7', 61_000]);
  });

  test('another host after four packets in a row', () => {
    const latch = expecting();
    expect([1, 2, 3, 4, 5].map((sequence) => latch.accept('198.51.100.9', 4_000, sequence))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(target(latch)).toEqual(['198.51.100.9', 4_000]);
  });

  test('not a host that sprays random packets, nor two that take turns', () => {
    const latch = expecting();
    for (const sequence of [5, 900, 17, 6, 33, 7]) expect(latch.accept('198.51.100.9', 4_000, sequence)).toBe(false);
    for (let sequence = 0; sequence < 10; sequence++) {
      expect(latch.accept(sequence % 2 ? '198.51.100.9' : '198.51.100.8', 4_000, sequence)).toBe(false);
    }
  });

  test('the named address takes the latch back from another', () => {
    const latch = expecting();
    for (let sequence = 0; sequence < 5; sequence++) latch.accept('198.51.100.9', 4_000, sequence);
    expect(latch.accept(...NAMED, 1)).toBe(true);
    expect(target(latch)).toEqual([...NAMED]);
    expect(latch.accept('198.51.100.9', 4_000, 6)).toBe(false);
  });
});

describe('a later description', () => {
  test('with the same address keeps the latched source', () => {
    const latch = expecting();
    latch.accept('203.0.113.7', 61_000, 1);
    latch.expect(...NAMED);
    expect(target(latch)).toEqual(['203.0.113.7', 61_000]);
    expect(latch.isLatched).toBe(true);
  });

  test('with another address opens it again', () => {
    const latch = expecting();
    latch.accept('203.0.113.7', 61_000, 1);
    latch.expect('192.0.2.50', 8_000);
    expect(target(latch)).toEqual(['192.0.2.50', 8_000]);
    expect(latch.accept('203.0.113.7', 61_000, 2)).toBe(false);
    expect(latch.accept('192.0.2.50', 8_000, 1)).toBe(true);
  });

  test('after a reset the old peer is a stranger', () => {
    const latch = expecting();
    latch.accept(...NAMED, 1);
    latch.reset();
    expect(latch.accept(...NAMED, 2)).toBe(false);
    expect(latch.host).toBeUndefined();
  });
});
