/** A telephone for tests: RTP and RTCP sockets on loopback, frames in and out, telephone events, an echo, and its SDP. */

import { createSocket, type Socket } from 'node:dgram';
import { SrtpReceiver, SrtpSender } from '../../media/embedded/srtp/srtp.ts';
import { decodeG711, type Law, SAMPLE_RATE } from '../world/audio.ts';
import { Waiting } from '../world/wait.ts';

export interface HeardPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
  readonly atMs: number;
  readonly fromPort: number;
}

const FRAME = 160;

export class TelephonePeer {
  readonly heard: HeardPacket[] = [];
  readonly rtcpHeard: Buffer[] = [];
  readonly ssrc = Math.floor(Math.random() * 0xffffffff);
  law: Law = 'PCMU';
  /** Where to send; taken from our side's SDP. */
  remote: { host: string; port: number } | undefined;
  echo = false;
  #srtp: { readonly sender: SrtpSender; readonly receiver: SrtpReceiver } | undefined;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #sequence = 1000;
  #timestamp = 5000;
  #timer: NodeJS.Timeout | undefined;
  readonly #waiting = new Waiting();

  static async open(): Promise<TelephonePeer> {
    for (;;) {
      const rtp = createSocket('udp4');
      await bind(rtp, 0);
      const rtcp = createSocket('udp4');
      try {
        await bind(rtcp, rtp.address().port + 1);
        return new TelephonePeer(rtp, rtcp);
      } catch {
        rtp.close();
      }
    }
  }

  private constructor(rtp: Socket, rtcp: Socket) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    rtp.on('message', (packet, from) => this.#onRtp(packet, from.port));
    rtcp.on('message', (packet) => {
      this.rtcpHeard.push(packet);
      this.#waiting.announce();
    });
  }

  get port(): number {
    return this.#rtp.address().port;
  }

  /** An answer or offer of this telephone. */
  sdp(
    options: {
      readonly formats?: readonly string[];
      readonly direction?: string;
      readonly extra?: readonly string[];
      readonly connection?: string;
      readonly protocol?: string;
      readonly port?: number;
    } = {},
  ): string {
    const formats = options.formats ?? [
      this.law === 'PCMU' ? '0 PCMU/8000' : '8 PCMA/8000',
      '101 telephone-event/8000',
    ];
    const types = formats.map((format) => format.split(' ')[0]);
    return `${[
      'v=0',
      'o=phone 1 1 IN IP4 127.0.0.1',
      's=-',
      `c=IN IP4 ${options.connection ?? '127.0.0.1'}`,
      't=0 0',
      `m=audio ${options.port ?? this.port} ${options.protocol ?? 'RTP/AVP'} ${types.join(' ')}`,
      ...formats.map((format) => `a=rtpmap:${format}`),
      ...(options.extra ?? []),
      `a=${options.direction ?? 'sendrecv'}`,
    ].join('\r\n')}\r\n`;
  }

  /** Learns where to send from the other side's SDP. */
  learn(sdp: string): void {
    const host = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
    const port = /^m=audio (\d+)/m.exec(sdp)?.[1];
    if (!host || !port) throw new Error(`no address in ${sdp}`);
    this.remote = { host, port: Number(port) };
  }

  sendPacket(payloadType: number, payload: Uint8Array, options: { marker?: boolean; timestamp?: number } = {}): void {
    const packet = Buffer.alloc(12 + payload.length);
    packet[0] = 0x80;
    packet[1] = (options.marker ? 0x80 : 0) | payloadType;
    packet.writeUInt16BE(this.#sequence++ & 0xffff, 2);
    packet.writeUInt32BE((options.timestamp ?? this.#timestamp) >>> 0, 4);
    packet.writeUInt32BE(this.ssrc, 8);
    packet.set(payload, 12);
    this.sendRaw(packet);
  }

  sendRaw(packet: Uint8Array): void {
    if (!this.remote) return;
    if (!this.#srtp) {
      this.#rtp.send(packet, this.remote.port, this.remote.host);
      return;
    }
    const secured = Buffer.concat([packet, Buffer.alloc(16)]);
    const length = this.#srtp.sender.protectRtp(secured, packet.length);
    this.#rtp.send(secured, 0, length, this.remote.port, this.remote.host);
  }

  /** Speaks SRTP from now on; keys and salts (30 bytes) of SDES. */
  secure(ours: Uint8Array, theirs: Uint8Array, tagBytes: 10 | 4): void {
    const master = (bytes: Uint8Array) => ({ key: bytes.subarray(0, 16), salt: bytes.subarray(16), tagBytes });
    this.#srtp = { sender: new SrtpSender(master(ours)), receiver: new SrtpReceiver(master(theirs)) };
  }

  sendRtcp(packet: Uint8Array): void {
    if (this.remote) this.#rtcp.send(packet, this.remote.port + 1, this.remote.host);
  }

  sendFrame(frame: Uint8Array): void {
    this.sendPacket(this.law === 'PCMU' ? 0 : 8, frame);
    this.#timestamp += frame.length;
  }

  /** Loses frames on purpose: the numbers move on, nothing is sent. */
  skipFrames(count: number): void {
    this.#sequence += count;
    this.#timestamp += count * FRAME;
  }

  /** Plays G.711 audio in real time, over and over, until stopped. */
  play(audio: Uint8Array): void {
    this.stop();
    let at = 0;
    this.#timer = setInterval(() => {
      this.sendFrame(audio.subarray(at, at + FRAME));
      at = at + 2 * FRAME > audio.length ? 0 : at + FRAME;
    }, 20);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A digit as RFC 4733 packets, three end packets. */
  async sendDigit(event: number, durationMs: number, payloadType = 101): Promise<void> {
    const timestamp = this.#timestamp;
    const steps = Math.max(1, Math.round(durationMs / 20));
    for (let i = 1; i <= steps; i++) {
      this.#sendEvent(payloadType, event, false, i * FRAME, timestamp, i === 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (let i = 0; i < 3; i++) this.#sendEvent(payloadType, event, true, steps * FRAME, timestamp, false);
    this.#timestamp += steps * FRAME;
  }

  #sendEvent(payloadType: number, event: number, end: boolean, duration: number, timestamp: number, marker: boolean) {
    const payload = Buffer.from([event, (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]);
    this.sendPacket(payloadType, payload, { timestamp, marker });
  }

  /** Resolves once `predicate` holds; it is asked after each packet. */
  async until(predicate: () => boolean, what: string, timeoutMs = 8000): Promise<void> {
    const error = () => new Error(`${what}: not within ${timeoutMs} ms (${this.heard.length} packets heard)`);
    await this.#waiting.until(predicate, { timeoutMs, error });
  }

  /** Packets heard that end a telephone event (RFC 4733 §2.3.2); there are three for each. */
  eventEnds(payloadType = 101): HeardPacket[] {
    return this.heard.filter((one) => one.payloadType === payloadType && ((one.payload[1] as number) & 0x80) !== 0);
  }

  /** Telephone events that were heard to their end, once each. */
  digits(payloadType = 101): { readonly event: number; readonly durationMs: number }[] {
    const last = new Map(this.eventEnds(payloadType).map(({ timestamp, payload }) => [timestamp, payload]));
    return [...last.values()].map((payload) => ({
      event: payload.readUInt8(0),
      durationMs: payload.readUInt16BE(2) / 8,
    }));
  }

  /** The audio heard since packet `from`, decoded. */
  audio(from = 0): Int16Array {
    const packets = this.heard.slice(from).filter((packet) => packet.payloadType === 0 || packet.payloadType === 8);
    const parts = packets.map((packet) => decodeG711(packet.payload, packet.payloadType === 0 ? 'PCMU' : 'PCMA'));
    return Int16Array.from(parts.flatMap((part) => [...part]));
  }

  /** Waits for `ms` of audio from now on and returns it. */
  async listen(ms: number): Promise<Int16Array> {
    const from = this.heard.length;
    const wanted = (ms * SAMPLE_RATE) / 1000;
    await this.until(() => this.audio(from).length >= wanted, `${ms} ms of audio at the telephone`);
    return this.audio(from);
  }

  close(): void {
    this.stop();
    this.#rtp.close();
    this.#rtcp.close();
  }

  #onRtp(datagram: Buffer, fromPort: number): void {
    if (datagram.length < 12) return;
    const length = this.#srtp ? this.#srtp.receiver.unprotectRtp(datagram, datagram.length) : datagram.length;
    if (length < 0) return;
    const packet = datagram.subarray(0, length);
    const second = packet[1] as number;
    if (second >= 192 && second <= 223) {
      this.rtcpHeard.push(packet);
      return;
    }
    this.heard.push({
      payloadType: second & 0x7f,
      marker: second >= 0x80,
      sequence: packet.readUInt16BE(2),
      timestamp: packet.readUInt32BE(4),
      ssrc: packet.readUInt32BE(8),
      payload: packet.subarray(12),
      atMs: performance.now(),
      fromPort,
    });
    if (this.echo) this.sendRaw(packet);
    this.#waiting.announce();
  }
}

function bind(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', () => {
      socket.removeListener('error', reject);
      resolve();
    });
  });
}
