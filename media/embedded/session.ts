/** One call's media inside a worker: both legs, the relay between them, and what must be watched over time. */

import { randomBytes } from 'node:crypto';
import {
  type Direction,
  type IceCandidate,
  MediaError,
  type MediaEvent,
  type MediaSession,
  type MediaStats,
  type RtpCodec,
  type RtpOfferOptions,
} from '../engine.ts';
import { SILENCE } from './audio/g711.ts';
import { clampDigitMs, digitOfEvent, eventOfDigit } from './dtmf/events.ts';
import { EarlyAudio } from './early-audio.ts';
import type { FrameClock } from './frame-clock.ts';
import { MediaSide } from './media-side.ts';
import type { LogLevel, OpenSession } from './protocol.ts';
import { RtpLeg } from './rtp/leg.ts';
import { SilenceWatch } from './silence-watch.ts';
import { TelephoneLeg } from './telephone-leg.ts';
import type { Certificate } from './webrtc/dtls.ts';
import { WebRtcTransport } from './webrtc/transport.ts';
import { WebRtcLeg } from './webrtc-leg.ts';

export interface SessionHost {
  readonly certificate: Certificate;
  readonly clock: FrameClock;
  emit(event: MediaEvent): void;
  log(level: LogLevel, message: string, facts?: Readonly<Record<string, string | number | boolean>>): void;
}

/** RFC 3550 §6.2: five seconds, spread so that not all calls report at once. */
const REPORT_INTERVAL_MS = 5_000;
/** A frame of silence so often, while there is nothing to relay, keeps NAT bindings and far-end timers content. */
const KEEP_ALIVE_MS = 1_000;

export class EmbeddedSession implements MediaSession {
  readonly #host: SessionHost;
  readonly #webrtcSide: MediaSide;
  readonly #rtpSide: MediaSide;
  readonly #transport: WebRtcTransport;
  readonly #rtpLeg: RtpLeg;
  readonly #webrtc: WebRtcLeg;
  readonly #telephone: TelephoneLeg;
  #early = new EarlyAudio();
  #nextReportMs: number;
  readonly #silence: SilenceWatch;
  #isClosed = false;

  /** @throws PortInUseError */
  static async open(options: OpenSession, host: SessionHost): Promise<EmbeddedSession> {
    let session: EmbeddedSession | undefined;
    const rtpLeg = await RtpLeg.open(options.settings.rtpBindAddress, options.rtpPort, {
      rtp: (packet, length, nowMs) => {
        if (session) session.#rtpSide.receive(packet, length, nowMs);
      },
      rtcp: (packet, length, nowMs) => {
        if (session) session.#onRtcp('rtp', packet, length, nowMs);
      },
      foreign: () => {
        if (session) session.#rtpSide.packetsForeign++;
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
            if (session) session.#webrtcSide.receive(packet, length, nowMs);
          },
          rtcp: (packet, length, nowMs) => {
            if (session) session.#onRtcp('webrtc', packet, length, nowMs);
          },
          foreign: () => {
            if (session) session.#webrtcSide.packetsForeign++;
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
    const nowMs = performance.now();
    const cname = randomBytes(8).toString('hex');
    this.#webrtcSide = new MediaSide({
      transport,
      listener: { dtmf: (event, ms) => this.#onDtmf('webrtc', event, ms), audio: () => {} },
      clock: host.clock,
      cname,
      nowMs,
    });
    this.#rtpSide = new MediaSide({
      transport: rtpLeg,
      listener: { dtmf: (event, ms) => this.#onDtmf('rtp', event, ms), audio: (ms) => this.#onTelephoneAudio(ms) },
      clock: host.clock,
      cname,
      nowMs,
    });
    this.#webrtcSide.join(this.#rtpSide);
    this.#rtpSide.join(this.#webrtcSide);
    this.#webrtcSide.isGateOpen = false;
    const { comfortNoise, rtpPublicAddress } = options.settings;
    this.#webrtc = new WebRtcLeg({ transport, side: this.#webrtcSide, cname, comfortNoise });
    this.#telephone = new TelephoneLeg({ leg: rtpLeg, side: this.#rtpSide, address: rtpPublicAddress, comfortNoise });
    this.#silence = new SilenceWatch(options.settings.mediaTimeoutMs);
    this.#nextReportMs = nowMs + this.#reportDelay();
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
    this.#early = new EarlyAudio();
    return this.#telephone.createOffer(options, this.#webrtc.codecs);
  }

  async acceptRtpAnswer(
    sdp: string,
    options: { readonly early: boolean; readonly forkId: string },
  ): Promise<{ codec: RtpCodec }> {
    this.#requireOpen();
    const result = await this.#telephone.acceptAnswer(sdp, options);
    this.#host.log(options.early ? 'debug' : 'info', 'the RTP side is agreed', this.#telephone.facts);
    this.#greet();
    this.#watch();
    return result;
  }

  async acceptRtpOffer(sdp: string, options?: RtpOfferOptions): Promise<{ sdp: string; direction: Direction }> {
    this.#requireOpen();
    const result = await this.#telephone.acceptOffer(sdp, options);
    this.#host.log('debug', 'the RTP side is agreed again', this.#telephone.facts);
    this.#greet();
    this.#watch();
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
    this.#webrtcSide.isGateOpen = true;
    this.#watch();
  }

  startRingback(country?: string): void {
    this.#webrtcSide.isGateOpen = true;
    this.#webrtcSide.startRingback(country);
  }

  stopRingback(): void {
    this.#webrtcSide.stopRingback();
  }

  sendDtmf(digit: string, durationMs: number): void {
    const event = eventOfDigit(digit);
    if (event === undefined) return;
    if (!this.#rtpSide.playDigit(event, clampDigitMs(durationMs))) {
      this.#host.log('warn', 'a digit was not sent: the telephone network takes no telephone events');
    }
  }

  async stats(): Promise<MediaStats> {
    const codec = this.#rtpSide.formats?.codec;
    const roundTripMs = this.#webrtcSide.roundTripMs ?? this.#rtpSide.roundTripMs;
    return {
      ...(codec && { codec }),
      webrtc: this.#webrtcSide.rtpStats(),
      rtp: this.#rtpSide.rtpStats(),
      ...(roundTripMs !== undefined && { roundTripMs }),
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const nowMs = performance.now();
    this.#host.log('info', 'the media session is closed', this.#facts());
    this.#webrtcSide.report(nowMs, true);
    this.#rtpSide.report(nowMs, true);
    this.#webrtcSide.close();
    this.#rtpSide.close();
    this.#rtpLeg.close();
    await this.#transport.close();
  }

  /** To be called about twice a second. */
  tick(nowMs: number): void {
    this.#webrtcSide.tick(nowMs);
    this.#rtpSide.tick(nowMs);
    if (this.#rtpSide.silentForMs(nowMs) >= KEEP_ALIVE_MS) this.#sendSilence(nowMs);
    if (nowMs >= this.#nextReportMs) {
      this.#nextReportMs = nowMs + this.#reportDelay();
      this.#webrtcSide.report(nowMs);
      if (this.#telephone.isAnswered) this.#rtpSide.report(nowMs);
    }
    for (const side of this.#silence.check(nowMs, this.#webrtcSide.lastReceivedMs, this.#rtpSide.lastReceivedMs)) {
      this.#host.log('warn', `nothing was received from the ${side} side for ${this.#silence.limitMs} ms`);
      this.#host.emit({ type: 'media-timeout', side });
    }
  }

  /** How it went, for one line of the log. */
  #facts(): Readonly<Record<string, string | number>> {
    const webrtc = this.#webrtcSide.rtpStats();
    const rtp = this.#rtpSide.rtpStats();
    return {
      codec: this.#rtpSide.formats?.codec ?? 'none',
      fromClient: webrtc.packetsIn,
      fromClientLost: webrtc.packetsLost,
      fromTelephone: rtp.packetsIn,
      fromTelephoneLost: rtp.packetsLost,
      foreign: webrtc.packetsForeign + rtp.packetsForeign,
    };
  }

  /** The first packets open the way through a NAT, ours and the peer's symmetric latch. */
  #greet(): void {
    if (this.#rtpSide.packetsOut === 0) this.#sendSilence(performance.now());
  }

  #sendSilence(nowMs: number): void {
    this.#rtpSide.sendSilence(nowMs, SILENCE[this.#rtpSide.formats?.codec ?? 'PCMU']);
  }

  #onConnected(): void {
    this.#host.log('info', 'the WebRTC side is connected');
    this.#host.emit({ type: 'webrtc-connected' });
    this.#webrtcSide.report(performance.now());
    this.#watch();
  }

  #onFailed(why: 'ice' | 'dtls', reason: string): void {
    this.#host.log('warn', `the WebRTC side failed: ${reason}`, { why });
    this.#host.emit({ type: 'webrtc-failed', why });
  }

  #onRtcp(from: 'webrtc' | 'rtp', packet: Buffer, length: number, nowMs: number): void {
    const side = from === 'webrtc' ? this.#webrtcSide : this.#rtpSide;
    side.receiveRtcp(packet, length, nowMs);
    // A phone that suppresses silence sends reports only; it is alive all the same.
    side.lastReceivedMs = nowMs;
  }

  #onDtmf(from: 'webrtc' | 'rtp', event: number, durationMs: number): void {
    const digit = digitOfEvent(event);
    if (digit !== undefined) this.#host.emit({ type: 'dtmf', from, digit, durationMs: Math.round(durationMs) });
  }

  #onTelephoneAudio(ms: number): void {
    if (this.#telephone.isAnswered) return;
    const total = this.#early.add(ms);
    if (total !== undefined) this.#host.emit({ type: 'early-audio', ms: total });
  }

  /** From now on both sides are due; called whenever something changed that explains a silence. */
  #watch(): void {
    const isTalking = this.#telephone.isAnswered && this.#webrtcSide.isGateOpen && this.#transport.isConnected;
    const isHeld = this.#webrtc.direction !== 'sendrecv' || this.#telephone.direction !== 'sendrecv';
    if (isTalking && !isHeld) this.#silence.start(performance.now());
    else this.#silence.pause();
  }

  #reportDelay(): number {
    return REPORT_INTERVAL_MS * (0.5 + Math.random());
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new MediaError('wrong-state', 'the media session is closed');
  }
}
