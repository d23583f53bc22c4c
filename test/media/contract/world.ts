/** What the scenarios share. */

import { expect, vi } from 'vitest';
import type { MediaEngine } from '../../../media/index.ts';
import { dominantFrequency, encodeG711, type Law, rms, tone } from '../../world/audio.ts';
import type { TestCall } from './test-call.ts';

/** What engines may differ in, without one being wrong. */
export interface Traits {
  /** Every packet is handed on as it came: what is lost stays lost, nothing is sent where nothing came. */
  readonly relaysPackets: boolean;
}

/** The engine and the call are set anew for each scenario. */
export interface World {
  readonly traits: Traits;
  engine: MediaEngine;
  call: TestCall;
}

interface Numbered {
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** Sequence numbers without a gap, timestamps that never go back, one SSRC. */
export function expectOneStream(packets: readonly Numbered[]): void {
  expect(new Set(packets.map((packet) => packet.ssrc)).size).toBe(1);
  for (const [i, packet] of packets.entries()) {
    const before = packets[i - 1];
    if (!before) continue;
    expect((packet.sequence - before.sequence) & 0xffff).toBe(1);
    expect((packet.timestamp - before.timestamp) | 0).toBeGreaterThanOrEqual(0);
  }
}

export const browserStream = (call: TestCall): Numbered[] =>
  call.browser.heard.map(({ header }) => ({
    sequence: header.sequenceNumber,
    timestamp: header.timestamp,
    ssrc: header.ssrc,
  }));

/** 20 ms of a tone. */
export const frame = (hz: number): Buffer => encodeG711(tone(hz, 20), 'PCMU');

/** A second of a tone, to be played over and over. */
export const continuous = (hz: number, law: Law = 'PCMU'): Buffer => encodeG711(tone(hz, 1000), law);

/** A tone is in the audio, and is the loudest. A lost or doubled frame shifts what is measured a little. */
export function expectTone(samples: Int16Array, hz: number): void {
  const heard = dominantFrequency(samples)?.hz ?? 0;
  expect(Math.abs(heard - hz), `heard ${heard} Hz, expected ${hz} Hz`).toBeLessThanOrEqual(10);
}

/** Waits until a tone is what is heard. */
export async function hears(peer: { listen(ms: number): Promise<Int16Array> }, hz: number): Promise<void> {
  await vi.waitUntil(async () => Math.abs((dominantFrequency(await peer.listen(300))?.hz ?? 0) - hz) <= 10, {
    timeout: 8000,
    interval: 0,
  });
}

/** No voice, no tone; comfort noise at most. */
export function expectSilence(samples: Int16Array): void {
  expect(samples.length === 0 ? 0 : rms(samples)).toBeLessThan(0.01);
}
