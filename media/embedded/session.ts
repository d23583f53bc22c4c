/** One call's media inside a worker: what is negotiated on both legs, and the media plane between them. */

import type { MessagePort } from 'node:worker_threads';
import {
  type Direction,
  type IceCandidate,
  MediaError,
  type MediaSide,
  type MediaStats,
  type RtpOfferOptions,
} from '../engine.ts';
import { type G711, G711_CODECS } from '../sdp/index.ts';
import { SILENCE } from './audio/g711.ts';
import { OncePlayer } from './audio/player.ts';
import { readWav, toLaw } from './audio/wav.ts';
import { MediaPlane, type MediaPlaneHost } from './media-plane.ts';
import type { OpenSession, WorkerSession } from './protocol.ts';
import { RtpLeg } from './rtp/leg.ts';
import { TelephoneLeg } from './telephone-leg.ts';
import type { Certificate } from './webrtc/dtls.ts';
import { WebRtcTransport } from './webrtc/transport.ts';
import { WebRtcLeg } from './webrtc-leg.ts';

export interface SessionHost extends MediaPlaneHost {
  readonly certificate: Certificate;
}

export class EmbeddedSession implements WorkerSession {
  readonly #host: SessionHost;
  readonly #transport: WebRtcTransport;
  readonly #rtpLeg: RtpLeg;
  readonly #plane: MediaPlane;
  readonly #webrtc: WebRtcLeg;
  readonly #telephone: TelephoneLeg;
  readonly #playing = new Map<number, { readonly side: MediaSide; readonly player: OncePlayer }>();
  #isBridged = false;
  #isClosed = false;

  /** @throws PortInUseError */
  static async open(options: OpenSession, host: SessionHost): Promise<EmbeddedSession> {
    let session: EmbeddedSession | undefined;
    const rtpLeg = await RtpLeg.open(options.settings.rtpBindAddress, options.rtpPort, {
      rtp: (packet, length, nowMs) => {
        if (session) session.#plane.rtp.receive(packet, length, nowMs);
      },
      rtcp: (packet, length, nowMs) => {
        if (session) session.#plane.receiveRtcp(session.#plane.rtp, packet, length, nowMs);
      },
      foreign: () => {
        if (session) session.#plane.rtp.packetsForeign++;
      },
    });
    try {
      const transport = await WebRtcTransport.open({
        settings: options.settings,
        port: options.webrtcPort,
        certificate: host.certificate,
        turn: options.turn,
        listener: {
          rtp: (packet, length, nowMs) => {
            if (session) session.#plane.webrtc.receive(packet, length, nowMs);
          },
          rtcp: (packet, length, nowMs) => {
            if (session) session.#plane.receiveRtcp(session.#plane.webrtc, packet, length, nowMs);
          },
          foreign: () => {
            if (session) session.#plane.webrtc.packetsForeign++;
          },
          connected: () => {
            if (session) session.#onConnected();
          },
          failed: (why, reason) => {
            if (session) session.#onFailed(why, reason);
          },
          closed: () => host.emit({ type: 'webrtc-closed' }),
        },
      });
      session = new EmbeddedSession(options, host, rtpLeg, transport);
      return session;
    } catch (error) {
      rtpLeg.close();
      throw error;
    }
  }

  private constructor(options: OpenSession, host: SessionHost, rtpLeg: RtpLeg, transport: WebRtcTransport) {
    this.#host = host;
    this.#rtpLeg = rtpLeg;
    this.#transport = transport;
    const { comfortNoise, rtpPublicAddress, mediaTimeoutMs } = options.settings;
    const plane = new MediaPlane({ webrtc: transport, rtp: rtpLeg, host, mediaTimeoutMs });
    this.#plane = plane;
    this.#webrtc = new WebRtcLeg({ transport, side: plane.webrtc, cname: plane.cname, comfortNoise });
    this.#telephone = new TelephoneLeg({ leg: rtpLeg, side: plane.rtp, address: rtpPublicAddress, comfortNoise });
  }

  async acceptWebRtcOffer(sdp: string): Promise<void> {
    this.#requireClient();
    await this.#webrtc.acceptOffer(sdp);
  }

  async addWebRtcCandidates(candidates: readonly IceCandidate[]): Promise<void> {
    this.#requireClient();
    this.#webrtc.addCandidates(candidates);
  }

  async createWebRtcAnswer(): Promise<string> {
    this.#requireClient();
    return this.#webrtc.createAnswer(this.#telephone.preferredCodecs, this.#telephone.ptimeMs);
  }

  async createWebRtcOffer(): Promise<string> {
    this.#requireClient();
    // The telephone has not said anything when it wants our offer: then the client chooses.
    const codecs = this.#telephone.isNew ? G711_CODECS : this.#telephone.preferredCodecs;
    return this.#webrtc.createOffer(codecs, this.#telephone.ptimeMs);
  }

  async acceptWebRtcAnswer(sdp: string): Promise<void> {
    this.#requireClient();
    this.#webrtc.acceptAnswer(sdp);
    this.#watch();
  }

  async renegotiateWebRtc(sdp: string): Promise<{ sdp: string; direction: Direction; iceRestart: boolean }> {
    this.#requireClient();
    const result = await this.#webrtc.renegotiate(sdp);
    this.#watch();
    return result;
  }

  async createWebRtcReoffer(direction: Direction): Promise<string> {
    this.#requireClient();
    return this.#webrtc.createReoffer(direction);
  }

  async acceptWebRtcReanswer(sdp: string): Promise<void> {
    this.#requireClient();
    this.#webrtc.acceptReanswer(sdp);
    this.#watch();
  }

  async createRtpOffer(options: RtpOfferOptions): Promise<string> {
    this.#requireOpen();
    if (!this.#telephone.isAnswered) this.#plane.beginAttempt();
    return this.#telephone.createOffer(options, this.#webrtc.codecs, this.#webrtc.chosenCodec);
  }

  async acceptRtpAnswer(
    sdp: string,
    options: { readonly early: boolean; readonly forkId: string },
  ): Promise<{ codec: G711 }> {
    this.#requireOpen();
    const result = await this.#telephone.acceptAnswer(sdp, options);
    this.#host.log(options.early ? 'debug' : 'info', 'the RTP side is agreed', this.#telephone.facts);
    this.#onRtpAgreed();
    return result;
  }

  async acceptRtpOffer(sdp: string, options?: RtpOfferOptions): Promise<{ sdp: string; direction: Direction }> {
    this.#requireOpen();
    // A telephone that rings somewhere must not take a packet of ours for early media before there is any.
    if (this.#telephone.isNew) this.#plane.rtp.isGateOpen = false;
    const result = await this.#telephone.acceptOffer(sdp, options);
    this.#host.log('debug', 'the RTP side is agreed again', this.#telephone.facts);
    this.#onRtpAgreed();
    return result;
  }

  async createRtpReoffer(direction: Direction): Promise<string> {
    this.#requireOpen();
    return this.#telephone.createReoffer(direction);
  }

  async acceptRtpReanswer(sdp: string): Promise<{ direction: Direction }> {
    this.#requireOpen();
    const result = await this.#telephone.acceptReanswer(sdp);
    this.#watch();
    return result;
  }

  connect(): void {
    this.#plane.webrtc.isGateOpen = true;
    this.#plane.rtp.isGateOpen = true;
    if (this.#telephone.isAnswered) this.#plane.greet();
    this.#watch();
  }

  startRingback(country?: string, side: MediaSide = 'webrtc'): void {
    this.#plane[side].isGateOpen = true;
    this.#plane[side].startRingback(country);
  }

  stopRingback(side: MediaSide = 'webrtc'): void {
    this.#plane[side].stopRingback();
  }

  beep(side: MediaSide): void {
    this.#plane[side].beep();
  }

  sendDtmf(digit: string, durationMs: number): void {
    this.#plane.sendDtmf(digit, durationMs);
  }

  async startPlaying(playId: number, side: MediaSide, file: string): Promise<void> {
    this.#requireOpen();
    const audio = await readWav(file);
    const { formats } = this.#plane[side];
    if (!formats)
      throw new MediaError('wrong-state', `nothing is agreed with the ${side} side that could be played to`);
    const player = new OncePlayer(toLaw(audio, formats.codec), SILENCE[formats.codec]);
    this.#playing.set(playId, { side, player });
    this.#plane[side].play(player);
  }

  async whenPlayed(playId: number): Promise<void> {
    await this.#playing.get(playId)?.player.done;
    this.#playing.delete(playId);
  }

  stopPlaying(playId: number): void {
    const playing = this.#playing.get(playId);
    if (playing) this.#plane[playing.side].stopPlaying(playing.player);
  }

  async bridge(port: MessagePort): Promise<void> {
    if (this.#isClosed) port.close();
    this.#requireOpen();
    this.#isBridged = true;
    this.#plane.bridge(port);
    this.#host.log('info', "the telephone is joined to another call's telephone");
    await this.#transport.close();
    this.#watch();
  }

  async stats(): Promise<MediaStats> {
    return this.#plane.stats();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#plane.close();
    this.#rtpLeg.close();
    await this.#transport.close();
  }

  /** To be called about twice a second. */
  tick(nowMs: number): void {
    this.#plane.tick(nowMs);
  }

  #onRtpAgreed(): void {
    this.#plane.greet();
    this.#watch();
  }

  #onConnected(): void {
    this.#host.log('info', 'the WebRTC side is connected');
    this.#host.emit({ type: 'webrtc-connected' });
    this.#plane.webrtc.report(performance.now());
    this.#watch();
  }

  #onFailed(why: 'ice' | 'dtls', reason: string): void {
    this.#host.log('warn', `the WebRTC side failed: ${reason}`, { why });
    this.#host.emit({ type: 'webrtc-failed', why });
  }

  /** Called whenever something changed that explains a silence. */
  #watch(): void {
    this.#plane.isAnswered = this.#telephone.isAnswered;
    const isClientUp = this.#plane.webrtc.isGateOpen && this.#transport.isConnected;
    const isTalking = this.#telephone.isAnswered && (this.#isBridged || isClientUp);
    const isClientHeld = !this.#isBridged && this.#webrtc.direction !== 'sendrecv';
    const isHeld = isClientHeld || this.#telephone.direction !== 'sendrecv';
    this.#plane.watch(isTalking && !isHeld);
  }

  #requireClient(): void {
    this.#requireOpen();
    if (this.#isBridged)
      throw new MediaError('wrong-state', 'the client has left this call: its telephone was joined to another');
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new MediaError('wrong-state', 'the media session is closed');
  }
}
