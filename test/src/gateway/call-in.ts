/** A call from the telephone with audio: a browser in Node on one side, a telephone's RTP on the other. */
import type { SipResponse } from '../../../sip/message/index.ts';
import { BrowserPeer } from '../../media/browser-peer.ts';
import { continuous } from '../../media/contract/world.ts';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import type { Caller, InviteOptions } from './caller.ts';
import { expectHeard } from './hearing.ts';
import type { House } from './house.ts';
import type { RoomCall } from './room-call.ts';

const CLIENT_HZ = 440;
const TELEPHONE_HZ = 900;

export class CallIn {
  readonly caller: Caller;
  readonly call: RoomCall;
  readonly browser: BrowserPeer;
  readonly rtp: TelephonePeer;

  private constructor(caller: Caller, call: RoomCall, browser: BrowserPeer, rtp: TelephonePeer) {
    this.caller = caller;
    this.call = call;
    this.browser = browser;
    this.rtp = rtp;
  }

  /** The telephone has called, this user's client rings. */
  static async ringing(
    house: House,
    called: string,
    user: string,
    invite: InviteOptions = {},
    browser = new BrowserPeer(),
  ): Promise<CallIn> {
    const rtp = await TelephonePeer.open();
    const rings = house.ring(user);
    const caller = house.caller(called);
    caller.invite({ sdp: rtp.sdp(), ...invite });
    const call = await rings;
    await caller.response(180);
    return new CallIn(caller, call, browser, rtp);
  }

  /** The client answers; settles with the 200. */
  async answer(): Promise<SipResponse> {
    const { offer } = (await this.call.next('m.call.invite')) as { readonly offer: { readonly sdp: string } };
    this.call.send('m.call.answer', { answer: { type: 'answer', sdp: await this.browser.answer(offer.sdp) } });
    return this.caller.response(200);
  }

  /** The client answers, the telephone acknowledges, each hears the other. */
  async talk(): Promise<void> {
    const ok = await this.answer();
    this.caller.ack();
    this.rtp.learn(ok.body.toString());
    await this.expectAudio();
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

  /** The telephone hangs up. */
  async bye(): Promise<void> {
    const { status } = await this.caller.ask('BYE');
    if (status !== 200) throw new Error(`BYE was answered ${status}`);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.rtp.close();
  }
}
