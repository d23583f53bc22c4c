/** One Chromium and one engine for the tests of a `describe`, and one call between it and a telephone at a time. */
import { type Logger, pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { MediaEngine, MediaEvent, MediaSession } from '../../media/index.ts';
import { ChromiumPeer } from './chromium-peer.ts';
import { TelephonePeer } from './telephone-peer.ts';

/** What the browser's microphone hears, Hz. */
export const MICROPHONE_HZ = 440;

/** What stands while a test runs. */
export interface ChromiumCall {
  readonly browser: ChromiumPeer;
  readonly phone: TelephonePeer;
  readonly session: MediaSession;
  readonly events: MediaEvent[];
}

export function useChromium(startEngine: (logger: Logger) => Promise<MediaEngine>): ChromiumCall {
  let engine: MediaEngine;
  const call: { -readonly [Part in keyof ChromiumCall]?: ChromiumCall[Part] } = {};
  beforeAll(async () => {
    engine = await startEngine(pino({ level: process.env.TEST_LOG ?? 'silent' }));
    call.browser = await ChromiumPeer.launch(MICROPHONE_HZ);
  });
  afterAll(async () => {
    await call.browser?.close();
    await engine?.close();
  });
  beforeEach(async () => {
    const events: MediaEvent[] = [];
    call.events = events;
    call.phone = await TelephonePeer.open();
    call.session = await engine.createSession({ callRef: 'chromium' }, (event) => events.push(event));
  });
  afterEach(async () => {
    await call.browser?.hangUp();
    await call.session?.close();
    call.phone?.close();
  });
  return call as ChromiumCall;
}
