/** A "browser" in Node for fast tests: a werift peer connection that speaks PCMU, PCMA and telephone-event. */

import {
  MediaStreamTrack,
  type PeerConfig,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  type RTCRtpTransceiver,
  RtpHeader,
  type RtpPacket,
} from 'werift';
import { decodeG711, type Law, SAMPLE_RATE } from '../world/audio.ts';
import { Waiting } from '../world/wait.ts';

const FRAME = 160;
export const BROWSER_TELEPHONE_EVENT = 126;

/**
 * A client that has one address only, that of this machine itself. For FreeSWITCH: werift binds the socket of each candidate
 * to all addresses, so the checks of all come from 127.0.0.1, from different ports; FreeSWITCH sends to whichever port has
 * checked last and drops the DTLS packets of the others. werift, once it has chosen, checks its choice after 4 to 6 s again
 * (RFC 7675 §5.1). Browsers bind each socket to its own address, and keep checking.
 */
export const ONE_ADDRESS: Partial<PeerConfig> = { iceUseIpv4: false };

export class BrowserPeer {
  readonly connection: RTCPeerConnection;
  readonly heard: RtpPacket[] = [];
  readonly #transceiver: RTCRtpTransceiver;
  readonly #codecs: readonly Law[];
  #sequence = 100;
  #timestamp = 7000;
  #timer: NodeJS.Timeout | undefined;
  readonly #waiting = new Waiting();

  constructor(codecs: readonly Law[] = ['PCMU', 'PCMA'], config: Partial<PeerConfig> = {}) {
    this.#codecs = codecs;
    this.connection = new RTCPeerConnection({
      codecs: {
        audio: [
          ...codecs.map(
            (law) =>
              new RTCRtpCodecParameters({
                mimeType: `audio/${law}`,
                clockRate: 8000,
                channels: 1,
                payloadType: law === 'PCMU' ? 0 : 8,
              }),
          ),
          new RTCRtpCodecParameters({
            mimeType: 'audio/telephone-event',
            clockRate: 8000,
            channels: 1,
            payloadType: BROWSER_TELEPHONE_EVENT,
          }),
        ],
      },
      headerExtensions: { audio: [] },
      bundlePolicy: 'max-bundle',
      // Without one, werift asks a public STUN server; this one never answers, and is not waited for.
      iceServers: [{ urls: 'stun:127.0.0.1:9' }],
      iceStunGatherTimeout: 0.01,
      iceAdditionalHostAddresses: ['127.0.0.1'],
      iceUseIpv6: false,
      ...config,
    });
    this.#transceiver = this.connection.addTransceiver(new MediaStreamTrack({ kind: 'audio' }), {
      direction: 'sendrecv',
    });
    this.#transceiver.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe((packet) => {
        this.heard.push(packet);
        this.#waiting.announce();
      });
    });
  }

  /** The offer with this peer's candidates inline. */
  async offer(options: { readonly candidates?: boolean } = {}): Promise<string> {
    await this.connection.setLocalDescription(await this.connection.createOffer());
    await this.gathered();
    const sdp = this.connection.localDescription?.sdp ?? '';
    return options.candidates === false ? sdp.replace(/^a=(candidate|end-of-candidates).*\r\n/gm, '') : sdp;
  }

  /** What this peer's packets carry. */
  get sends(): Law {
    return this.#codecs[0] ?? 'PCMU';
  }

  /** Waits until it has sent connectivity checks. */
  async checking(): Promise<void> {
    if (this.connection.iceConnectionState !== 'new') return;
    await this.connection.iceConnectionStateChange.watch((state) => state !== 'new');
  }

  async gathered(): Promise<void> {
    if (this.connection.iceGatheringState === 'complete') return;
    await this.connection.iceGatheringStateChange.watch((state) => state === 'complete');
  }

  candidates(): string[] {
    const sdp = this.connection.localDescription?.sdp ?? '';
    return [...sdp.matchAll(/^a=(candidate:.*)\r$/gm)].map((match) => match[1] as string);
  }

  async accept(sdp: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: 'answer', sdp });
  }

  /** Takes an offer; the answer has this peer's candidates inline. */
  async answer(sdp: string): Promise<string> {
    await this.connection.setRemoteDescription({ type: 'offer', sdp });
    await this.connection.setLocalDescription(await this.connection.createAnswer());
    await this.gathered();
    return this.connection.localDescription?.sdp ?? '';
  }

  sendPacket(payloadType: number, payload: Buffer, options: { marker?: boolean; timestamp?: number } = {}): void {
    // Straight into the transport: the sender would give every packet the payload type of the first codec.
    const header = new RtpHeader({
      version: 2,
      payloadType,
      sequenceNumber: this.#sequence++ & 0xffff,
      timestamp: (options.timestamp ?? this.#timestamp) >>> 0,
      ssrc: 0x1234,
      marker: options.marker ?? false,
    });
    void this.#transceiver.sender.dtlsTransport.sendRtp(payload, header);
  }

  sendFrame(frame: Uint8Array, law: Law = this.#codecs[0] ?? 'PCMU'): void {
    this.sendPacket(law === 'PCMU' ? 0 : 8, Buffer.from(frame));
    this.#timestamp += frame.length;
  }

  play(audio: Uint8Array, law?: Law): void {
    this.stop();
    let at = 0;
    this.#timer = setInterval(() => {
      this.sendFrame(audio.subarray(at, at + FRAME), law);
      at = at + 2 * FRAME > audio.length ? 0 : at + FRAME;
    }, 20);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A digit as a browser sends it: no audio meanwhile, three end packets. */
  async sendDigit(event: number, durationMs: number): Promise<void> {
    const timestamp = this.#timestamp;
    const steps = Math.max(1, Math.round(durationMs / 20));
    for (let i = 1; i <= steps + 2; i++) {
      const duration = Math.min(i, steps) * FRAME;
      const payload = Buffer.from([event, (i >= steps ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]);
      this.sendPacket(BROWSER_TELEPHONE_EVENT, payload, { marker: i === 1, timestamp });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#timestamp += steps * FRAME;
  }

  async until(predicate: () => boolean, what: string, timeoutMs = 8000): Promise<void> {
    const error = () => new Error(`${what}: not within ${timeoutMs} ms (${this.heard.length} packets heard)`);
    await this.#waiting.until(predicate, { timeoutMs, error });
  }

  audio(from = 0): Int16Array {
    const parts = this.heard.slice(from).flatMap((packet) => {
      const { payloadType } = packet.header;
      if (payloadType !== 0 && payloadType !== 8) return [];
      return [...decodeG711(packet.payload, payloadType === 0 ? 'PCMU' : 'PCMA')];
    });
    return Int16Array.from(parts);
  }

  async listen(ms: number): Promise<Int16Array> {
    const from = this.heard.length;
    const wanted = (ms * SAMPLE_RATE) / 1000;
    await this.until(() => this.audio(from).length >= wanted, `${ms} ms of audio at the browser`);
    return this.audio(from);
  }

  async close(): Promise<void> {
    this.stop();
    await this.connection.close();
  }
}
