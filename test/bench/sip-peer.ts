/**
 * The telephone network of a benchmark: a UDP endpoint that rings, answers or says busy, and notes when each INVITE came.
 * It reads only what it must of a message, so that it costs little beside what is measured.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { performance } from 'node:perf_hooks';

export interface PeerCounts {
  invites: number;
  /** Requests that came a second time. */
  repeated: number;
  byes: number;
  cancels: number;
}

/** What a called number does: answers after a while, is busy (486) at once, or rings until the caller gives up. */
export type Behaviour = 'answers' | 'busy' | 'rings';

export interface SipPeerOptions {
  /** From 180 to 200. */
  readonly answerAfterMs: number;
  readonly behaviourOf: (number: string) => Behaviour;
}

export class SipPeer {
  readonly counts: PeerCounts = { invites: 0, repeated: 0, byes: 0, cancels: 0 };
  /** The number in the Request-URI, and the time (performance.now) at which the datagram was read. */
  onInvite: (number: string, at: number) => void = () => {};
  /** The number in the To header. */
  onEnd: (number: string, by: 'BYE' | 'CANCEL') => void = () => {};
  /** Told of each response, for whoever calls by `send`. */
  onResponse: (message: string) => void = () => {};
  /** Told of each INVITE once: its Call-ID, and the number in the Request-URI. */
  onCall: (callId: string, number: string) => void = () => {};
  readonly #options: SipPeerOptions;
  readonly #socket: Socket;
  readonly #rtp: Socket;
  readonly #seen = new Set<string>();
  /** Ends the calls that ring, by Call-ID. */
  readonly #ringing = new Map<string, () => void>();

  private constructor(options: SipPeerOptions, socket: Socket, rtp: Socket) {
    this.#options = options;
    this.#socket = socket;
    this.#rtp = rtp;
    socket.on('message', (bytes, from) => {
      const at = performance.now();
      this.#read(bytes.toString('latin1'), from, at);
    });
  }

  static async start(options: SipPeerOptions): Promise<SipPeer> {
    const [socket, rtp] = await Promise.all([bound(), bound()]);
    socket.setRecvBufferSize(4 * 1024 * 1024);
    return new SipPeer(options, socket, rtp);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(message: string, port: number): void {
    this.#socket.send(message, port, '127.0.0.1');
  }

  /** Where it hears audio. */
  get rtpPort(): number {
    return this.#rtp.address().port;
  }

  stop(): void {
    this.#socket.close();
    this.#rtp.close();
  }

  #read(message: string, from: RemoteInfo, at: number): void {
    const method = message.slice(0, message.indexOf(' '));
    if (method === 'SIP/2.0') this.onResponse(message);
    if (method === 'ACK' || method === 'SIP/2.0') return;
    const branch = `${method} ${message.match(/branch=([^;\s]+)/)?.[1]}`;
    if (this.#seen.has(branch)) {
      this.counts.repeated += 1;
      return;
    }
    this.#remember(branch);
    const respond = (status: string, body = '') => {
      const response = responseTo(message, status, this.port, body);
      this.#socket.send(response, from.port, from.address);
    };
    if (method === 'INVITE') {
      this.#invited(message, at, respond);
      return;
    }
    respond('200 OK');
    if (method !== 'BYE' && method !== 'CANCEL') return;
    if (method === 'BYE') this.counts.byes += 1;
    else this.#cancelled(message);
    this.onEnd(headerOf(message, 'To').match(/sips?:([^@;\s]+)/)?.[1] ?? '', method);
  }

  #invited(message: string, at: number, respond: (status: string, body?: string) => void): void {
    this.counts.invites += 1;
    const number = message.match(/^INVITE sips?:([^@;\s]+)/)?.[1] ?? '';
    this.onInvite(number, at);
    this.onCall(headerOf(message, 'Call-ID'), number);
    const behaviour = this.#options.behaviourOf(number);
    if (behaviour === 'busy') {
      respond('486 Busy Here');
      return;
    }
    respond('180 Ringing');
    const callId = headerOf(message, 'Call-ID');
    const answering =
      behaviour === 'answers' &&
      setTimeout(() => {
        this.#ringing.delete(callId);
        respond('200 OK', answer(this.#rtp.address().port));
      }, this.#options.answerAfterMs);
    this.#ringing.set(callId, () => {
      if (answering) clearTimeout(answering);
      respond('487 Request Terminated');
    });
  }

  #cancelled(message: string): void {
    this.counts.cancels += 1;
    const callId = headerOf(message, 'Call-ID');
    this.#ringing.get(callId)?.();
    this.#ringing.delete(callId);
  }

  /** Branches are kept for a while only: what is repeated comes soon. */
  #remember(branch: string): void {
    this.#seen.add(branch);
    if (this.#seen.size <= 10_000) return;
    const [oldest] = this.#seen;
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

export function headerOf(message: string, name: string): string {
  return message.match(new RegExp(`^${name}: *(.*?)\\r?$`, 'im'))?.[1] ?? '';
}

function responseTo(request: string, status: string, port: number, body: string): string {
  const vias = request.match(/^Via:.*$/gim) ?? [];
  const to = headerOf(request, 'To');
  const tagged = to.includes(';tag=') ? to : `${to};tag=peer`;
  return [
    `SIP/2.0 ${status}`,
    ...vias.map((via) => via.trimEnd()),
    `From: ${headerOf(request, 'From')}`,
    `To: ${tagged}`,
    `Call-ID: ${headerOf(request, 'Call-ID')}`,
    `CSeq: ${headerOf(request, 'CSeq')}`,
    `Contact: <sip:127.0.0.1:${port}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

export function answer(rtpPort: number): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${rtpPort} RTP/AVP 8 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=sendrecv',
    '',
  ].join('\r\n');
}
