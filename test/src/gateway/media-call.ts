/** A call with audio: a browser in Node on one side, a telephone's RTP on the other, the whole gateway between them. */
import type { BrowserPeer } from '../../media/browser-peer.ts';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import { AudioCall } from './audio-call.ts';
import type { House, Room } from './house.ts';
import type { RoomCall } from './room-call.ts';
import type { Telephone } from './telephone.ts';

export class MediaCall extends AudioCall {
  readonly telephone: Telephone;

  private constructor(call: RoomCall, browser: BrowserPeer, rtp: TelephonePeer, telephone: Telephone) {
    super(call, browser, rtp);
    this.telephone = telephone;
  }

  /** The caller has called, the telephone has the INVITE. @param common fields that all events of the client have */
  static async begin(house: House, common: Readonly<Record<string, unknown>> = {}, room?: Room): Promise<MediaCall> {
    const call = await house.call(room);
    call.common = { ...call.common, ...common };
    const browser = house.browser();
    call.invite(await browser.offer());
    return MediaCall.at(await house.telephone(call.room), call, browser);
  }

  /** The same of a call that was placed already: this telephone has its INVITE. */
  static async at(telephone: Telephone, call: RoomCall, browser: BrowserPeer): Promise<MediaCall> {
    const rtp = await TelephonePeer.open();
    rtp.learn(telephone.offer);
    return new MediaCall(call, browser, rtp, telephone);
  }

  async answer(): Promise<void> {
    this.telephone.reply(200, { sdp: this.rtp.sdp() });
    await this.telephone.request('ACK');
    await this.clientAnswered();
  }

  /** Takes the gateway's answer at the client. */
  async clientAnswered(): Promise<void> {
    const { answer } = (await this.call.next('m.call.answer')) as { readonly answer: { readonly sdp: string } };
    await this.browser.accept(answer.sdp);
  }

  async hangUp(): Promise<void> {
    this.call.send('m.call.hangup', { reason: 'user_hangup' });
    this.telephone.respond(await this.telephone.request('BYE'), 200);
  }
}
