/** What every media engine must do, as scenarios that run against any of them. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MediaEngine, MediaEvent, MediaSession } from '../../media/index.ts';
import { dominantFrequency, encodeG711, tone } from '../world/audio.ts';
import { BrowserPeer } from './browser-peer.ts';
import { TelephonePeer } from './telephone-peer.ts';

/** A call with its peers, its events and what it takes to wait for them. */
export class TestCall {
  readonly browser: BrowserPeer;
  readonly phone: TelephonePeer;
  readonly events: MediaEvent[] = [];
  session!: MediaSession;
  readonly #waiters = new Set<() => void>();

  private constructor(browser: BrowserPeer, phone: TelephonePeer) {
    this.browser = browser;
    this.phone = phone;
  }

  static async open(engine: MediaEngine, browser = new BrowserPeer()): Promise<TestCall> {
    const call = new TestCall(browser, await TelephonePeer.open());
    call.session = await engine.createSession({ callRef: 'test' }, (event) => {
      call.events.push(event);
      for (const check of [...call.#waiters]) check();
    });
    return call;
  }

  async event<T extends MediaEvent['type']>(
    type: T,
    timeoutMs = 8000,
  ): Promise<Extract<MediaEvent, { readonly type: T }>> {
    const find = () =>
      this.events.find((event): event is Extract<MediaEvent, { readonly type: T }> => event.type === type);
    const found = find();
    if (found) return found;
    return new Promise((resolve, reject) => {
      const check = () => {
        const event = find();
        if (!event) return;
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve(event);
      };
      const timer = setTimeout(() => {
        reject(new Error(`no ${type} within ${timeoutMs} ms; seen: ${this.events.map((event) => event.type)}`));
      }, timeoutMs);
      this.#waiters.add(check);
    });
  }

  /** Both sides agreed and connected, audio may flow. */
  async establish(): Promise<void> {
    await this.session.acceptWebRtcOffer(await this.browser.offer());
    this.phone.learn(await this.session.createRtpOffer({ codecs: ['PCMU', 'PCMA'], srtp: 'off' }));
    await this.session.acceptRtpAnswer(this.phone.sdp(), { early: false, forkId: 'a' });
    await this.browser.accept(await this.session.createWebRtcAnswer());
    this.session.connect();
    await this.event('webrtc-connected');
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.browser.close();
    this.phone.close();
  }
}

/** Registers the scenarios. `create` starts an engine that binds to loopback. */
export function describeMediaEngine(name: string, create: () => Promise<MediaEngine>): void {
  describe(name, () => {
    let engine: MediaEngine;
    let call: TestCall;

    beforeAll(async () => {
      engine = await create();
    });
    afterAll(() => engine.close());
    beforeEach(async () => {
      call = await TestCall.open(engine);
    });
    afterEach(() => call.close());

    test('a tone is heard in both directions', async () => {
      await call.establish();
      call.browser.play(encodeG711(tone(440, 1000), 'PCMU'));
      call.phone.play(encodeG711(tone(1000, 1000), 'PCMU'));
      const [atPhone, atBrowser] = await Promise.all([call.phone.listen(500), call.browser.listen(500)]);
      expect(dominantFrequency(atPhone)?.hz).toBe(440);
      expect(dominantFrequency(atBrowser)?.hz).toBe(1000);
      expect(dominantFrequency(atBrowser)?.level).toBeCloseTo(0.5, 1);
    });
  });
}
