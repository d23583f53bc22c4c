/** A call with audio: a browser in Node on one side, a telephone's RTP on the other, the whole gateway between them. */
import { BrowserPeer } from '../../media/browser-peer.ts';
import { continuous } from '../../media/contract/world.ts';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import { expectHeard } from './hearing.ts';
import type { House, Room } from './house.ts';
import type { RoomCall } from './room-call.ts';
import type { Telephone } from './telephone.ts';

const CALLER_HZ = 440;
const TELEPHONE_HZ = 900;

export class MediaCall {
  readonly call: RoomCall;
  readonly browser: BrowserPeer;
  readonly rtp: TelephonePeer;
  readonly telephone: Telephone;

  private constructor(call: RoomCall, browser: BrowserPeer, rtp: TelephonePeer, telephone: Telephone) {
    this.call = call;
    this.browser = browser;
    this.rtp = rtp;
    this.telephone = telephone;
  }

  /** The caller has called, the telephone has the INVITE. @param common fields that all events of the client have */
  static async begin(house: House, common: Readonly<Record<string, unknown>> = {}, room?: Room): Promise<MediaCall> {
    const call = await house.call(room);
    call.common = { ...call.common, ...common };
    const browser = new BrowserPeer();
    const rtp = await TelephonePeer.open();
    call.invite(await browser.offer());
    const telephone = await house.telephone(call.room);
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

  /** Each hears the other's tone. */
  async expectAudio(): Promise<void> {
    this.browser.play(continuous(CALLER_HZ));
    this.rtp.play(continuous(TELEPHONE_HZ));
    await expectHeard(this.rtp, CALLER_HZ, 'the telephone');
    await expectHeard(this.browser, TELEPHONE_HZ, 'the browser');
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

  async hangUp(): Promise<void> {
    this.call.send('m.call.hangup', { reason: 'user_hangup' });
    this.telephone.respond(await this.telephone.request('BYE'), 200);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.rtp.close();
  }
}
