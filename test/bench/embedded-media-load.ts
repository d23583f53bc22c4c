/**
 * The far ends of the media benchmark, in a process of their own: for each call a WebRTC client and a telephone, which
 * send each other frames of 20 ms through the engine and measure how long each was on its way.
 */
import { createSocket, type Socket } from 'node:dgram';
import { createRtpFields, readRtp, writeRtpHeader } from '../../media/embedded/rtp/packet.ts';
import { sessionSettings } from '../../media/embedded/settings.ts';
import { type Certificate, createCertificate } from '../../media/embedded/webrtc/dtls.ts';
import { WebRtcTransport } from '../../media/embedded/webrtc/transport.ts';
import { readWebRtcDescription, writeWebRtcDescription } from '../../media/sdp/index.ts';

export type ToLoad =
  | { readonly type: 'call' }
  | { readonly type: 'answer'; readonly call: number; readonly webrtcAnswer: string; readonly rtpPort: number }
  | { readonly type: 'measure'; readonly seconds: number }
  | { readonly type: 'stop' };

export type FromLoad =
  | { readonly type: 'offer'; readonly call: number; readonly webrtcOffer: string; readonly rtpAnswer: string }
  | { readonly type: 'connected'; readonly call: number }
  | { readonly type: 'measured'; readonly figures: LoadFigures };

export interface LoadFigures {
  readonly sent: number;
  readonly received: number;
  readonly late: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const FRAME_MS = 20;
const PACKET_BYTES = 172;
const LATE_MS = 10;
const MAGIC = 0x5ca1ab1e;
/** Latencies in steps of a tenth of a millisecond, up to a second. */
const histogram = new Uint32Array(10_000);
const settings = sessionSettings({ webrtc: { bindAddresses: ['127.0.0.1'], turn: 'never' } }, []);

let isMeasuring = false;
let sent = 0;
let received = 0;
let late = 0;
let maxMs = 0;

class LoadCall {
  readonly #fields = createRtpFields();
  readonly #telephone: Socket;
  readonly #client: WebRtcTransport;
  #sequence = 0;
  #rtpPort = 0;
  #isConnected = false;

  static async open(certificate: Certificate, onConnected: () => void): Promise<LoadCall> {
    const telephone = createSocket({ type: 'udp4', lookup: (host, _options, callback) => callback(null, host, 4) });
    await new Promise<void>((resolve) => telephone.bind(0, '127.0.0.1', resolve));
    let call: LoadCall | undefined;
    const client = await WebRtcTransport.open({
      settings,
      port: 0,
      certificate,
      turn: undefined,
      listener: {
        rtp: (packet, length) => call?.receive(packet, length),
        rtcp: () => {},
        foreign: () => {},
        closed: () => {},
        connected: () => {
          if (call) call.#isConnected = true;
          onConnected();
        },
        failed: (why, reason) => {
          throw new Error(`${why}: ${reason}`);
        },
      },
    });
    client.becomeOfferer();
    await client.gather();
    call = new LoadCall(telephone, client);
    return call;
  }

  private constructor(telephone: Socket, client: WebRtcTransport) {
    this.#telephone = telephone;
    this.#client = client;
    telephone.on('message', (packet) => this.receive(packet, packet.length));
  }

  offer(): string {
    const { ufrag, pwd, candidates } = this.#client.localIce;
    return writeWebRtcDescription(
      [{ type: 'audio', protocol: 'UDP/TLS/RTP/SAVPF', payloads: '0', mid: '0', rejected: false }],
      0,
      {
        sessionId: '1',
        sessionVersion: 1,
        iceUfrag: ufrag,
        icePwd: pwd,
        candidates,
        fingerprint: this.#client.fingerprint,
        setup: 'actpass',
        direction: 'sendrecv',
        codecs: [{ codec: 'PCMU', payloadType: 0 }],
        telephoneEvent: 126,
        ssrc: 1,
        cname: 'load',
        streamId: 's',
        trackId: 't',
      },
    );
  }

  rtpAnswer(): string {
    const port = this.#telephone.address().port;
    return `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
  }

  accept(webrtcAnswer: string, rtpPort: number): void {
    this.#rtpPort = rtpPort;
    const remote = readWebRtcDescription(webrtcAnswer);
    this.#client.setRemote(remote);
    this.#client.addCandidates(remote.candidates.map((entry) => entry.candidate));
    this.#client.start('active', remote.fingerprints);
  }

  sendFrames(): void {
    if (!this.#isConnected) return;
    this.#sequence++;
    const toClient = this.#packet(2);
    this.#telephone.send(toClient, 0, PACKET_BYTES, this.#rtpPort, '127.0.0.1');
    this.#client.sendRtp(this.#packet(3), PACKET_BYTES);
    if (isMeasuring) sent += 2;
  }

  receive(packet: Buffer, length: number): void {
    if (!isMeasuring || !readRtp(packet, length, this.#fields)) return;
    const at = this.#fields.payloadStart;
    if (length < at + 12 || packet.readUInt32BE(at) !== MAGIC) return;
    const ms = performance.now() - packet.readDoubleBE(at + 4);
    received++;
    if (ms > LATE_MS) late++;
    if (ms > maxMs) maxMs = ms;
    const slot = Math.min(histogram.length - 1, Math.floor(ms * 10));
    histogram[slot] = (histogram[slot] as number) + 1;
  }

  async close(): Promise<void> {
    this.#telephone.close();
    await this.#client.close();
  }

  #packet(ssrc: number): Buffer {
    const packet = Buffer.alloc(PACKET_BYTES + 16, 0xff);
    writeRtpHeader(packet, 0, false, this.#sequence & 0xffff, (this.#sequence * 160) >>> 0, ssrc);
    packet.writeUInt32BE(MAGIC, 12);
    packet.writeDoubleBE(performance.now(), 16);
    return packet;
  }
}

const calls: LoadCall[] = [];
const certificate = createCertificate();
const tell = (message: FromLoad): void => void process.send?.(message);

process.on('message', (message: ToLoad) => void handle(message));

/** Each call has its own millisecond within the frame, as real calls have. */
let slot = Math.floor(performance.now());
setInterval(() => {
  const now = Math.floor(performance.now());
  for (slot = Math.max(slot, now - FRAME_MS); slot < now; slot++) {
    for (let i = slot % FRAME_MS; i < calls.length; i += FRAME_MS) calls[i]?.sendFrames();
  }
}, 1);

async function handle(message: ToLoad): Promise<void> {
  switch (message.type) {
    case 'call': {
      const number = calls.length;
      const opening = LoadCall.open(await certificate, () => tell({ type: 'connected', call: number }));
      const call = await opening;
      calls.push(call);
      tell({ type: 'offer', call: number, webrtcOffer: call.offer(), rtpAnswer: call.rtpAnswer() });
      break;
    }
    case 'answer':
      calls[message.call]?.accept(message.webrtcAnswer, message.rtpPort);
      break;
    case 'measure':
      histogram.fill(0);
      sent = 0;
      received = 0;
      late = 0;
      maxMs = 0;
      isMeasuring = true;
      setTimeout(() => {
        tell({ type: 'measured', figures: { sent, received, late, medianMs: at(0.5), p99Ms: at(0.99), maxMs } });
        isMeasuring = false;
      }, message.seconds * 1000);
      break;
    case 'stop':
      await Promise.all(calls.map((call) => call.close()));
      process.exit(0);
      break;
    default:
      message satisfies never;
  }
}

function at(share: number): number {
  let seen = 0;
  for (let i = 0; i < histogram.length; i++) {
    seen += histogram[i] as number;
    if (seen >= received * share) return i / 10;
  }
  return 0;
}
