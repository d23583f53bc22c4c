/** The RTP half of a session: the telephone that talks, and another one that is asked to take its place. */

import { type Direction, MediaError, type RtpCodec, type RtpOfferOptions } from '../engine.ts';
import {
  answerDirection,
  intersect,
  isReceiving,
  isSending,
  type MediaLine,
  offerLines,
  reverse,
  type SdesKey,
  toDirection,
} from '../sdp/index.ts';
import { channelVariables, sessionId } from './client-side.ts';
import { Leg, type LegHost, type LegListener } from './leg.ts';
import {
  type AgreedTelephone,
  addressOf,
  agreeTelephone,
  answerBothLines,
  freeswitchForTelephone,
  readTelephone,
  resolveHost,
  TELEPHONE_CODECS,
  type TelephoneDescription,
  type TelephoneRules,
  telephoneForFreeswitch,
} from './sdp/telephone.ts';

const SUITES = 'AES_CM_128_HMAC_SHA1_80:AES_CM_128_HMAC_SHA1_32';

/** One telephone: its channel, and what was agreed with it. */
interface Telephone {
  readonly leg: Leg;
  readonly sessionId: string;
  version: number;
  rules: TelephoneRules;
  lines: readonly MediaLine[];
  audioIndex: number;
  host?: string;
  codec?: RtpCodec;
  key?: SdesKey;
  /** Where FreeSWITCH sends since the first provisional answer. */
  earlyAddress?: string;
  isAnswered: boolean;
}

export class TelephoneSide {
  readonly #host: LegHost;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #listener: LegListener;
  /** Hears which channel is the telephone's from now on. */
  readonly #switched: (uuid: string) => void;
  #current: Telephone | undefined;
  #next: Telephone | undefined;
  #kept: Telephone | undefined;
  #wanted: Direction = 'sendrecv';

  constructor(
    host: LegHost,
    headers: Readonly<Record<string, string>>,
    listener: LegListener,
    switched: (uuid: string) => void,
  ) {
    this.#host = host;
    this.#headers = headers;
    this.#listener = listener;
    this.#switched = switched;
  }

  get leg(): Leg | undefined {
    return this.#current?.leg;
  }

  get codec(): RtpCodec | undefined {
    return this.#current?.codec;
  }

  get isAnswered(): boolean {
    return this.#current?.isAnswered === true || this.#kept !== undefined;
  }

  async createOffer(options: RtpOfferOptions): Promise<string> {
    const codecs = options.codecs.filter((codec) => TELEPHONE_CODECS.includes(codec));
    if (codecs.length === 0) throw new MediaError('no-common-codec', 'the trunk allows no codec at all');
    const rules: TelephoneRules = { codecs, srtp: options.srtp, events: options.events !== false };
    const isTaken = this.#current?.isAnswered === true;
    const leg = await Leg.offering(
      this.#host,
      {
        absolute_codec_string: codecs.join(','),
        rtp_secure_media: { off: 'forbidden', optional: `optional:${SUITES}`, required: `mandatory:${SUITES}` }[
          options.srtp
        ],
        ...(!rules.events && { dtmf_type: 'none' }),
        ...channelVariables(this.#headers),
      },
      this.#listener,
      isTaken ? undefined : this.#switched,
    );
    const telephone: Telephone = {
      leg,
      sessionId: sessionId(),
      version: 0,
      rules,
      lines: offerLines(options.srtp === 'required'),
      audioIndex: 0,
      isAnswered: false,
    };
    if (isTaken) {
      void this.#next?.leg.close();
      this.#next = telephone;
    } else {
      void this.#current?.leg.close();
      this.#current = telephone;
    }
    return this.#write(telephone, this.#wanted);
  }

  async acceptAnswer(
    sdp: string,
    options: { readonly early: boolean; readonly forkId: string },
  ): Promise<{ codec: RtpCodec }> {
    const telephone = this.#next ?? this.#current;
    if (!telephone) throw new MediaError('wrong-state', 'there is no offer of ours to answer');
    if (telephone.isAnswered && telephone.codec) {
      if (options.early) return { codec: telephone.codec };
      throw new MediaError('wrong-state', 'the answer of the telephone has been taken already');
    }
    const peer = readTelephone(sdp);
    const agreed = agreeTelephone(peer, telephone.rules);
    const text = await this.#forServer(telephone, sdp, peer, agreed, intersect(peer.direction, reverse(this.#wanted)));
    const isBoth = telephone.rules.srtp === 'optional';
    const answer = isBoth ? answerBothLines(text, agreed.key !== undefined, '0') : text;
    if (options.early) {
      telephone.leg.answerEarly(answer);
      telephone.earlyAddress ??= `${telephone.host}:${peer.rtp.port}`;
    } else {
      await telephone.leg.answer(answer);
      // FreeSWITCH stays with the first provisional answer; another fork's final one is news to it.
      const address = `${telephone.host}:${peer.rtp.port}`;
      if ((telephone.earlyAddress ?? address) !== address)
        await telephone.leg.modify(text, this.#timeoutMs(peer.direction));
    }
    if (telephone === this.#next) {
      this.#kept = this.#current;
      this.#current = telephone;
      this.#next = undefined;
      this.#switched(telephone.leg.uuid);
    }
    telephone.codec = agreed.codec;
    if (options.early) return { codec: agreed.codec };
    telephone.isAnswered = true;
    void this.#kept?.leg.close();
    this.#kept = undefined;
    return { codec: agreed.codec };
  }

  async acceptOffer(sdp: string, options?: RtpOfferOptions): Promise<{ sdp: string; direction: Direction }> {
    this.#returnToKept();
    const peer = readTelephone(sdp);
    const current = this.#current;
    const rules: TelephoneRules = options
      ? { codecs: options.codecs, srtp: options.srtp, events: options.events !== false }
      : (current?.rules ?? { codecs: TELEPHONE_CODECS, srtp: 'off', events: true });
    const agreed = agreeTelephone(peer, rules);
    const toServer = intersect(peer.direction, reverse(this.#wanted));
    let telephone: Telephone;
    if (current) {
      const text = await this.#forServer(current, sdp, peer, agreed, toServer, rules);
      await current.leg.modify(text, this.#timeoutMs(toServer));
      telephone = current;
    } else {
      telephone = await this.#begin(sdp, peer, agreed, toServer, rules);
      this.#current = telephone;
    }
    telephone.rules = rules;
    telephone.lines = peer.lines;
    telephone.audioIndex = peer.audioIndex;
    telephone.codec = agreed.codec;
    telephone.isAnswered = true;
    const direction = answerDirection(peer.direction, this.#wanted);
    return { sdp: this.#write(telephone, direction), direction };
  }

  createReoffer(direction: Direction): string {
    this.#returnToKept();
    this.#wanted = direction;
    return this.#write(this.#require(), direction);
  }

  async acceptReanswer(sdp: string): Promise<{ direction: Direction }> {
    const current = this.#require();
    const peer = readTelephone(sdp);
    const agreed = agreeTelephone(peer, current.rules);
    const toServer = intersect(peer.direction, reverse(this.#wanted));
    const text = await this.#forServer(current, sdp, peer, agreed, toServer);
    if (current.leg.isAnswered) await current.leg.modify(text, this.#timeoutMs(toServer));
    else await current.leg.answer(text);
    current.codec = agreed.codec;
    current.isAnswered = true;
    return { direction: intersect(reverse(peer.direction), this.#wanted) };
  }

  async close(): Promise<void> {
    await Promise.all([this.#current, this.#next, this.#kept].map((telephone) => telephone?.leg.close()));
  }

  /** The first offer of a telephone that called. */
  async #begin(
    sdp: string,
    peer: TelephoneDescription,
    agreed: AgreedTelephone,
    toServer: Direction,
    rules: TelephoneRules,
  ): Promise<Telephone> {
    const id = sessionId();
    const host = await resolveHost(peer.rtp.host, undefined);
    const text = telephoneForFreeswitch(sdp, peer, rules, {
      origin: { sessionId: id, version: 1, address: host },
      direction: alwaysRead(toServer),
      host,
      ...(agreed.key && { key: agreed.key }),
    });
    const headers = { ...this.#headers, 'X-Secure-Media': agreed.key ? `mandatory:${SUITES}` : 'forbidden' };
    const leg = await Leg.answering(this.#host, 'rtp', text, headers, this.#listener, this.#switched);
    return {
      leg,
      sessionId: id,
      version: 1,
      rules,
      lines: peer.lines,
      audioIndex: peer.audioIndex,
      host,
      isAnswered: false,
    };
  }

  /** The old telephone speaks again: what rang in its place is over. */
  #returnToKept(): void {
    const kept = this.#kept;
    if (!kept) return;
    void this.#current?.leg.close();
    this.#current = kept;
    this.#kept = undefined;
    this.#switched(kept.leg.uuid);
    // It has been up all the while.
    this.#listener.up(kept.leg.uuid);
  }

  async #forServer(
    telephone: Telephone,
    sdp: string,
    peer: TelephoneDescription,
    agreed: AgreedTelephone,
    direction: Direction,
    rules = telephone.rules,
  ): Promise<string> {
    const host = await resolveHost(peer.rtp.host, telephone.host);
    telephone.host = host;
    return telephoneForFreeswitch(sdp, peer, rules, {
      origin: { sessionId: telephone.sessionId, version: ++telephone.version, address: host },
      direction: alwaysRead(direction),
      host,
      ...(agreed.key && { key: agreed.key }),
    });
  }

  #write(telephone: Telephone, direction: Direction): string {
    const { description } = telephone.leg;
    return freeswitchForTelephone(description, telephone.lines, telephone.audioIndex, {
      origin: { sessionId: telephone.sessionId, version: ++telephone.version, address: addressOf(description) },
      direction,
      protocol: telephone.lines[telephone.audioIndex]?.protocol ?? 'RTP/AVP',
    });
  }

  /** Who is on hold, or was put on hold, need not send anything. */
  #timeoutMs(direction: Direction): number {
    return isSending(direction) ? Number(this.#headers['X-Media-Timeout'] ?? 0) : 0;
  }

  #require(): Telephone {
    if (!this.#current) throw new MediaError('wrong-state', 'nothing is agreed with the telephone network');
    return this.#current;
  }
}

/**
 * FreeSWITCH that was told that a telephone sends nothing does not hear it any more when it is joined to another and then
 * taken from hold. So it always listens: who is on hold has nothing to say.
 */
function alwaysRead(direction: Direction): Direction {
  return toDirection(true, isReceiving(direction));
}
