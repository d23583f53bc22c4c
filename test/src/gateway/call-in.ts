/** A call from the telephone with audio: a browser in Node on one side, a telephone's RTP on the other. */
import type { SipResponse } from '../../../sip/message/index.ts';
import { BrowserPeer } from '../../media/browser-peer.ts';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import { AudioCall } from './audio-call.ts';
import type { Caller, InviteOptions } from './caller.ts';
import type { House } from './house.ts';
import type { RoomCall } from './room-call.ts';

export class CallIn extends AudioCall {
  readonly caller: Caller;

  private constructor(caller: Caller, call: RoomCall, browser: BrowserPeer, rtp: TelephonePeer) {
    super(call, browser, rtp);
    this.caller = caller;
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

  /** The telephone hangs up. */
  async bye(): Promise<void> {
    const { status } = await this.caller.ask('BYE');
    if (status !== 200) throw new Error(`BYE was answered ${status}`);
  }
}
