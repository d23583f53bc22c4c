/** One call's media inside a worker: what is negotiated on both legs, and the media plane between them. */

import {
  type Direction,
  type IceCandidate,
  MediaError,
  type MediaSession,
  type MediaStats,
  type RtpCodec,
  type RtpOfferOptions,
} from '../engine.ts';
import { MediaPlane, type MediaPlaneHost } from './media-plane.ts';
import type { OpenSession } from './protocol.ts';
import { RtpLeg } from './rtp/leg.ts';
import { TelephoneLeg } from './telephone-leg.ts';
import type { Certificate } from './webrtc/dtls.ts';
import { WebRtcTransport } from './webrtc/transport.ts';
import { WebRtcLeg } from './webrtc-leg.ts';

export interface SessionHost extends MediaPlaneHost {
  readonly certificate: Certificate;
}

export class EmbeddedSession implements MediaSession {
  readonly #host: SessionHost;
  readonly #transport: WebRtcTransport;
  readonly #rtpLeg: RtpLeg;
  readonly #plane: MediaPlane;
  readonly #webrtc: WebRtcLeg;
  readonly #telephone: TelephoneLeg;
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
        isOfferer: false,
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
    this.#requireOpen();
    await this.#webrtc.acceptOffer(sdp);
  }

  async addWebRtcCandidates(candidates: readonly IceCandidate[]): Promise<void> {
    this.#requireOpen();
    this.#webrtc.addCandidates(candidates);
  }

  async createWebRtcAnswer(): Promise<string> {
    this.#requireOpen();
    return this.#webrtc.createAnswer(this.#telephone.preferredCodecs, this.#telephone.ptimeMs);
  }

  async renegotiateWebRtc(sdp: string): Promise<{ sdp: string; direction: Direction; iceRestart: boolean }> {
    this.#requireOpen();
    const result = await this.#webrtc.renegotiate(sdp);
    this.#watch();
    return result;
  }

  async createWebRtcReoffer(direction: Direction): Promise<string> {
    this.#requireOpen();
    return this.#webrtc.createReoffer(direction);
  }

  async acceptWebRtcReanswer(sdp: string): Promise<void> {
    this.#requireOpen();
    this.#webrtc.acceptReanswer(sdp);
    this.#watch();
  }

  async createRtpOffer(options: RtpOfferOptions): Promise<string> {
    this.#requireOpen();
    this.#plane.beginAttempt();
    return this.#telephone.createOffer(options, this.#webrtc.codecs);
  }

  async acceptRtpAnswer(
    sdp: string,
    options: { readonly early: boolean; readonly forkId: string },
  ): Promise<{ codec: RtpCodec }> {
    this.#requireOpen();
    const result = await this.#telephone.acceptAnswer(sdp, options);
    this.#host.log(options.early ? 'debug' : 'info', 'the RTP side is agreed', this.#telephone.facts);
    this.#onRtpAgreed();
    return result;
  }

  async acceptRtpOffer(sdp: string, options?: RtpOfferOptions): Promise<{ sdp: string; direction: Direction }> {
    this.#requireOpen();
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
    this.#watch();
  }

  startRingback(country?: string): void {
    this.#plane.webrtc.isGateOpen = true;
    this.#plane.webrtc.startRingback(country);
  }

  stopRingback(): void {
    this.#plane.webrtc.stopRingback();
  }

  sendDtmf(digit: string, durationMs: number): void {
    this.#plane.sendDtmf(digit, durationMs);
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
    const isTalking = this.#telephone.isAnswered && this.#plane.webrtc.isGateOpen && this.#transport.isConnected;
    const isHeld = this.#webrtc.direction !== 'sendrecv' || this.#telephone.direction !== 'sendrecv';
    this.#plane.watch(isTalking && !isHeld);
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new MediaError('wrong-state', 'the media session is closed');
  }
}
