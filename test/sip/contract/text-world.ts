/** Texts through a SIP server, and one at the other end who writes and reads them by hand. */
import type { InboundText, OutboundText, TextReceipt, TextReply, TrunkCalls } from '../../../sip/index.ts';
import { header, type SipRequest, type SipResponse } from '../../../sip/message/index.ts';
import type { TextSettings, TrunkInput } from '../../../sip/trunk/index.ts';
import { Waiting } from '../../world/wait.ts';
import { type InboundWorld, type InboundWorldOptions, inboundWorld } from '../call/inbound-world.ts';
import type { RawPeer } from '../server/raw-peer.ts';

export interface TextWorldOptions extends Omit<InboundWorldOptions, 'trunk'> {
  readonly texts?: Partial<TextSettings>;
  readonly trunk?: Partial<TrunkInput>;
}

export class TextWorld {
  readonly world: InboundWorld;
  readonly texts: InboundText[] = [];
  readonly receipts: TextReceipt[] = [];
  /** What a text that came in is answered with. */
  reply: (text: InboundText) => Promise<TextReply> = () => Promise.resolve({ kind: 'taken' });
  readonly #waiting = new Waiting();
  #taken = 0;
  #told = 0;
  #count = 0;

  private constructor(world: InboundWorld) {
    this.world = world;
    world.calls.texts.onText((text) => {
      this.texts.push(text);
      this.#waiting.announce();
      return this.reply(text);
    });
    world.calls.texts.onReceipt((receipt) => {
      this.receipts.push(receipt);
      this.#waiting.announce();
      return Promise.resolve();
    });
  }

  static async open({ texts, trunk, ...rest }: TextWorldOptions = {}): Promise<TextWorld> {
    return new TextWorld(await inboundWorld({ ...rest, trunk: { ...trunk, texts: { enabled: true, ...texts } } }));
  }

  get peer(): RawPeer {
    return this.world.peer;
  }

  get calls(): TrunkCalls {
    return this.world.calls;
  }

  /** The next text that comes in. */
  next(): Promise<InboundText> {
    const index = this.#taken++;
    return this.#waiting.until(() => this.texts[index]);
  }

  receipt(): Promise<TextReceipt> {
    const index = this.#told++;
    return this.#waiting.until(() => this.receipts[index]);
  }

  /** @returns the bytes of a MESSAGE of the far side */
  write(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Buffer {
    const bytes = Buffer.from(body);
    const branch = `z9hG4bK${Math.random().toString(36).slice(2)}`;
    const head = this.peer.write('MESSAGE', {
      uri: `sip:+441818118181@${this.world.address}`,
      Via: `SIP/2.0/UDP 127.0.0.1:${this.peer.port};branch=${branch}`,
      From: '<sip:+4930901820@127.0.0.1>;tag=far',
      To: '<sip:+441818118181@127.0.0.1>',
      'Call-ID': `text-${this.peer.port}-${++this.#count}`,
      Contact: '',
      ...(bytes.length === 0 ? {} : { 'Content-Type': 'text/plain;charset=UTF-8' }),
      'Content-Length': String(bytes.length),
      ...headers,
    });
    return Buffer.concat([Buffer.from(head), bytes]);
  }

  /** The far side sends a MESSAGE. */
  say(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): void {
    this.peer.send(this.write(body, headers));
  }

  answer(status: number): Promise<SipResponse> {
    return this.peer.response(status, 'MESSAGE');
  }

  text(more: Partial<OutboundText> = {}): OutboundText {
    return {
      textRef: `t-${++this.#count}`,
      trunk: 'test',
      target: '+441818118181',
      sender: '+4930901820',
      key: `key-${this.#count}`,
      text: 'Hello',
      wantsReceipts: false,
      ...more,
    };
  }

  /** The next MESSAGE of ours. */
  came(): Promise<SipRequest> {
    return this.peer.request('MESSAGE');
  }

  async close(): Promise<void> {
    await this.world.close();
  }
}

export function numbered(request: SipRequest): string {
  return `${header(request, 'call-id')} ${header(request, 'cseq')}`;
}
