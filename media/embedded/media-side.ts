/**
 * One side of a call's media plane: what it receives is accounted, understood and handed to the other side; what it
 * is handed leaves as one stream without seams. Both sides, WebRTC and RTP, are the same here; they differ in transport only.
 */

import type { RtpStats } from '../engine.ts';
import type { G711 } from '../sdp/index.ts';
import { convertLaw } from './audio/g711.ts';
import type { Player } from './audio/player.ts';
import { RingbackPlayer } from './audio/ringback.ts';
import { warningPlayer } from './audio/warning.ts';
import { DtmfReceiver } from './dtmf/receiver.ts';
import { type DtmfPacket, DtmfSender } from './dtmf/sender.ts';
import type { FrameClock } from './frame-clock.ts';
import type { RelayTarget } from './relay-target.ts';
import { OutgoingStream } from './rtp/outgoing-stream.ts';
import {
  createRtpFields,
  FRAME_SAMPLES,
  MAX_PACKET_BYTES,
  RTP_HEADER_BYTES,
  type RtpFields,
  readRtp,
  writeRtpHeader,
} from './rtp/packet.ts';
import { copyPayload, nextBuffer } from './rtp/packet-ring.ts';
import { ReceiveStats } from './rtp/receive-stats.ts';
import { RtcpReporter } from './rtp/rtcp-reporter.ts';

/** What a side sends and understands, as its descriptions agreed. */
export interface SideFormats {
  readonly codec: G711;
  /** Payload types for sending. */
  readonly payloadType: number;
  readonly telephoneEvent?: number;
  readonly comfortNoise?: number;
  /** Payload types that may arrive; our own description's and the peer's (asymmetric ones exist). */
  readonly receives: readonly { readonly payloadType: number; readonly kind: PayloadKind }[];
}

export type PayloadKind = G711 | 'telephone-event' | 'comfort-noise';

export interface SideTransport {
  /** Sends `packet[0..length)`; there is room behind it for an authentication tag. */
  sendRtp(packet: Buffer, length: number): void;
  sendRtcp(packet: Buffer, length: number): void;
}

export interface SideListener {
  dtmf(event: number, durationMs: number): void;
  /** Audio of this side came in; milliseconds of it. */
  audio(ms: number): void;
}

const fields: RtpFields = createRtpFields();

export class MediaSide implements RelayTarget {
  readonly out: OutgoingStream;
  readonly stats = new ReceiveStats();
  /** Direction: what came may be relayed, and we may send. */
  mayReceive = true;
  maySend = true;
  /** Closed until the call lets audio through to this side. */
  isGateOpen = true;
  lastReceivedMs: number;
  packetsOut = 0;
  packetsForeign = 0;

  readonly #transport: SideTransport;
  readonly #listener: SideListener;
  readonly #clock: FrameClock;
  readonly #reporter: RtcpReporter;
  readonly #dtmfIn: DtmfReceiver;
  readonly #dtmfOut: DtmfSender;
  readonly #onFrame = (nowMs: number) => this.#frame(nowMs);
  #other: RelayTarget | undefined;
  #formats: SideFormats | undefined;
  #kinds: (PayloadKind | undefined)[] = [];
  #player: Player | undefined;
  /** Goes on when the player is through. */
  #interrupted: Player | undefined;
  #octetsOut = 0;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #eventTimestamp = 0;

  constructor(options: {
    readonly transport: SideTransport;
    readonly listener: SideListener;
    readonly clock: FrameClock;
    readonly cname: string;
    readonly nowMs: number;
  }) {
    this.#transport = options.transport;
    this.#listener = options.listener;
    this.#clock = options.clock;
    this.out = new OutgoingStream();
    this.#reporter = new RtcpReporter(this.out.ssrc, options.cname);
    this.lastReceivedMs = options.nowMs;
    this.#dtmfIn = new DtmfReceiver({
      press: (event) => this.#other?.pressDigit(event),
      progress: (durationMs) => this.#other?.holdDigit(durationMs),
      release: (event, durationMs) => {
        this.#other?.releaseDigit(durationMs);
        this.#listener.dtmf(event, durationMs);
      },
    });
    this.#dtmfOut = new DtmfSender((packet) => this.#sendEvent(packet));
  }

  /** What comes in goes there from now on; undefined: nowhere. */
  join(other: RelayTarget | undefined): void {
    this.#other = other;
  }

  get formats(): SideFormats | undefined {
    return this.#formats;
  }

  setFormats(formats: SideFormats): void {
    this.#formats = formats;
    this.#kinds = [];
    for (const { payloadType, kind } of formats.receives) this.#kinds[payloadType] = kind;
  }

  /** Takes a decrypted RTP packet of this side's peer. */
  receive(packet: Uint8Array, length: number, nowMs: number): void {
    if (length > MAX_PACKET_BYTES || !readRtp(packet, length, fields)) return;
    this.stats.receive(fields.ssrc, fields.sequence, fields.timestamp, nowMs);
    this.lastReceivedMs = nowMs;
    const kind = this.#kinds[fields.payloadType];
    switch (kind) {
      case 'PCMU':
      case 'PCMA':
        this.#listener.audio((fields.payloadEnd - fields.payloadStart) / 8);
        this.#other?.forwardAudio(packet, fields, kind, this.mayReceive, nowMs);
        break;
      case 'telephone-event':
        if (this.mayReceive) {
          const { payloadStart, payloadEnd, ssrc, timestamp } = fields;
          this.#dtmfIn.receive(packet, payloadStart, payloadEnd, ssrc, timestamp, nowMs);
        }
        this.#other?.skip(fields, nowMs);
        break;
      case 'comfort-noise':
        this.#other?.forwardComfortNoise(packet, fields, this.mayReceive, nowMs);
        break;
      case undefined:
        this.#other?.skip(fields, nowMs);
        break;
      default:
        kind satisfies never;
    }
  }

  /** Sends on what the other side received. */
  forwardAudio(packet: Uint8Array, from: RtpFields, codec: G711, isAllowed: boolean, nowMs: number): void {
    const formats = this.#formats;
    const isPlaying = this.#player !== undefined && !this.#player.yields;
    if (!isAllowed || !formats || !this.#canSend || this.#dtmfOut.isBusy || isPlaying) {
      this.out.skip(from.ssrc, from.sequence, from.timestamp, nowMs);
      return;
    }
    this.stopRingback();
    if (!this.out.relay(from.ssrc, from.sequence, from.timestamp, from.marker, nowMs)) return;
    const buffer = nextBuffer();
    const length = copyPayload(packet, from, buffer);
    if (codec !== formats.codec) convertLaw(buffer, RTP_HEADER_BYTES, length, formats.codec);
    this.#send(buffer, length, formats.payloadType, nowMs);
  }

  forwardComfortNoise(packet: Uint8Array, from: RtpFields, isAllowed: boolean, nowMs: number): void {
    const payloadType = this.#formats?.comfortNoise;
    const isWanted = isAllowed && payloadType !== undefined && this.#canSend && !this.#dtmfOut.isBusy;
    if (!isWanted || !this.out.relay(from.ssrc, from.sequence, from.timestamp, from.marker, nowMs)) {
      this.out.skip(from.ssrc, from.sequence, from.timestamp, nowMs);
      return;
    }
    const buffer = nextBuffer();
    this.#send(buffer, copyPayload(packet, from, buffer), payloadType, nowMs);
  }

  /** One frame of silence, so that the peer (and a NAT on the way) hears from us before there is anything to relay. */
  sendSilence(nowMs: number, silence: number): void {
    if (!this.#formats || !this.#canSend || this.#dtmfOut.isBusy || this.#player) return;
    const buffer = nextBuffer();
    buffer.fill(silence, RTP_HEADER_BYTES, RTP_HEADER_BYTES + FRAME_SAMPLES);
    this.out.generate(nowMs);
    this.#send(buffer, RTP_HEADER_BYTES + FRAME_SAMPLES, this.#formats.payloadType, nowMs);
  }

  /** Milliseconds since we last sent anything. */
  silentForMs(nowMs: number): number {
    return nowMs - this.#lastSentMs;
  }

  skip(from: RtpFields, nowMs: number): void {
    this.out.skip(from.ssrc, from.sequence, from.timestamp, nowMs);
  }

  pressDigit(event: number): void {
    if (!this.#canSendEvents) return;
    this.#dtmfOut.press(event);
    this.#clock.add(this.#onFrame);
  }

  holdDigit(durationMs: number): void {
    this.#dtmfOut.progress(durationMs);
  }

  releaseDigit(durationMs: number): void {
    this.#dtmfOut.release(durationMs);
  }

  /** Sends a whole digit. Returns false when the peer takes no telephone events. */
  playDigit(event: number, durationMs: number): boolean {
    if (!this.#canSendEvents) return false;
    this.#dtmfOut.play(event, durationMs);
    this.#clock.add(this.#onFrame);
    return true;
  }

  startRingback(country: string | undefined): void {
    if (this.#formats) this.play(new RingbackPlayer(country, this.#formats.codec));
  }

  /** Audio of the other side takes the place of a tone, too. */
  stopRingback(): void {
    if (this.#interrupted?.yields) this.stopPlaying(this.#interrupted);
    if (this.#player?.yields) this.stopPlaying(this.#player);
  }

  /** A warning in the midst of whatever is heard here. */
  beep(): void {
    if (!this.#formats || this.#interrupted) return;
    const before = this.#player;
    this.#player = warningPlayer(this.#formats.codec);
    this.#interrupted = before;
    this.#clock.add(this.#onFrame);
  }

  /** Sends what the player has, in place of what played before. */
  play(player: Player): void {
    this.#stopAll();
    this.#player = player;
    this.#clock.add(this.#onFrame);
  }

  /** Nothing when it has come to its end already. */
  stopPlaying(player: Player): void {
    if (this.#interrupted === player) {
      this.#interrupted = undefined;
    } else if (this.#player === player) {
      this.#player = this.#interrupted;
      this.#interrupted = undefined;
    } else {
      return;
    }
    player.ended();
  }

  #stopAll(): void {
    for (const player of [this.#interrupted, this.#player]) if (player) this.stopPlaying(player);
  }

  /** Now and then: ends digits whose end was lost. */
  tick(nowMs: number): void {
    this.#dtmfIn.tick(nowMs);
  }

  /** Takes a decrypted compound RTCP packet. */
  receiveRtcp(packet: Uint8Array, length: number, nowMs: number): void {
    this.#reporter.receive(packet, length, nowMs);
  }

  /** Sends our report. */
  report(nowMs: number, goodbye = false): void {
    const buffer = nextBuffer();
    const sent = { packets: this.packetsOut, octets: this.#octetsOut, rtpTimestamp: this.out.timestampAt(nowMs) };
    this.#transport.sendRtcp(buffer, this.#reporter.write(buffer, sent, this.stats.report(), nowMs, goodbye));
  }

  get roundTripMs(): number | undefined {
    return this.#reporter.roundTripMs;
  }

  rtpStats(): RtpStats {
    const { remote } = this.#reporter;
    return {
      packetsIn: this.stats.packets,
      packetsOut: this.packetsOut,
      packetsLost: this.stats.lost,
      jitterMs: this.stats.jitterMs,
      packetsForeign: this.packetsForeign,
      ...(remote && { remote }),
    };
  }

  close(): void {
    this.#stopAll();
    this.#clock.remove(this.#onFrame);
  }

  get #canSend(): boolean {
    return this.maySend && this.isGateOpen;
  }

  get #canSendEvents(): boolean {
    return this.maySend && this.#formats?.telephoneEvent !== undefined;
  }

  #send(buffer: Buffer, length: number, payloadType: number, nowMs: number): void {
    writeRtpHeader(buffer, payloadType, this.out.marker, this.out.sequence, this.out.timestamp, this.out.ssrc);
    this.packetsOut++;
    this.#octetsOut += length - RTP_HEADER_BYTES;
    this.#lastSentMs = nowMs;
    this.#transport.sendRtp(buffer, length);
  }

  #frame(nowMs: number): void {
    if (this.#dtmfOut.isBusy) {
      this.#dtmfOut.frame();
    } else if (this.#player) {
      if (this.#formats) this.#sendPlayed(this.#player, this.#formats, nowMs);
    } else {
      this.#clock.remove(this.#onFrame);
    }
  }

  /** On hold a player goes on unheard. The gate is for what the other side says, not for what we play. */
  #sendPlayed(player: Player, formats: SideFormats, nowMs: number): void {
    const buffer = nextBuffer();
    if (!player.frame(buffer, RTP_HEADER_BYTES)) {
      this.stopPlaying(player);
      return;
    }
    if (!this.maySend || (player.yields && !this.isGateOpen)) return;
    this.out.generate(nowMs);
    this.#send(buffer, RTP_HEADER_BYTES + FRAME_SAMPLES, formats.payloadType, nowMs);
  }

  #sendEvent(event: DtmfPacket): void {
    const payloadType = this.#formats?.telephoneEvent;
    if (payloadType === undefined) return;
    if (event.isFirst) {
      this.out.generate(performance.now());
      this.#eventTimestamp = this.out.timestamp;
      this.out.marker = true;
    } else {
      this.out.sequence = this.out.nextOfEvent();
      this.out.timestamp = this.#eventTimestamp;
      this.out.marker = false;
    }
    const buffer = nextBuffer();
    buffer[12] = event.event;
    buffer[13] = (event.isEnd ? 0x80 : 0) | 10; // Volume −10 dBm0.
    buffer.writeUInt16BE(Math.min(event.durationSamples, 0xffff), 14);
    this.#send(buffer, 16, payloadType, performance.now());
  }
}
