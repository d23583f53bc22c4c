/** The media of one call on a FreeSWITCH: two channels, bridged when the call lets audio through. */

import type { Logger } from 'pino';
import {
  type Direction,
  type IceCandidate,
  MediaError,
  type MediaEvent,
  type MediaListener,
  type MediaSession,
  type MediaSide,
  type MediaStats,
  type RtpCodec,
  type RtpOfferOptions,
} from '../engine.ts';
import { ClientSide } from './client-side.ts';
import { CommandQueue } from './command-queue.ts';
import { Counters, EarlyListening } from './counters.ts';
import { Playing, Recording } from './files.ts';
import type { ChannelEvent } from './fsmrf.ts';
import type { LegHost, LegListener } from './leg.ts';
import { NO_STATS } from './stats.ts';
import { TelephoneSide } from './telephone-side.ts';
import { TieLine } from './tie-line.ts';
import { ringbackStream, warningStream } from './tones.ts';
import { UNWIRED, type WiringEffect, type WiringInput, wire } from './wiring.ts';

/** Frames of silence, for as long as there is nothing else to say. */
const SILENCE = 'silence_stream://-1';
const MIN_DIGIT_MS = 80;
const MAX_DIGIT_MS = 2000;

export interface SessionSettings {
  readonly connectTimeoutMs: number;
  readonly mediaTimeoutMs: number;
}

export class FreeswitchSession implements MediaSession {
  readonly host: LegHost;
  readonly #settings: SessionSettings;
  readonly #listener: MediaListener;
  readonly #logger: Logger;
  readonly #onClosed: () => void;
  readonly #client: ClientSide;
  readonly #telephone: TelephoneSide;
  readonly #files = new Set<Playing | Recording>();
  /** Channels that are parked or bridged. */
  readonly #up = new Set<string>();
  #wiring = UNWIRED;
  readonly #commands: CommandQueue;
  readonly #counters: Counters;
  readonly #early: EarlyListening;
  #tieLine: TieLine | undefined;
  #isJoined = false;
  #connectTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: {
    readonly host: LegHost;
    readonly settings: SessionSettings;
    readonly listener: MediaListener;
    readonly logger: Logger;
    readonly onClosed: () => void;
  }) {
    this.host = options.host;
    this.#settings = options.settings;
    this.#listener = options.listener;
    this.#logger = options.logger;
    this.#onClosed = options.onClosed;
    this.#commands = new CommandQueue(options.host.server, options.logger);
    this.#counters = new Counters(options.host.server);
    this.#early = new EarlyListening(this.#counters, (ms) => this.#tell({ type: 'early-audio', ms }));
    const legs: LegListener = {
      up: (uuid) => this.#onUp(uuid),
      gone: (uuid, cause) => this.#onGone(uuid, cause),
      event: (event) => this.#onEvent(event),
    };
    const headers = { 'X-Media-Timeout': String(options.settings.mediaTimeoutMs) };
    this.#client = new ClientSide(options.host, headers, legs, (uuid) => this.#onLeg('webrtc', uuid));
    this.#telephone = new TelephoneSide(options.host, headers, legs, (uuid) => this.#onLeg('rtp', uuid));
  }

  async acceptWebRtcOffer(sdp: string): Promise<void> {
    this.#requireClient();
    this.#client.acceptOffer(sdp);
  }

  async addWebRtcCandidates(candidates: readonly IceCandidate[]): Promise<void> {
    this.#requireClient();
    this.#client.addCandidates(candidates);
  }

  async createWebRtcAnswer(): Promise<string> {
    this.#requireClient();
    const answer = await this.#client.createAnswer(this.#telephone.codec);
    this.#awaitClient();
    return answer;
  }

  async createWebRtcOffer(): Promise<string> {
    this.#requireClient();
    return this.#client.createOffer(this.#telephone.codec);
  }

  async acceptWebRtcAnswer(sdp: string): Promise<void> {
    this.#requireClient();
    await this.#client.acceptAnswer(sdp);
    this.#awaitClient();
  }

  async renegotiateWebRtc(sdp: string): Promise<{ sdp: string; direction: Direction; iceRestart: boolean }> {
    this.#requireClient();
    return this.#client.renegotiate(sdp);
  }

  async createWebRtcReoffer(direction: Direction): Promise<string> {
    this.#requireClient();
    return this.#client.createReoffer(direction);
  }

  async acceptWebRtcReanswer(sdp: string): Promise<void> {
    this.#requireClient();
    await this.#client.acceptReanswer(sdp);
  }

  async createRtpOffer(options: RtpOfferOptions): Promise<string> {
    this.#requireOpen();
    if (!this.#telephone.isAnswered) this.#early.stop();
    return this.#telephone.createOffer(options);
  }

  async acceptRtpAnswer(
    sdp: string,
    options: { readonly early: boolean; readonly forkId: string },
  ): Promise<{ codec: RtpCodec }> {
    this.#requireOpen();
    const result = await this.#telephone.acceptAnswer(sdp, options);
    this.#logger[options.early ? 'debug' : 'info']({ codec: result.codec }, 'the RTP side is agreed');
    if (this.#telephone.isAnswered) this.#early.stop();
    else this.#early.start(() => this.#telephone.leg?.uuid);
    // Whoever is behind a NAT must hear from us before it can be heard.
    if (!this.#wiring.isOpen && !this.#wiring.tones.rtp) this.#wire({ type: 'tone', side: 'rtp', path: SILENCE });
    return result;
  }

  async acceptRtpOffer(sdp: string, options?: RtpOfferOptions): Promise<{ sdp: string; direction: Direction }> {
    this.#requireOpen();
    return this.#telephone.acceptOffer(sdp, options);
  }

  async createRtpReoffer(direction: Direction): Promise<string> {
    this.#requireOpen();
    return this.#telephone.createReoffer(direction);
  }

  async acceptRtpReanswer(sdp: string): Promise<{ direction: Direction }> {
    this.#requireOpen();
    return this.#telephone.acceptReanswer(sdp);
  }

  connect(): void {
    if (!this.#closing) this.#wire({ type: 'open' });
  }

  startRingback(country?: string, side: MediaSide = 'webrtc'): void {
    if (!this.#closing) this.#wire({ type: 'tone', side, path: ringbackStream(country) });
  }

  stopRingback(side: MediaSide = 'webrtc'): void {
    if (!this.#closing) this.#wire({ type: 'silence', side });
  }

  beep(side: MediaSide): void {
    const uuid = side === 'webrtc' ? this.#client.leg?.uuid : this.#telephone.leg?.uuid;
    if (this.#closing || !uuid || !this.#up.has(uuid)) return;
    this.#commands.run(`uuid_broadcast ${uuid} ${warningStream()} aleg`);
  }

  sendDtmf(digit: string, durationMs: number): void {
    const uuid = this.#telephone.leg?.uuid;
    if (this.#closing || !uuid || !/^[0-9A-D*#]$/.test(digit)) return;
    const clamped = Math.min(Math.max(Math.round(durationMs), MIN_DIGIT_MS), MAX_DIGIT_MS);
    this.#commands.run(`uuid_send_dtmf ${uuid} ${digit}@${clamped}`);
  }

  async play(side: MediaSide, file: string): Promise<{ stop(): void; readonly done: Promise<void> }> {
    this.#requireOpen();
    const uuid = side === 'webrtc' ? this.#client.leg?.uuid : this.#telephone.leg?.uuid;
    if (!uuid) throw new MediaError('wrong-state', `nothing is agreed with the ${side} side that could be played to`);
    const playing = new Playing(this.host.server, uuid, file, () => this.#files.delete(playing));
    this.#files.add(playing);
    await this.#commands.idle;
    await playing.begin();
    return { done: playing.done, stop: () => playing.stop() };
  }

  async record(file: string): Promise<{ stop(): Promise<void> }> {
    this.#requireOpen();
    const uuid = this.#telephone.leg?.uuid ?? this.#client.leg?.uuid;
    if (!uuid) throw new MediaError('wrong-state', 'nothing is agreed that could be recorded');
    const recording = new Recording(this.host.server, uuid, file, () => this.#files.delete(recording));
    this.#files.add(recording);
    await this.#commands.idle;
    await recording.begin();
    return { stop: () => recording.stop() };
  }

  async joinTelephones(other: MediaSession): Promise<void> {
    if (!(other instanceof FreeswitchSession) || other === this) {
      throw new MediaError('not-supported', 'only two sessions of the FreeSWITCH engine can be joined');
    }
    const [mine, theirs] = [this.#requireTelephone(), other.#requireTelephone()];
    other.#wire({ type: 'silence', side: 'rtp' });
    await other.#commands.idle;
    if (this.host.server === other.host.server) {
      this.#join(theirs);
      await this.#commands.idle;
      other.#leaveClient();
      other.#wiring = { ...other.#wiring, partner: { uuid: mine, isUp: true }, bridged: [theirs, mine] };
    } else {
      const tieLine = await TieLine.open(this.host, other.host);
      this.#tieLine = tieLine;
      other.#tieLine = tieLine;
      this.#join(tieLine.near);
      other.#join(tieLine.far);
    }
    this.#logger.info({ uuid: mine }, "the telephone is joined to another call's telephone");
    await this.#commands.idle;
  }

  async stats(): Promise<MediaStats> {
    this.#requireOpen();
    const [webrtc, rtp] = await Promise.all([
      this.#counters.of(this.#client.leg?.uuid),
      this.#counters.of(this.#telephone.leg?.uuid),
    ]);
    const codec = this.#telephone.codec;
    return { ...(codec && { codec }), webrtc: webrtc?.rtp ?? NO_STATS, rtp: rtp?.rtp ?? NO_STATS };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The server has gone, and the channels with it. */
  lose(reason: string): void {
    this.#tell({ type: 'engine-failed', message: `the media server of this call is lost: ${reason}` });
  }

  async #close(): Promise<void> {
    clearTimeout(this.#connectTimer);
    this.#early.stop();
    this.#onClosed();
    for (const file of [...this.#files]) file.end();
    await Promise.all([this.#client.close(), this.#telephone.close(), this.#tieLine?.close()]);
    this.#logger.info('the media session is closed');
  }

  #join(partner: string): void {
    this.#wire({ type: 'join', partner });
    this.#leaveClient();
  }

  #leaveClient(): void {
    this.#isJoined = true;
    clearTimeout(this.#connectTimer);
    this.#wiring = { ...this.#wiring, isOpen: true };
    // The bridge to the client has to go last, or its telephone would be hung up with it.
    void this.#commands.idle.then(() => this.#client.close());
  }

  #onLeg(side: MediaSide, uuid: string): void {
    this.#wire({ type: 'leg', side, uuid });
    if (this.#up.has(uuid)) this.#wire({ type: 'up', uuid });
  }

  #onUp(uuid: string): void {
    this.#up.add(uuid);
    this.#wire({ type: 'up', uuid });
  }

  #onGone(uuid: string, cause: string): void {
    this.#up.delete(uuid);
    this.#logger.debug({ uuid, cause }, 'FreeSWITCH ended a channel');
    for (const file of [...this.#files]) if (file.uuid === uuid) file.end();
    this.#wire({ type: 'gone', uuid, cause });
  }

  #onEvent(event: ChannelEvent): void {
    for (const file of [...this.#files]) file.hear(event);
    this.#commands.hear(event);
    // What was sent by command or relayed comes as an event of the other source.
    if (event.name !== 'DTMF' || event.header('DTMF-Source') !== 'RTP') return;
    const digit = event.header('DTMF-Digit') ?? '';
    // In samples at 8000 Hz.
    const durationMs = Math.round(Number(event.header('DTMF-Duration') ?? 0) / 8);
    const from = event.uuid === this.#client.leg?.uuid ? 'webrtc' : 'rtp';
    this.#tell({ type: 'dtmf', from, digit, durationMs });
  }

  /** ICE and DTLS must be up within their time. */
  #awaitClient(): void {
    const uuid = this.#client.leg?.uuid;
    if (uuid === undefined || this.#up.has(uuid)) return;
    this.#connectTimer = setTimeout(() => {
      if (!this.#up.has(uuid)) this.#tell({ type: 'webrtc-failed', why: 'ice' });
    }, this.#settings.connectTimeoutMs);
  }

  #wire(input: WiringInput): void {
    const { wiring, effects } = wire(this.#wiring, input);
    this.#wiring = wiring;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: WiringEffect): void {
    switch (effect.type) {
      case 'bridge':
        this.#commands.bridge(effect.a, effect.b);
        break;
      case 'play':
        this.#commands.run(`uuid_broadcast ${effect.uuid} ${effect.path} aleg`);
        break;
      case 'stop-playing':
        this.#commands.stopPlaying(effect.uuid);
        break;
      case 'tell':
        if (effect.event.type === 'webrtc-connected') clearTimeout(this.#connectTimer);
        this.#tell(effect.event);
        break;
      default:
        effect satisfies never;
    }
  }

  #tell(event: MediaEvent): void {
    if (!this.#closing) this.#listener(event);
  }

  #requireTelephone(): string {
    this.#requireOpen();
    const uuid = this.#telephone.leg?.uuid;
    if (!uuid || !this.#telephone.isAnswered)
      throw new MediaError('wrong-state', 'nothing is agreed with the telephone network');
    return uuid;
  }

  #requireClient(): void {
    this.#requireOpen();
    if (this.#isJoined)
      throw new MediaError('wrong-state', 'the client has left this call: its telephone was joined to another');
  }

  #requireOpen(): void {
    if (this.#closing) throw new MediaError('wrong-state', 'the media session is closed');
  }
}
