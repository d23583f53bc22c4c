/** The media plane of a call: its two sides joined, and what must be watched over time. */

import { randomBytes } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import type { MediaEvent, MediaStats } from '../engine.ts';
import { SILENCE } from './audio/g711.ts';
import { Bridge } from './bridge.ts';
import { clampDigitMs, digitOfEvent, eventOfDigit } from './dtmf/events.ts';
import { EarlyAudio } from './early-audio.ts';
import type { FrameClock } from './frame-clock.ts';
import { MediaSide, type SideTransport } from './media-side.ts';
import type { LogLevel } from './protocol.ts';
import { SilenceWatch } from './silence-watch.ts';

/** RFC 3550 §6.2: five seconds, spread so that not all calls report at once. */
const REPORT_INTERVAL_MS = 5_000;
/** A frame of silence so often, while there is nothing to relay, keeps NAT bindings and far-end timers content. */
const KEEP_ALIVE_MS = 1_000;

export type Facts = Readonly<Record<string, string | number | boolean>>;

export interface MediaPlaneHost {
  readonly clock: FrameClock;
  emit(event: MediaEvent): void;
  log(level: LogLevel, message: string, facts?: Facts): void;
}

export class MediaPlane {
  readonly webrtc: MediaSide;
  readonly rtp: MediaSide;
  /** RTCP's name for us, towards both sides. */
  readonly cname = randomBytes(8).toString('hex');
  /** Set once the telephone has answered for good. */
  isAnswered = false;
  readonly #host: MediaPlaneHost;
  readonly #silence: SilenceWatch;
  #early = new EarlyAudio();
  #bridge: Bridge | undefined;
  #nextReportMs: number;

  constructor(options: {
    readonly webrtc: SideTransport;
    readonly rtp: SideTransport;
    readonly host: MediaPlaneHost;
    readonly mediaTimeoutMs: number;
  }) {
    this.#host = options.host;
    const nowMs = performance.now();
    const common = { clock: options.host.clock, cname: this.cname, nowMs };
    this.webrtc = new MediaSide({
      ...common,
      transport: options.webrtc,
      listener: { dtmf: (event, ms) => this.#onDtmf('webrtc', event, ms), audio: () => {} },
    });
    this.rtp = new MediaSide({
      ...common,
      transport: options.rtp,
      listener: { dtmf: (event, ms) => this.#onDtmf('rtp', event, ms), audio: (ms) => this.#onTelephoneAudio(ms) },
    });
    this.webrtc.join(this.rtp);
    this.rtp.join(this.webrtc);
    this.webrtc.isGateOpen = false;
    this.#silence = new SilenceWatch(options.mediaTimeoutMs);
    this.#nextReportMs = nowMs + reportDelay();
  }

  /** Another call attempt: its early audio counts from zero. */
  beginAttempt(): void {
    this.isAnswered = false;
    this.#early = new EarlyAudio();
  }

  /** Takes a decrypted compound RTCP packet of one side. */
  receiveRtcp(side: MediaSide, packet: Buffer, length: number, nowMs: number): void {
    side.receiveRtcp(packet, length, nowMs);
    // A phone that suppresses silence sends reports only; it is alive all the same.
    side.lastReceivedMs = nowMs;
  }

  /** The first packets open the way through a NAT, ours and the peer's symmetric latch. */
  greet(): void {
    if (this.rtp.packetsOut === 0 && this.rtp.isGateOpen) this.#sendSilence(performance.now());
  }

  /** The telephone speaks with the telephone of another call from now on; the client is out of it. */
  bridge(port: MessagePort): void {
    this.#bridge?.close();
    this.#bridge = new Bridge(port, this.rtp);
    this.rtp.join(this.#bridge);
    this.rtp.isGateOpen = true;
    this.rtp.stopRingback();
    this.webrtc.join(undefined);
    this.webrtc.close();
  }

  /** Sends a digit to the telephone. */
  sendDtmf(digit: string, durationMs: number): void {
    const event = eventOfDigit(digit);
    if (event === undefined) return;
    if (!this.rtp.playDigit(event, clampDigitMs(durationMs))) {
      this.#host.log('warn', 'a digit was not sent: the telephone network takes no telephone events');
    }
  }

  /** Both sides are due from now on, or a silence is explained (not connected yet, or on hold). */
  watch(areBothDue: boolean): void {
    if (areBothDue) this.#silence.start(performance.now());
    else this.#silence.pause();
  }

  /** To be called about twice a second. */
  tick(nowMs: number): void {
    this.webrtc.tick(nowMs);
    this.rtp.tick(nowMs);
    // A client that has left is not missed.
    if (this.#bridge) this.webrtc.lastReceivedMs = nowMs;
    if (this.rtp.silentForMs(nowMs) >= KEEP_ALIVE_MS) this.#sendSilence(nowMs);
    if (nowMs >= this.#nextReportMs) {
      this.#nextReportMs = nowMs + reportDelay();
      if (!this.#bridge) this.webrtc.report(nowMs);
      if (this.isAnswered) this.rtp.report(nowMs);
    }
    for (const side of this.#silence.check(nowMs, this.webrtc.lastReceivedMs, this.rtp.lastReceivedMs)) {
      this.#host.log('warn', `nothing was received from the ${side} side for ${this.#silence.limitMs} ms`);
      this.#host.emit({ type: 'media-timeout', side });
    }
  }

  stats(): MediaStats {
    const codec = this.rtp.formats?.codec;
    const roundTripMs = this.webrtc.roundTripMs ?? this.rtp.roundTripMs;
    return {
      ...(codec && { codec }),
      webrtc: this.webrtc.rtpStats(),
      rtp: this.rtp.rtpStats(),
      ...(roundTripMs !== undefined && { roundTripMs }),
    };
  }

  /** Says good-bye to both sides and stops sending. */
  close(): void {
    const nowMs = performance.now();
    this.#host.log('info', 'the media session is closed', this.#facts());
    this.#bridge?.close();
    if (!this.#bridge) this.webrtc.report(nowMs, true);
    this.rtp.report(nowMs, true);
    this.webrtc.close();
    this.rtp.close();
  }

  /** How it went, for one line of the log. */
  #facts(): Facts {
    const { codec = 'none', webrtc, rtp } = this.stats();
    return {
      codec,
      fromClient: webrtc.packetsIn,
      fromClientLost: webrtc.packetsLost,
      fromTelephone: rtp.packetsIn,
      fromTelephoneLost: rtp.packetsLost,
      foreign: webrtc.packetsForeign + rtp.packetsForeign,
    };
  }

  #sendSilence(nowMs: number): void {
    this.rtp.sendSilence(nowMs, SILENCE[this.rtp.formats?.codec ?? 'PCMU']);
  }

  #onDtmf(from: 'webrtc' | 'rtp', event: number, durationMs: number): void {
    const digit = digitOfEvent(event);
    if (digit !== undefined) this.#host.emit({ type: 'dtmf', from, digit, durationMs: Math.round(durationMs) });
  }

  #onTelephoneAudio(ms: number): void {
    if (this.isAnswered) return;
    const total = this.#early.add(ms);
    if (total !== undefined) this.#host.emit({ type: 'early-audio', ms: total });
  }
}

function reportDelay(): number {
  return REPORT_INTERVAL_MS * (0.5 + Math.random());
}
