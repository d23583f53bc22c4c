import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRtpFields, readRtp, writeRtpHeader } from '../../../../media/embedded/rtp/packet.ts';
import { ReceiveStats } from '../../../../media/embedded/rtp/receive-stats.ts';
import { ntpMiddle, readRtcp, writeReport } from '../../../../media/embedded/rtp/rtcp.ts';

describe('reception statistics', () => {
  test('losses, across the wrap', () => {
    const stats = new ReceiveStats();
    for (let i = 0; i < 100; i++) {
      if (i % 10 === 5) continue;
      stats.receive(7, (65_500 + i) & 0xffff, i * 160, i * 20);
    }
    expect(stats).toMatchObject({ packets: 90, lost: 10 });
    expect(stats.report()).toMatchObject({ ssrc: 7, cumulativeLost: 10, fractionLost: 25, highestSequence: 65_599 });
    expect(stats.report()?.fractionLost).toBe(0);
  });

  test('a steady stream has no jitter, a wobbling one has', () => {
    const steady = new ReceiveStats();
    const wobbling = new ReceiveStats();
    for (let i = 0; i < 200; i++) {
      steady.receive(1, i, i * 160, i * 20);
      wobbling.receive(1, i, i * 160, i * 20 + (i % 2) * 10);
    }
    expect(steady.jitterMs).toBe(0);
    expect(wobbling.jitterMs).toBeCloseTo(10, 0);
  });

  test('a new source begins anew, its losses add up', () => {
    const stats = new ReceiveStats();
    for (const sequence of [1, 2, 4]) stats.receive(1, sequence, 0, 0);
    for (const sequence of [900, 903]) stats.receive(2, sequence, 0, 0);
    expect(stats.lost).toBe(3);
  });
});

describe('RTCP', () => {
  const base = {
    ssrc: 0x11223344,
    cname: 'abc',
    sender: { wallClockMs: 1_700_000_000_500, rtpTimestamp: 99, packets: 5, octets: 800 },
    reception: { ssrc: 5, fractionLost: 64, cumulativeLost: 3, highestSequence: 1000, jitter: 7 },
    lastSenderReport: undefined,
    nowMs: 0,
  };

  test('a sender report with its description, bit for bit', () => {
    const out = new Uint8Array(400);
    const length = writeReport(out, base);
    expect(Buffer.from(out.subarray(0, length)).toString('hex')).toBe(
      [
        '81c8000c11223344',
        'e8fe6f8080000000',
        '00000063',
        '00000005',
        '00000320',
        '00000005',
        '40000003',
        '000003e8',
        '00000007',
        '00000000',
        '00000000',
        '81ca0003',
        '11223344',
        '01036162',
        '63000000',
      ].join(''),
    );
  });

  test('the other end measures the round trip from our echo, and we from its', () => {
    const wallClockMs = 1_700_000_000_000;
    const theirs = new Uint8Array(400);
    const reportLength = writeReport(theirs, { ...base, ssrc: 5, sender: { ...base.sender, wallClockMs } });
    const heard = readRtcp(theirs, reportLength, 0x11223344, 10, wallClockMs);
    expect(heard.senderReport).toEqual({ ntpMiddle: ntpMiddle(wallClockMs), receivedMs: 10 });
    const ours = new Uint8Array(400);
    const length = writeReport(ours, { ...base, lastSenderReport: heard.senderReport, nowMs: 1010, goodbye: true });
    // It arrives 1,080 ms after their report went out: 1,000 ms were ours.
    expect(readRtcp(ours, length, 5, 0, wallClockMs + 1080).roundTripMs).toBeCloseTo(80, -1);
  });

  test('what the other end lost of ours is read, for our own stream alone', () => {
    const out = new Uint8Array(400);
    const length = writeReport(out, base);
    expect(readRtcp(out, length, 5, 0, 0).reception).toEqual({ cumulativeLost: 3, jitter: 7 });
    expect(readRtcp(out, length, 6, 0, 0).reception).toBeUndefined();
    // −2: two packets more than there were numbers.
    out.set([0, 0xff, 0xff, 0xfe], 32);
    expect(readRtcp(out, length, 5, 0, 0).reception).toEqual({ cumulativeLost: 0, jitter: 7 });
  });

  test('a receiver that has not sent reports as one', () => {
    const out = new Uint8Array(400);
    writeReport(out, { ...base, sender: undefined });
    expect(out[1]).toBe(201);
  });

  test('random bytes are read without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readRtcp(bytes, bytes.length, 1, 0, 0);
      }),
    );
  });
});

describe('RTP headers', () => {
  test('what is written is read', () => {
    const packet = new Uint8Array(20);
    writeRtpHeader(packet, 101, true, 65_535, 0xfffffffe, 0x89abcdef);
    const fields = createRtpFields();
    expect(readRtp(packet, 20, fields)).toBe(true);
    expect(fields).toEqual({
      payloadType: 101,
      marker: true,
      sequence: 65_535,
      timestamp: 0xfffffffe,
      ssrc: 0x89abcdef,
      payloadStart: 12,
      payloadEnd: 20,
    });
  });

  test('contributing sources, an extension and padding are passed over', () => {
    const packet = Buffer.from('b10000010000000000000001aaaaaaaabede0001ffffffff0102030400000004', 'hex');
    const fields = createRtpFields();
    expect(readRtp(packet, packet.length, fields)).toBe(true);
    expect(packet.subarray(fields.payloadStart, fields.payloadEnd).toString('hex')).toBe('01020304');
  });

  test('random bytes never give a payload outside the packet', () => {
    const fields = createRtpFields();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        if (!readRtp(bytes, bytes.length, fields)) return;
        expect(fields.payloadStart).toBeGreaterThanOrEqual(12);
        expect(fields.payloadEnd).toBeGreaterThan(fields.payloadStart);
        expect(fields.payloadEnd).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
