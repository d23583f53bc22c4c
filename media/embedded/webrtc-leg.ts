/** The WebRTC half of a session: what was offered and answered, and what of it the media side must know. */

import { randomBytes, randomUUID } from 'node:crypto';
import { type Direction, type IceCandidate, MediaError, type RtpCodec } from '../engine.ts';
import {
  agreeCodec,
  answerDirection,
  type CodecEntry,
  type DtlsSetup,
  intersect,
  isReceiving,
  isSending,
  readWebRtcDescription,
  reverse,
  type WebRtcDescription,
  writeWebRtcDescription,
} from '../sdp/index.ts';
import type { MediaSide } from './media-side.ts';
import type { WebRtcTransport } from './webrtc/transport.ts';

/** Candidates that came before their offer. */
const MAX_EARLY_CANDIDATES = 100;

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
  get codecs(): readonly RtpCodec[] {
    return this.#remote?.formats.codecs.map((entry) => entry.codec) ?? [];
  }

  async acceptOffer(sdp: string): Promise<void> {
    if (this.#remote) throw new MediaError('wrong-state', 'the session already has an offer of the client');
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
  createAnswer(preferred: readonly RtpCodec[], ptimeMs?: number): string {
    const remote = this.#requireRemote();
    if (this.#isAnswered) throw new MediaError('wrong-state', 'the offer of the client has been answered already');
    this.#isAnswered = true;
    this.#ptimeMs = ptimeMs;
    this.#setup = remote.setup === 'passive' ? 'active' : 'passive';
    this.#agree(remote, preferred);
    this.#setDirection(answerDirection(remote.direction, this.#wanted));
    const answer = this.#write(remote, this.#setup);
    this.#transport.start(this.#setup, remote.fingerprints);
    return answer;
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
    const answer = this.#write(remote, this.#setup);
    if (iceRestart) this.#transport.startRestart();
    return { sdp: answer, direction: this.#direction, iceRestart };
  }

  createReoffer(direction: Direction): string {
    const remote = this.#requireAnswered();
    this.#wanted = direction;
    this.#version++;
    return this.#write(remote, 'actpass', direction);
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

  #agree(remote: WebRtcDescription, preferred: readonly RtpCodec[]): void {
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

  #write(remote: WebRtcDescription, setup: DtlsSetup, direction = this.#direction): string {
    const ice = this.#transport.localIce;
    const { telephoneEvent, comfortNoise } = remote.formats;
    if (!this.#codec) throw new MediaError('wrong-state', 'no codec is agreed with the client');
    return writeWebRtcDescription(remote.lines, remote.audioIndex, {
      sessionId: this.#sessionId,
      sessionVersion: this.#version,
      iceUfrag: ice.ufrag,
      icePwd: ice.pwd,
      candidates: ice.candidates,
      fingerprint: this.#transport.fingerprint,
      setup,
      direction,
      codec: this.#codec,
      ...(telephoneEvent !== undefined && { telephoneEvent }),
      ...(comfortNoise !== undefined && this.#comfortNoise && { comfortNoise }),
      ...(this.#ptimeMs !== undefined && { ptimeMs: this.#ptimeMs }),
      ssrc: this.#side.out.ssrc,
      cname: this.#cname,
      streamId: this.#streamId,
      trackId: this.#trackId,
    });
  }
}
