/** The sockets towards the telephone network: RTP and RTCP on a pair of ports, or multiplexed, plain or SRTP. */

import type { RemoteInfo, Socket } from 'node:dgram';
import { REPLAYED, SrtpReceiver, SrtpSender } from '../srtp/srtp.ts';
import { closeUdp, openUdp } from '../udp.ts';
import { Latch } from './latch.ts';
import { isRtcp } from './packet.ts';

export interface RtpTarget {
  /** Numeric. */
  readonly host: string;
  readonly port: number;
  readonly rtcpHost: string;
  readonly rtcpPort: number;
  readonly rtcpMux: boolean;
}

export interface SrtpKeys {
  readonly keyAndSalt: Uint8Array;
  readonly tagBytes: 10 | 4;
}

export interface RtpLegListener {
  rtp(packet: Buffer, length: number, nowMs: number): void;
  rtcp(packet: Buffer, length: number, nowMs: number): void;
  foreign(): void;
}

export class RtpLeg {
  readonly latch = new Latch();
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  readonly #listener: RtpLegListener;
  #rtcpHost: string | undefined;
  #rtcpPort = 0;
  #rtcpMux = false;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #senderKey: Uint8Array | undefined;
  #receiverKey: Uint8Array | undefined;

  /** @throws PortInUseError */
  static async open(address: string, rtpPort: number, listener: RtpLegListener): Promise<RtpLeg> {
    const rtp = await openUdp(address, rtpPort);
    try {
      return new RtpLeg(rtp, await openUdp(address, rtpPort + 1), listener);
    } catch (error) {
      closeUdp(rtp);
      throw error;
    }
  }

  private constructor(rtp: Socket, rtcp: Socket, listener: RtpLegListener) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#listener = listener;
    rtp.on('message', (packet, from) => this.#onRtp(packet, from));
    rtcp.on('message', (packet, from) => this.#onRtcp(packet, from));
  }

  get rtpPort(): number {
    return this.#rtp.address().port;
  }

  get rtcpPort(): number {
    return this.#rtcp.address().port;
  }

  get isSecure(): boolean {
    return this.#sender !== undefined;
  }

  setTarget(target: RtpTarget): void {
    this.latch.expect(target.host, target.port);
    this.#rtcpHost = target.rtcpHost;
    this.#rtcpPort = target.rtcpPort;
    this.#rtcpMux = target.rtcpMux;
  }

  /**
   * Sets the SRTP keys of both directions, or none for plain RTP. An unchanged key keeps its context: the peer's
   * roll-over counter goes on.
   */
  setSrtp(keys: { readonly send: SrtpKeys; readonly receive: SrtpKeys } | undefined): void {
    if (!keys) {
      this.#sender = undefined;
      this.#receiver = undefined;
      this.#senderKey = undefined;
      this.#receiverKey = undefined;
      return;
    }
    if (!this.#senderKey || !isEqual(this.#senderKey, keys.send.keyAndSalt)) {
      this.#senderKey = keys.send.keyAndSalt;
      this.#sender = new SrtpSender(split(keys.send));
    }
    if (!this.#receiverKey || !isEqual(this.#receiverKey, keys.receive.keyAndSalt)) {
      this.#receiverKey = keys.receive.keyAndSalt;
      this.#receiver = new SrtpReceiver(split(keys.receive));
    }
  }

  sendRtp(packet: Buffer, length: number): void {
    const { host, port } = this.latch;
    if (host === undefined || port === 0) return;
    const bytes = this.#sender ? this.#sender.protectRtp(packet, length) : length;
    if (bytes > 0) this.#rtp.send(packet, 0, bytes, port, host);
  }

  sendRtcp(packet: Buffer, length: number): void {
    const host = this.#rtcpMux ? this.latch.host : this.#rtcpHost;
    const port = this.#rtcpMux ? this.latch.port : this.#rtcpPort;
    if (host === undefined || port === 0) return;
    const bytes = this.#sender ? this.#sender.protectRtcp(packet, length) : length;
    if (bytes > 0) (this.#rtcpMux ? this.#rtp : this.#rtcp).send(packet, 0, bytes, port, host);
  }

  close(): void {
    closeUdp(this.#rtp);
    closeUdp(this.#rtcp);
  }

  #onRtp(packet: Buffer, from: RemoteInfo): void {
    // RFC 7983: RTP and RTCP begin with version 2; STUN keep-alives and noise do not.
    if (packet.length < 12 || (packet[0] as number) >> 6 !== 2) return;
    if (isRtcp(packet)) {
      if (this.#rtcpMux) this.#onRtcp(packet, from);
      return;
    }
    // Who cannot authenticate is not even considered as the peer.
    const bytes = this.#receiver ? this.#receiver.unprotectRtp(packet, packet.length) : packet.length;
    if (bytes === REPLAYED) return;
    const sequence = ((packet[2] as number) << 8) | (packet[3] as number);
    if (bytes < 0 || !this.latch.accept(from.address, from.port, sequence)) {
      this.#listener.foreign();
      return;
    }
    this.#listener.rtp(packet, bytes, performance.now());
  }

  #onRtcp(packet: Buffer, from: RemoteInfo): void {
    if (packet.length < 8 || !this.latch.acceptsHost(from.address)) return;
    const bytes = this.#receiver ? this.#receiver.unprotectRtcp(packet, packet.length) : packet.length;
    if (bytes < 0) return;
    this.#rtcpHost = from.address;
    this.#rtcpPort = from.port;
    this.#listener.rtcp(packet, bytes, performance.now());
  }
}

function split(keys: SrtpKeys): { key: Uint8Array; salt: Uint8Array; tagBytes: 10 | 4 } {
  return { key: keys.keyAndSalt.subarray(0, 16), salt: keys.keyAndSalt.subarray(16, 30), tagBytes: keys.tagBytes };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
