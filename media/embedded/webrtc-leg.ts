/** The WebRTC half of a session: what was offered and answered, and what of it the media side must know. */

import { randomBytes, randomUUID } from 'node:crypto';
import { type Direction, type IceCandidate, MediaError } from '../engine.ts';
import {
  agreeCodec,
  answerDirection,
  type CodecEntry,
  type DtlsSetup,
  type G711,
  intersect,
  isReceiving,
  isSending,
  type LocalWebRtc,
  type MediaLine,
  readWebRtcDescription,
  reverse,
  type WebRtcDescription,
  webrtcOfferLines,
  writeWebRtcDescription,
} from '../sdp/index.ts';
import { STATIC_PAYLOAD_TYPE } from './audio/g711.ts';
import type { MediaSide } from './media-side.ts';
import type { WebRtcTransport } from './webrtc/transport.ts';

/** Candidates that came before their offer. */
const MAX_EARLY_CANDIDATES = 100;
/** In an offer of ours; an answer repeats the client's. */
const TELEPHONE_EVENT = 126;
const COMFORT_NOISE = 13;

export class WebRtcLeg {
  readonly #transport: WebRtcTransport;
  readonly #side: MediaSide;
  readonly #comfortNoise: boolean;
  readonly #sessionId = BigInt.asUintN(62, randomBytes(8).readBigUInt64BE()).toString();
  readonly #streamId = randomUUID();
  readonly #trackId = randomUUID();
  readonly #cname: string;
  readonly #earlyCandidates: string[] = [];
  #version = 1;
  #remote: WebRtcDescription | undefined;
  #isAnswered = false;
  /** What our first offer had. */
  #offered: readonly CodecEntry[] | undefined;
  #setup: DtlsSetup = 'passive';
  #codec: CodecEntry | undefined;
  #ptimeMs: number | undefined;
  /** What the call wants; the description may allow less. */
  #wanted: Direction = 'sendrecv';
  #direction: Direction = 'sendrecv';

  constructor(options: {
    readonly transport: WebRtcTransport;
    readonly side: MediaSide;
    readonly cname: string;
    readonly comfortNoise: boolean;
  }) {
    this.#transport = options.transport;
    this.#side = options.side;
    this.#cname = options.cname;
    this.#comfortNoise = options.comfortNoise;
  }

  get direction(): Direction {
    return this.#direction;
  }

  /** G.711 laws of the client, in its order of preference; empty before its offer. */
  get codecs(): readonly G711[] {
    return this.#remote?.formats.codecs.map((entry) => entry.codec) ?? [];
  }

  /** What the client sends, once its answer is known: the first of it. */
  get chosenCodec(): G711 | undefined {
    return this.#offered && this.#remote?.formats.codecs[0]?.codec;
  }

  async acceptOffer(sdp: string): Promise<void> {
    if (this.#remote || this.#offered) {
      throw new MediaError('wrong-state', 'the session already has an offer of the client, or one of ours to it');
    }
    const remote = readWebRtcDescription(sdp);
    this.#remote = remote;
    this.#transport.setRemote(remote);
    this.#transport.addCandidates(remote.candidates.map((entry) => entry.candidate));
    this.#transport.addCandidates(this.#earlyCandidates.splice(0));
    await this.#transport.gather();
  }

  addCandidates(candidates: readonly IceCandidate[]): void {
    const lines = candidates.map((entry) => entry.candidate).filter((line) => typeof line === 'string' && line !== '');
    if (this.#remote) this.#transport.addCandidates(lines);
    else this.#earlyCandidates.push(...lines.slice(0, MAX_EARLY_CANDIDATES - this.#earlyCandidates.length));
  }

  /**
   * @param preferred laws in the order that saves transcoding
   * @param ptimeMs what the telephone wants in a packet: nothing is repacketised, so the client is asked for it
   */
  createAnswer(preferred: readonly G711[], ptimeMs?: number): string {
    const remote = this.#requireRemote();
    if (this.#isAnswered) throw new MediaError('wrong-state', 'the offer of the client has been answered already');
    this.#isAnswered = true;
    this.#ptimeMs = ptimeMs;
    this.#setup = remote.setup === 'passive' ? 'active' : 'passive';
    this.#agree(remote, preferred);
    this.#setDirection(answerDirection(remote.direction, this.#wanted));
    const answer = this.#writeAgreed(remote, this.#setup);
    this.#transport.start(this.#setup, remote.fingerprints);
    return answer;
  }

  /**
   * The first offer of a call that the telephone began.
   * @param codecs the one agreed with the telephone, or all when the client is to choose
   */
  async createOffer(codecs: readonly G711[], ptimeMs?: number): Promise<string> {
    if (this.#remote || this.#offered)
      throw new MediaError('wrong-state', 'the client has an offer already, or made one');
    this.#offered = codecs.map((codec) => ({ codec, payloadType: STATIC_PAYLOAD_TYPE[codec] }));
    this.#ptimeMs = ptimeMs;
    this.#transport.becomeOfferer();
    await this.#transport.gather();
    return this.#write(webrtcOfferLines(), 0, {
      setup: 'actpass',
      direction: this.#wanted,
      codecs: this.#offered,
      telephoneEvent: TELEPHONE_EVENT,
      comfortNoise: COMFORT_NOISE,
    });
  }

  /** The answer of the client that won. */
  acceptAnswer(sdp: string): void {
    if (!this.#offered) throw new MediaError('wrong-state', 'there is no offer of ours to the client');
    if (this.#isAnswered) throw new MediaError('wrong-state', 'the answer of a client has been taken already');
    const answer = readWebRtcDescription(sdp);
    const codecs = answer.formats.codecs.filter((entry) =>
      this.#offered?.some((offered) => offered.codec === entry.codec),
    );
    if (codecs.length === 0) {
      const ours = this.#offered.map((entry) => entry.codec).join(', ');
      throw new MediaError('no-common-codec', `the client answered with a codec that was not offered; ours: ${ours}`);
    }
    const remote = { ...answer, lines: webrtcOfferLines(), audioIndex: 0, formats: { ...answer.formats, codecs } };
    this.#remote = remote;
    this.#isAnswered = true;
    // RFC 8842 §5.3: an answer is active or passive; anything else leaves the handshake to the client too.
    this.#setup = answer.setup === 'passive' ? 'active' : 'passive';
    this.#agree(remote, []);
    this.#setDirection(intersect(reverse(remote.direction), this.#wanted));
    this.#transport.setRemote(remote);
    this.#transport.addCandidates(remote.candidates.map((entry) => entry.candidate));
    this.#transport.addCandidates(this.#earlyCandidates.splice(0));
    this.#transport.start(this.#setup, remote.fingerprints);
  }

  async renegotiate(sdp: string): Promise<{ sdp: string; direction: Direction; iceRestart: boolean }> {
    const before = this.#requireAnswered();
    const remote = readWebRtcDescription(sdp);
    const iceRestart = remote.iceUfrag !== before.iceUfrag || remote.icePwd !== before.icePwd;
    this.#remote = remote;
    if (iceRestart) {
      this.#transport.beginRestart();
      this.#transport.setRemote(remote);
      await this.#transport.gather();
    }
    this.#transport.addCandidates(remote.candidates.map((entry) => entry.candidate));
    this.#agree(remote, this.#codec ? [this.#codec.codec] : []);
    this.#setDirection(answerDirection(remote.direction, this.#wanted));
    this.#version++;
    // RFC 8842 §5.5: without a new DTLS association the roles stay.
    const answer = this.#writeAgreed(remote, this.#setup);
    if (iceRestart) this.#transport.startRestart();
    return { sdp: answer, direction: this.#direction, iceRestart };
  }

  createReoffer(direction: Direction): string {
    const remote = this.#requireAnswered();
    this.#wanted = direction;
    this.#version++;
    return this.#writeAgreed(remote, 'actpass', direction);
  }

  acceptReanswer(sdp: string): Direction {
    const before = this.#requireAnswered();
    const remote = readWebRtcDescription(sdp);
    this.#remote = { ...remote, lines: before.lines, audioIndex: before.audioIndex, setup: before.setup };
    this.#agree(remote, this.#codec ? [this.#codec.codec] : []);
    this.#setDirection(intersect(reverse(remote.direction), this.#wanted));
    return this.#direction;
  }

  #requireRemote(): WebRtcDescription {
    if (!this.#remote) throw new MediaError('wrong-state', 'the client has made no offer yet');
    return this.#remote;
  }

  #requireAnswered(): WebRtcDescription {
    if (!this.#isAnswered) throw new MediaError('wrong-state', "the client's first offer has not been answered yet");
    return this.#requireRemote();
  }

  #agree(remote: WebRtcDescription, preferred: readonly G711[]): void {
    const codec = agreeCodec(remote.formats, [...preferred, ...remote.formats.codecs.map((entry) => entry.codec)]);
    if (!codec) throw new MediaError('no-common-codec', 'the client has neither PCMU nor PCMA');
    this.#codec = codec;
    const { telephoneEvent, comfortNoise } = remote.formats;
    this.#side.setFormats({
      ...codec,
      ...(telephoneEvent !== undefined && { telephoneEvent }),
      ...(comfortNoise !== undefined && this.#comfortNoise && { comfortNoise }),
      receives: [
        ...remote.formats.codecs.map((entry) => ({ payloadType: entry.payloadType, kind: entry.codec })),
        ...(telephoneEvent !== undefined ? [{ payloadType: telephoneEvent, kind: 'telephone-event' as const }] : []),
        ...(comfortNoise !== undefined ? [{ payloadType: comfortNoise, kind: 'comfort-noise' as const }] : []),
      ],
    });
  }

  #setDirection(direction: Direction): void {
    this.#direction = direction;
    this.#side.maySend = isSending(direction);
    this.#side.mayReceive = isReceiving(direction);
  }

  #writeAgreed(remote: WebRtcDescription, setup: DtlsSetup, direction = this.#direction): string {
    if (!this.#codec) throw new MediaError('wrong-state', 'no codec is agreed with the client');
    const { telephoneEvent, comfortNoise } = remote.formats;
    return this.#write(remote.lines, remote.audioIndex, {
      setup,
      direction,
      codecs: [this.#codec],
      ...(telephoneEvent !== undefined && { telephoneEvent }),
      ...(comfortNoise !== undefined && { comfortNoise }),
    });
  }

  #write(
    lines: readonly MediaLine[],
    audioIndex: number,
    {
      comfortNoise,
      ...agreed
    }: Pick<LocalWebRtc, 'setup' | 'direction' | 'codecs' | 'telephoneEvent' | 'comfortNoise'>,
  ): string {
    const ice = this.#transport.localIce;
    return writeWebRtcDescription(lines, audioIndex, {
      ...agreed,
      ...(comfortNoise !== undefined && this.#comfortNoise && { comfortNoise }),
      sessionId: this.#sessionId,
      sessionVersion: this.#version,
      iceUfrag: ice.ufrag,
      icePwd: ice.pwd,
      candidates: ice.candidates,
      fingerprint: this.#transport.fingerprint,
      ...(this.#ptimeMs !== undefined && { ptimeMs: this.#ptimeMs }),
      ssrc: this.#side.out.ssrc,
      cname: this.#cname,
      streamId: this.#streamId,
      trackId: this.#trackId,
    });
  }
}
