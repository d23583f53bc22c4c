/** What every call with audio has, whoever called: a client with a browser, a telephone's RTP, and the gateway between them. */
import type { BrowserPeer } from '../../media/browser-peer.ts';
import { continuous } from '../../media/contract/world.ts';
import type { TelephonePeer } from '../../media/telephone-peer.ts';
import { expectHeard } from './hearing.ts';
import type { RoomCall } from './room-call.ts';

const CLIENT_HZ = 440;
const TELEPHONE_HZ = 900;

export class AudioCall {
  readonly call: RoomCall;
  readonly browser: BrowserPeer;
  readonly rtp: TelephonePeer;

  protected constructor(call: RoomCall, browser: BrowserPeer, rtp: TelephonePeer) {
    this.call = call;
    this.browser = browser;
    this.rtp = rtp;
  }

  /** Each hears the other's tone. */
  async expectAudio(): Promise<void> {
    this.browser.play(continuous(CLIENT_HZ));
    this.rtp.play(continuous(TELEPHONE_HZ));
    await expectHeard(this.rtp, CLIENT_HZ, 'the telephone');
    await expectHeard(this.browser, TELEPHONE_HZ, 'the client');
  }

  /** The client offers again; settles with the gateway's answer. */
  async negotiate(sdp: string): Promise<string> {
    this.call.send('m.call.negotiate', { lifetime: 30_000, description: { type: 'offer', sdp } });
    return this.negotiated('answer');
  }

  /** The next description of this type that the gateway sends inside the call. */
  async negotiated(type: 'offer' | 'answer'): Promise<string> {
    const { description } = (await this.call.next('m.call.negotiate')) as {
      readonly description: { readonly type: string; readonly sdp: string };
    };
    if (description.type !== type) throw new Error(`expected an ${type}, got an ${description.type}`);
    return description.sdp;
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.rtp.close();
  }
}
