/** A telephone network that speaks before it answers: says 18x, 2xx or a refusal when told, and plays a tone meanwhile. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { encodeG711, tone } from '../audio.ts';

const FRAME_MS = 20;
const FRAME_BYTES = 160;

export interface Announcer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Settles when a request of this method has come. */
  received(method: 'INVITE' | 'CANCEL' | 'ACK' | 'BYE'): Promise<void>;
  /** Answers the INVITE; with `sdp` it describes its audio. */
  reply(status: number, phrase: string, options?: { readonly sdp?: boolean }): void;
  /** Plays a tone to the caller from now on. */
  play(hz: number): void;
  silence(): void;
  close(): Promise<void>;
}

/** Starts one, for one call. */
export async function startAnnouncer(): Promise<Announcer> {
  const sip = await bound();
  const rtp = await bound();
  const seen = new Map<string, () => void>();
  const waiting = new Map<string, Promise<void>>();
  const arrival = (method: string): Promise<void> => {
    const known = waiting.get(method);
    if (known) return known;
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.set(method, promise);
    seen.set(method, resolve);
    return promise;
  };
  let invite: Request | undefined;
  let player: NodeJS.Timeout | undefined;

  sip.on('message', (message, from) => {
    const request = new Request(message.toString(), { host: from.address, port: from.port });
    if (request.method === 'INVITE') {
      if (invite) return;
      invite = request;
    } else if (request.method === 'BYE' || request.method === 'CANCEL') send(sip, request, 200, 'OK');
    if (request.method === 'CANCEL' && invite) send(sip, invite, 487, 'Request Terminated');
    void arrival(request.method);
    seen.get(request.method)?.();
  });

  const mediaPort = (rtp.address() as AddressInfo).port;
  return {
    host: '127.0.0.1',
    port: (sip.address() as AddressInfo).port,
    received: arrival,
    reply(status, phrase, { sdp = false } = {}) {
      if (!invite) throw new Error('there is no INVITE to answer');
      send(sip, invite, status, phrase, sdp ? description(mediaPort) : undefined);
    },
    play(hz) {
      clearInterval(player);
      const target = invite?.media;
      if (!target) throw new Error('there is no INVITE that says where audio goes');
      const audio = encodeG711(tone(hz, 1_000), 'PCMU');
      let frame = 0;
      player = setInterval(() => {
        const at = (frame * FRAME_BYTES) % audio.length;
        rtp.send(Buffer.concat([rtpHeader(frame), audio.subarray(at, at + FRAME_BYTES)]), target.port, target.host);
        frame += 1;
      }, FRAME_MS);
    },
    silence: () => clearInterval(player),
    async close() {
      clearInterval(player);
      await Promise.all([sip, rtp].map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
    },
  };
}

interface Target {
  readonly host: string;
  readonly port: number;
}

class Request {
  readonly method: string;
  readonly from: Target;
  readonly #text: string;

  constructor(text: string, from: Target) {
    this.#text = text;
    this.from = from;
    this.method = /^\S+/.exec(text)?.[0] ?? '';
  }

  /** All header lines of this name, as they came. */
  headers(name: string): string[] {
    return this.#text.split('\r\n').filter((line) => line.toLowerCase().startsWith(`${name}:`));
  }

  /** Where its SDP wants audio. */
  get media(): Target {
    const host = /^c=IN IP4 (\S+)/m.exec(this.#text)?.[1];
    const port = /^m=audio (\d+)/m.exec(this.#text)?.[1];
    if (host === undefined || port === undefined) throw new Error('the INVITE has no SDP');
    return { host, port: Number(port) };
  }
}

function send(socket: Socket, request: Request, status: number, phrase: string, body = ''): void {
  const { port } = socket.address() as AddressInfo;
  const [to = 'To:'] = request.headers('to');
  const lines = [
    `SIP/2.0 ${status} ${phrase}`,
    ...request.headers('via'),
    ...request.headers('record-route'),
    ...request.headers('from'),
    /;tag=/.test(to) ? to : `${to};tag=announcer`,
    ...request.headers('call-id'),
    ...request.headers('cseq'),
    `Contact: <sip:announcer@127.0.0.1:${port}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ];
  socket.send(lines.join('\r\n'), request.from.port, request.from.host);
}

function description(mediaPort: number): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${mediaPort} RTP/AVP 0 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    '',
  ].join('\r\n');
}

/** RFC 3550 §5.1, payload type 0. */
function rtpHeader(frame: number): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(0x80, 0);
  header.writeUInt16BE(frame & 0xffff, 2);
  header.writeUInt32BE((frame * FRAME_BYTES) >>> 0, 4);
  header.writeUInt32BE(0x5eed, 8);
  return header;
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
