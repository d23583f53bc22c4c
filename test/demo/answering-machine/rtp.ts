/** One RTP stream in each direction (RFC 3550), G.711 and telephone-event (RFC 4733). */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decodeG711, encodeG711, type Law, SAMPLE_RATE } from '../../world/audio.ts';
import type { Agreed } from './sdp.ts';

const FRAME_MS = 20;
const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000;
const HEADER = 12;
const EVENTS = '0123456789*#ABCD';

export interface RtpListener {
  /** Decoded audio as it comes. */
  onAudio(samples: Int16Array): void;
  /** A key, when its last packet has come. */
  onDigit(digit: string, durationMs: number): void;
}

export class RtpStream {
  readonly #socket: Socket;
  readonly #listener: RtpListener;
  readonly #ssrc = Math.floor(Math.random() * 2 ** 32);
  #agreed: Agreed | undefined;
  #playing: Int16Array = new Int16Array(0);
  #onPlayed: (() => void) | undefined;
  #echo = false;
  #sequence = Math.floor(Math.random() * 2 ** 16);
  #timestamp = Math.floor(Math.random() * 2 ** 32);
  #clock: ReturnType<typeof setInterval> | undefined;
  #dueAt = 0;
  #lastEvent: number | undefined;
  #firstSequence: number | undefined;
  #lastSequence = 0;
  packetsIn = 0;
  packetsOut = 0;

  private constructor(socket: Socket, listener: RtpListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on('message', (packet) => this.#onPacket(packet));
  }

  static async open(host: string, listener: RtpListener): Promise<RtpStream> {
    const socket = createSocket('udp4').bind(0, host);
    await once(socket, 'listening');
    return new RtpStream(socket, listener);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Packets that were sent to us, by their sequence numbers, and never came. */
  get packetsLost(): number {
    if (this.#firstSequence === undefined) return 0;
    return Math.max(0, ((this.#lastSequence - this.#firstSequence) & 0xffff) + 1 - this.packetsIn);
  }

  /** What offer and answer have agreed on, from now on. */
  agree(agreed: Agreed): void {
    this.#agreed = agreed;
  }

  /** Sends back every packet of audio at once. */
  echo(): void {
    this.#echo = true;
  }

  /** Plays samples, with silence before and after, in real time; `onPlayed` when the last has left. */
  play(samples: Int16Array, onPlayed?: () => void): void {
    this.#playing = samples;
    this.#onPlayed = onPlayed;
    if (this.#clock !== undefined) return;
    this.#dueAt = performance.now();
    this.#clock = setInterval(() => this.#tick(), FRAME_MS / 2);
  }

  close(): void {
    clearInterval(this.#clock);
    this.#socket.close();
  }

  /** Sends what is due: a timer that comes late sends the frames that it missed. */
  #tick(): void {
    while (performance.now() >= this.#dueAt) {
      this.#dueAt += FRAME_MS;
      const frame = new Int16Array(FRAME_SAMPLES);
      frame.set(this.#playing.subarray(0, FRAME_SAMPLES));
      const wasPlaying = this.#playing.length > 0;
      this.#playing = this.#playing.subarray(FRAME_SAMPLES);
      this.#timestamp = (this.#timestamp + FRAME_SAMPLES) >>> 0;
      if (this.#agreed !== undefined) this.#send(encodeG711(frame, this.#agreed.law), this.#timestamp);
      if (wasPlaying && this.#playing.length === 0) this.#onPlayed?.();
    }
  }

  #send(payload: Uint8Array, timestamp: number): void {
    const agreed = this.#agreed;
    if (agreed === undefined || !agreed.maySend) return;
    const packet = Buffer.alloc(HEADER + payload.length);
    packet[0] = 0x80;
    packet[1] = agreed.payloadType;
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    packet.set(payload, HEADER);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.packetsOut++;
    this.#socket.send(packet, agreed.remote.port, agreed.remote.host);
  }

  #onPacket(packet: Buffer): void {
    const agreed = this.#agreed;
    // Version 2, no CSRC, no extension: what a telephone sends.
    if (agreed === undefined || packet.length <= HEADER || packet[0] !== 0x80) return;
    const type = (packet[1] ?? 0) & 0x7f;
    const sequence = packet.readUInt16BE(2);
    const timestamp = packet.readUInt32BE(4);
    const payload = packet.subarray(HEADER);
    this.#firstSequence ??= sequence;
    this.#lastSequence = sequence;
    this.packetsIn++;
    if (type === agreed.eventPayloadType) this.#onEvent(payload, timestamp);
    else if (type === agreed.payloadType) this.#onAudio(payload, timestamp, agreed.law);
  }

  #onAudio(payload: Buffer, timestamp: number, law: Law): void {
    if (this.#echo) this.#send(payload, timestamp);
    this.#listener.onAudio(decodeG711(payload, law));
  }

  /** RFC 4733 §2.3: the event's last packet comes three times, all with the timestamp of its beginning. */
  #onEvent(payload: Buffer, timestamp: number): void {
    if (payload.length < 4 || ((payload[1] ?? 0) & 0x80) === 0 || this.#lastEvent === timestamp) return;
    this.#lastEvent = timestamp;
    const digit = EVENTS[payload[0] ?? -1];
    if (digit !== undefined) this.#listener.onDigit(digit, (payload.readUInt16BE(2) * 1000) / SAMPLE_RATE);
  }
}
