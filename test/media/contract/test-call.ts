import type { MediaEngine, MediaEvent, MediaSession } from '../../../media/index.ts';
import { Waiting } from '../../world/wait.ts';
import { BrowserPeer } from '../browser-peer.ts';
import { TelephonePeer } from '../telephone-peer.ts';

/** A call with its peers, its events and what it takes to wait for them. */
export class TestCall {
  readonly browser: BrowserPeer;
  readonly phone: TelephonePeer;
  readonly events: MediaEvent[] = [];
  session!: MediaSession;
  readonly #waiting = new Waiting();

  private constructor(browser: BrowserPeer, phone: TelephonePeer) {
    this.browser = browser;
    this.phone = phone;
  }

  static async open(engine: MediaEngine, browser = new BrowserPeer()): Promise<TestCall> {
    const call = new TestCall(browser, await TelephonePeer.open());
    call.session = await engine.createSession({ callRef: 'test' }, (event) => {
      call.events.push(event);
      call.#waiting.announce();
    });
    return call;
  }

  async event<T extends MediaEvent['type']>(
    type: T,
    timeoutMs = 8000,
  ): Promise<Extract<MediaEvent, { readonly type: T }>> {
    const find = () =>
      this.events.find((event): event is Extract<MediaEvent, { readonly type: T }> => event.type === type);
    const error = () => new Error(`no ${type} within ${timeoutMs} ms; seen: ${this.events.map((event) => event.type)}`);
    return this.#waiting.until(find, { timeoutMs, error });
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
