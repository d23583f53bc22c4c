/** The RTP half of a session: offers, answers of forks, re-offers of both sides, and what of it the media side must know. */

import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Direction, MediaError, type RtpCodec, type RtpOfferOptions, type SrtpPolicy } from '../engine.ts';
import {
  agreeRtpCodec,
  agreeSrtp,
  answerDirection,
  answerKey,
  type CodecEntry,
  createSdesKeys,
  intersect,
  isReceiving,
  isSending,
  type LocalRtp,
  type MediaLine,
  matchingKey,
  offerLines,
  type RtpDescription,
  readRtpDescription,
  reverse,
  type SdesKey,
  writeRtpDescription,
} from '../sdp/index.ts';
import { STATIC_PAYLOAD_TYPE } from './audio/g711.ts';
import type { MediaSide } from './media-side.ts';
import type { RtpLeg } from './rtp/leg.ts';

const TELEPHONE_EVENT = 101;
const COMFORT_NOISE = 13;
const ALL_CODECS: readonly RtpCodec[] = ['PCMU', 'PCMA'];

export class TelephoneLeg {
  readonly #leg: RtpLeg;
  readonly #side: MediaSide;
  readonly #address: string;
  readonly #comfortNoise: boolean;
  #sessionId = newSessionId();
  #version = 1;
  #codecs: readonly RtpCodec[] = ALL_CODECS;
  #policy: SrtpPolicy = 'off';
  #localKeys: readonly SdesKey[] = [];
  #lines: readonly MediaLine[] = offerLines(false);
  #audioIndex = 0;
  #peer: RtpDescription | undefined;
  #codec: CodecEntry | undefined;
  #telephoneEvent = TELEPHONE_EVENT;
  #forkId: string | undefined;
  #wanted: Direction = 'sendrecv';
  #direction: Direction = 'sendrecv';
  #hasOffered = false;
  #isAnswered = false;

  constructor(options: {
    readonly leg: RtpLeg;
    readonly side: MediaSide;
    readonly address: string;
    readonly comfortNoise: boolean;
  }) {
    this.#leg = options.leg;
    this.#side = options.side;
    this.#address = options.address;
    this.#comfortNoise = options.comfortNoise;
  }

  /** Of the final answer, or of an offer that we answered. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  get direction(): Direction {
    return this.#direction;
  }

  /** What is agreed, for a line of the log; no keys. */
  get facts(): Readonly<Record<string, string | number | boolean>> {
    return {
      codec: this.#codec?.codec ?? 'none',
      remoteHost: this.#leg.latch.host ?? 'unknown',
      remotePort: this.#leg.latch.port,
      direction: this.#direction,
      srtp: this.#leg.isSecure,
      digits: this.#side.formats?.telephoneEvent !== undefined,
    };
  }

  /** The agreed law first, else our preferences: what the client's answer should prefer. */
  get preferredCodecs(): readonly RtpCodec[] {
    return this.#codec ? [this.#codec.codec] : this.#codecs;
  }

  /** What the peer wants in a packet, where a client can make it so: multiples of 10 ms up to 60. */
  get ptimeMs(): number | undefined {
    const { ptimeMs, maxptimeMs } = this.#peer ?? {};
    const wanted = Math.min(ptimeMs ?? 20, maxptimeMs ?? 60);
    return wanted >= 10 && wanted <= 60 ? Math.floor(wanted / 10) * 10 : undefined;
  }

  /** @param clientCodecs what the client can do; empty when not known yet */
  createOffer(options: RtpOfferOptions, clientCodecs: readonly RtpCodec[]): string {
    const codecs = options.codecs.filter((codec) => clientCodecs.length === 0 || clientCodecs.includes(codec));
    if (codecs.length === 0) {
      throw new MediaError(
        'no-common-codec',
        `the client has ${clientCodecs.join(', ')}, the trunk allows ${options.codecs.join(', ') || 'nothing'}`,
      );
    }
    this.#codecs = codecs;
    this.#policy = options.srtp;
    this.#localKeys = options.srtp === 'off' ? [] : createSdesKeys();
    this.#sessionId = newSessionId();
    this.#version = 1;
    this.#lines = offerLines(options.srtp === 'required');
    this.#audioIndex = 0;
    this.#telephoneEvent = TELEPHONE_EVENT;
    this.#peer = undefined;
    this.#codec = undefined;
    this.#forkId = undefined;
    this.#hasOffered = true;
    this.#isAnswered = false;
    this.#leg.latch.reset();
    return this.#write(this.#wanted, this.#offeredCodecs(), this.#localKeys);
  }

  async acceptAnswer(
    sdp: string,
    options: { readonly early: boolean; readonly forkId: string },
  ): Promise<{ codec: RtpCodec }> {
    if (!this.#hasOffered) throw new MediaError('wrong-state', 'there is no offer of ours to answer');
    if (this.#isAnswered && options.early && this.#codec) return { codec: this.#codec.codec };
    const peer = readRtpDescription(sdp);
    if (this.#forkId !== options.forkId) this.#leg.latch.reopen();
    await this.#apply(peer, this.#wanted);
    this.#forkId = options.forkId;
    if (!options.early) this.#isAnswered = true;
    return { codec: this.#requireCodec().codec };
  }

  async acceptOffer(sdp: string, options?: RtpOfferOptions): Promise<{ sdp: string; direction: Direction }> {
    const peer = readRtpDescription(sdp);
    if (options) {
      this.#codecs = options.codecs;
      this.#policy = options.srtp;
    }
    const key = agreeSrtp(peer, this.#policy);
    const ours = key ? [answerKey(this.#localKeys, key)] : [];
    const previousKeys = this.#localKeys;
    this.#localKeys = ours;
    const direction = answerDirection(peer.direction, this.#wanted);
    try {
      await this.#apply(peer, direction, key);
    } catch (error) {
      this.#localKeys = previousKeys;
      throw error;
    }
    this.#lines = peer.lines;
    this.#audioIndex = peer.audioIndex;
    this.#telephoneEvent = peer.formats.telephoneEvent ?? this.#telephoneEvent;
    this.#isAnswered = true;
    this.#version++;
    const answer = this.#write(direction, [this.#requireCodec()], ours, peer);
    return { sdp: answer, direction };
  }

  createReoffer(direction: Direction): string {
    this.#wanted = direction;
    this.#version++;
    const agreed = this.#codec;
    const codecs = agreed
      ? [agreed, ...this.#offeredCodecs().filter((entry) => entry.codec !== agreed.codec)]
      : this.#offeredCodecs();
    return this.#write(direction, codecs, this.#localKeys);
  }

  async acceptReanswer(sdp: string): Promise<{ direction: Direction }> {
    const peer = readRtpDescription(sdp);
    await this.#apply(peer, this.#wanted);
    this.#isAnswered = true;
    return { direction: this.#direction };
  }

  /** Takes a peer's description into use. Nothing is changed when it cannot be used. */
  async #apply(peer: RtpDescription, ours: Direction, offeredKey?: SdesKey): Promise<void> {
    const codec = agreeRtpCodec(peer, this.#codecs);
    const remoteKey = offeredKey ?? agreeSrtp(peer, this.#policy);
    const localKey = remoteKey && matchingKey(this.#localKeys, remoteKey, offeredKey !== undefined);
    const isHeldByAddress = peer.rtp.host === '0.0.0.0' || peer.rtp.host === '::';
    if (!isHeldByAddress) {
      const host = await this.#reachable(peer.rtp.host);
      const rtcpHost = peer.rtcp.host === peer.rtp.host ? host : await this.#reachable(peer.rtcp.host);
      this.#leg.setTarget({
        host,
        port: peer.rtp.port,
        rtcpHost,
        rtcpPort: peer.rtcp.port,
        rtcpMux: peer.rtcpMux,
      });
    }
    this.#leg.setSrtp(
      remoteKey && localKey
        ? {
            send: { keyAndSalt: localKey.keyAndSalt, tagBytes: tagBytes(localKey) },
            receive: { keyAndSalt: remoteKey.keyAndSalt, tagBytes: tagBytes(remoteKey) },
          }
        : undefined,
    );
    this.#peer = peer;
    this.#codec = codec;
    this.#direction = intersect(reverse(peer.direction), ours);
    this.#setSide(peer, codec);
  }

  #setSide(peer: RtpDescription, codec: CodecEntry): void {
    const { telephoneEvent, comfortNoise } = peer.formats;
    this.#side.maySend = isSending(this.#direction);
    this.#side.mayReceive = isReceiving(this.#direction);
    const events = new Set([this.#telephoneEvent, ...(telephoneEvent !== undefined ? [telephoneEvent] : [])]);
    this.#side.setFormats({
      ...codec,
      ...(telephoneEvent !== undefined && { telephoneEvent }),
      ...(comfortNoise !== undefined && this.#comfortNoise && { comfortNoise }),
      receives: [
        ...ALL_CODECS.map((kind) => ({ payloadType: STATIC_PAYLOAD_TYPE[kind], kind })),
        ...peer.formats.codecs.map((entry) => ({ payloadType: entry.payloadType, kind: entry.codec })),
        ...[...events].map((payloadType) => ({ payloadType, kind: 'telephone-event' as const })),
        { payloadType: comfortNoise ?? COMFORT_NOISE, kind: 'comfort-noise' },
      ],
    });
  }

  /**
   * The address as a number (RFC 8866 §5.7 allows names), of the family that our socket has.
   * @throws MediaError `malformed-sdp`
   */
  async #reachable(host: string): Promise<string> {
    const family = this.#address.includes(':') ? 6 : 4;
    if (isIP(host) === family) return host;
    if (isIP(host) !== 0) {
      throw new MediaError('malformed-sdp', `the peer's media address ${host} is not IPv${family}, as ours is`);
    }
    try {
      return (await lookup(host, { family })).address;
    } catch (cause) {
      throw new MediaError('malformed-sdp', `the address "${host}" in c= cannot be resolved (IPv${family})`, { cause });
    }
  }

  #offeredCodecs(): CodecEntry[] {
    return this.#codecs.map((codec) => ({ codec, payloadType: STATIC_PAYLOAD_TYPE[codec] }));
  }

  #requireCodec(): CodecEntry {
    if (!this.#codec) throw new MediaError('wrong-state', 'no codec is agreed with the telephone network');
    return this.#codec;
  }

  #write(
    direction: Direction,
    codecs: readonly CodecEntry[],
    crypto: readonly SdesKey[],
    answered?: RtpDescription,
  ): string {
    const peer = answered ?? this.#peer;
    // An offer always has events; an answer has them when the offer had.
    const hasEvents = !answered || answered.formats.telephoneEvent !== undefined;
    const comfortNoise = answered ? answered.formats.comfortNoise : COMFORT_NOISE;
    const local: LocalRtp = {
      sessionId: this.#sessionId,
      sessionVersion: this.#version,
      address: this.#address,
      rtpPort: this.#leg.rtpPort,
      rtcpPort: this.#leg.rtcpPort,
      direction,
      codecs,
      ...(hasEvents && { telephoneEvent: this.#telephoneEvent }),
      ...(this.#comfortNoise && comfortNoise !== undefined && { comfortNoise }),
      rtcpMux: peer?.rtcpMux ?? false,
      secure: crypto.length > 0,
      crypto,
    };
    return writeRtpDescription(this.#lines, this.#audioIndex, local);
  }
}

function tagBytes(key: SdesKey): 10 | 4 {
  return key.suite === 'AES_CM_128_HMAC_SHA1_80' ? 10 : 4;
}

function newSessionId(): string {
  return BigInt.asUintN(62, randomBytes(8).readBigUInt64BE()).toString();
}
