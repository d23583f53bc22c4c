/** The RTP half of a session: offers, answers of forks, re-offers of both sides, and what of it the media side must know. */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Direction, MediaError, type RtpOfferOptions } from '../engine.ts';
import {
  agreeRtpCodec,
  agreeSrtp,
  answerDirection,
  answerKey,
  type CodecEntry,
  type G711,
  G711_CODECS,
  intersect,
  isG711,
  isReceiving,
  isSending,
  matchingKey,
  type RtpDescription,
  readRtpDescription,
  reverse,
  type SdesKey,
  writeRtpDescription,
} from '../sdp/index.ts';
import { STATIC_PAYLOAD_TYPE } from './audio/g711.ts';
import type { MediaSide } from './media-side.ts';
import type { RtpLeg } from './rtp/leg.ts';
import { answerer, COMFORT_NOISE, offeredCodecs, offerer, type RtpNegotiation } from './rtp-negotiation.ts';

export class TelephoneLeg {
  readonly #leg: RtpLeg;
  readonly #side: MediaSide;
  readonly #address: string;
  readonly #comfortNoise: boolean;
  #current = answerer();
  /** Our offer to another telephone while this one still talks: nothing changes before the first answer to it. */
  #next: RtpNegotiation | undefined;
  /** The telephone that talked before an early answer of another one; it is back when that attempt came to nothing. */
  #kept: RtpNegotiation | undefined;
  #wanted: Direction = 'sendrecv';
  #direction: Direction = 'sendrecv';

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
    return this.#current.isAnswered || this.#kept !== undefined;
  }

  /** Neither side has said anything yet. */
  get isNew(): boolean {
    return !this.#current.isOfferer && !this.#current.isAnswered;
  }

  get direction(): Direction {
    return this.#direction;
  }

  /** What is agreed, for a line of the log; no keys. */
  get facts(): Readonly<Record<string, string | number | boolean>> {
    return {
      codec: this.#current.codec?.codec ?? 'none',
      remoteHost: this.#leg.latch.host ?? 'unknown',
      remotePort: this.#leg.latch.port,
      direction: this.#direction,
      srtp: this.#leg.isSecure,
      digits: this.#side.formats?.telephoneEvent !== undefined,
    };
  }

  /** The agreed law first, else our preferences: what the client's answer should prefer. */
  get preferredCodecs(): readonly G711[] {
    const { codec, codecs } = this.#current;
    return codec ? [codec.codec] : codecs;
  }

  /** What the peer wants in a packet, where a client can make it so: multiples of 10 ms up to 60. */
  get ptimeMs(): number | undefined {
    const { ptimeMs, maxptimeMs } = this.#current.peer ?? {};
    const wanted = Math.min(ptimeMs ?? 20, maxptimeMs ?? 60);
    return wanted >= 10 && wanted <= 60 ? Math.floor(wanted / 10) * 10 : undefined;
  }

  /**
   * @param clientCodecs what the client can do; empty when not known yet
   * @param chosen what the client sends, when that is settled: it goes first, so that nothing is converted
   */
  createOffer(options: RtpOfferOptions, clientCodecs: readonly G711[], chosen?: G711): string {
    const allowed = options.codecs.filter(isG711);
    const common = allowed.filter((codec) => clientCodecs.length === 0 || clientCodecs.includes(codec));
    if (common.length === 0) {
      const client = clientCodecs.join(', ') || G711_CODECS.join(', ');
      throw new MediaError(
        'no-common-codec',
        `the client has ${client}, the trunk allows ${options.codecs.join(', ') || 'nothing'}`,
      );
    }
    const codecs = chosen && common.includes(chosen) ? [chosen, ...common.filter((codec) => codec !== chosen)] : common;
    const next = offerer(codecs, options);
    if (this.#current.isAnswered) {
      this.#next = next;
    } else {
      this.#current = next;
      this.#leg.latch.reset();
    }
    return this.#write(next, this.#wanted, offeredCodecs(next));
  }

  async acceptAnswer(
    sdp: string,
    options: { readonly early: boolean; readonly forkId: string },
  ): Promise<{ codec: G711 }> {
    const negotiation = this.#next ?? this.#current;
    if (!negotiation.isOfferer) throw new MediaError('wrong-state', 'there is no offer of ours to answer');
    if (negotiation.isAnswered && options.early && negotiation.codec) return { codec: negotiation.codec.codec };
    const peer = readRtpDescription(sdp);
    const answered = negotiation.isAnswered;
    const codec = await this.#apply(negotiation, peer, this.#wanted, undefined, negotiation.forkId !== options.forkId);
    if (negotiation === this.#next) {
      this.#kept = this.#current;
      this.#current = negotiation;
      this.#next = undefined;
    }
    negotiation.forkId = options.forkId;
    negotiation.isAnswered = answered || !options.early;
    if (negotiation.isAnswered) this.#kept = undefined;
    return { codec: codec.codec };
  }

  async acceptOffer(sdp: string, options?: RtpOfferOptions): Promise<{ sdp: string; direction: Direction }> {
    await this.#returnToKept();
    const current = this.#current;
    const peer = readRtpDescription(sdp);
    const previous = { ...current };
    if (options) {
      current.codecs = options.codecs.filter(isG711);
      current.policy = options.srtp;
      current.hasEvents = options.events !== false;
    }
    const direction = answerDirection(peer.direction, this.#wanted);
    let codec: CodecEntry;
    try {
      const key = agreeSrtp(peer, current.policy);
      current.localKeys = key ? [answerKey(previous.localKeys, key)] : [];
      codec = await this.#apply(current, peer, direction, key);
    } catch (error) {
      Object.assign(current, previous);
      throw error;
    }
    current.lines = peer.lines;
    current.audioIndex = peer.audioIndex;
    current.telephoneEvent = peer.formats.telephoneEvent ?? current.telephoneEvent;
    current.isAnswered = true;
    current.version++;
    return { sdp: this.#write(current, direction, [codec], peer), direction };
  }

  async createReoffer(direction: Direction): Promise<string> {
    await this.#returnToKept();
    this.#wanted = direction;
    this.#current.version++;
    return this.#write(this.#current, direction, offeredCodecs(this.#current));
  }

  async acceptReanswer(sdp: string): Promise<{ direction: Direction }> {
    await this.#apply(this.#current, readRtpDescription(sdp), this.#wanted);
    this.#current.isAnswered = true;
    return { direction: this.#direction };
  }

  /** The old telephone speaks again: what rang in its place is over. */
  async #returnToKept(): Promise<void> {
    const kept = this.#kept;
    if (!kept?.peer) return;
    this.#current = kept;
    this.#kept = undefined;
    await this.#apply(kept, kept.peer, this.#wanted, undefined, true);
  }

  /**
   * Takes a peer's description into use. Nothing is changed when it cannot be used.
   * @param isOther another telephone, or another fork: whose packets came so far does not matter
   */
  async #apply(
    negotiation: RtpNegotiation,
    peer: RtpDescription,
    ours: Direction,
    offeredKey?: SdesKey,
    isOther = false,
  ): Promise<CodecEntry> {
    const codec = agreeRtpCodec(peer, negotiation.codecs);
    const remoteKey = offeredKey ?? agreeSrtp(peer, negotiation.policy);
    const localKey = remoteKey && matchingKey(negotiation.localKeys, remoteKey, offeredKey !== undefined);
    const isHeldByAddress = peer.rtp.host === '0.0.0.0' || peer.rtp.host === '::';
    const host = isHeldByAddress ? '' : await this.#reachable(peer.rtp.host);
    const rtcpHost = isHeldByAddress || peer.rtcp.host === peer.rtp.host ? host : await this.#reachable(peer.rtcp.host);
    if (isOther) {
      if (negotiation === this.#current) this.#leg.latch.reopen();
      else this.#leg.latch.reset();
    }
    if (!isHeldByAddress) {
      const { port } = peer.rtp;
      this.#leg.setTarget({ host, port, rtcpHost, rtcpPort: peer.rtcp.port, rtcpMux: peer.rtcpMux });
    }
    this.#leg.setSrtp(
      remoteKey && localKey
        ? {
            send: { keyAndSalt: localKey.keyAndSalt, tagBytes: tagBytes(localKey) },
            receive: { keyAndSalt: remoteKey.keyAndSalt, tagBytes: tagBytes(remoteKey) },
          }
        : undefined,
    );
    negotiation.peer = peer;
    negotiation.codec = codec;
    this.#direction = intersect(reverse(peer.direction), ours);
    this.#setSide(negotiation, peer, codec);
    return codec;
  }

  #setSide({ hasEvents, telephoneEvent: ours }: RtpNegotiation, peer: RtpDescription, codec: CodecEntry): void {
    const { comfortNoise } = peer.formats;
    const telephoneEvent = hasEvents ? peer.formats.telephoneEvent : undefined;
    this.#side.maySend = isSending(this.#direction);
    this.#side.mayReceive = isReceiving(this.#direction);
    const events = hasEvents ? new Set([ours, telephoneEvent ?? ours]) : [];
    this.#side.setFormats({
      ...codec,
      ...(telephoneEvent !== undefined && { telephoneEvent }),
      ...(comfortNoise !== undefined && this.#comfortNoise && { comfortNoise }),
      receives: [
        ...G711_CODECS.map((kind) => ({ payloadType: STATIC_PAYLOAD_TYPE[kind], kind })),
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

  #write(
    negotiation: RtpNegotiation,
    direction: Direction,
    codecs: readonly CodecEntry[],
    answered?: RtpDescription,
  ): string {
    const { hasEvents, localKeys, telephoneEvent } = negotiation;
    const peer = answered ?? negotiation.peer;
    // An offer has events unless they are not wanted; an answer has them when the offer had.
    const isWithEvents = hasEvents && (!answered || answered.formats.telephoneEvent !== undefined);
    const comfortNoise = answered ? answered.formats.comfortNoise : COMFORT_NOISE;
    return writeRtpDescription(negotiation.lines, negotiation.audioIndex, {
      sessionId: negotiation.sessionId,
      sessionVersion: negotiation.version,
      address: this.#address,
      rtpPort: this.#leg.rtpPort,
      rtcpPort: this.#leg.rtcpPort,
      direction,
      codecs,
      ...(isWithEvents && { telephoneEvent }),
      ...(this.#comfortNoise && comfortNoise !== undefined && { comfortNoise }),
      rtcpMux: peer?.rtcpMux ?? false,
      secure: localKeys.length > 0,
      crypto: localKeys,
    });
  }
}

function tagBytes(key: SdesKey): 10 | 4 {
  return key.suite === 'AES_CM_128_HMAC_SHA1_80' ? 10 : 4;
}
