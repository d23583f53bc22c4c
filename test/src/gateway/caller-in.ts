/** Telephones that call in by the socket of a `SipPeer`: an INVITE, and what must follow it. They hear nothing. */
import { randomBytes } from 'node:crypto';
import { headerOf, answer as offer, type SipPeer } from '../../bench/sip-peer.ts';

interface OpenCall {
  readonly request: (method: string, cseq: string, more: { readonly to?: string; readonly branch?: string }) => string;
  /** To with the tag of whoever answered. */
  answered?: string;
}

export class CallerIn {
  readonly #peer: SipPeer;
  readonly #port: number;
  readonly #calls = new Map<string, OpenCall>();

  /** @param port of the gateway's SIP server */
  constructor(peer: SipPeer, port: number) {
    this.#peer = peer;
    this.#port = port;
    peer.onResponse = (message) => this.#respond(message);
  }

  /** @returns its Call-ID */
  call(from: string, called: string): string {
    const callId = `in-${randomBytes(8).toString('hex')}@network`;
    const branch = newBranch();
    const uri = `sip:${called}@127.0.0.1:${this.#port}`;
    const tag = randomBytes(4).toString('hex');
    const own = `127.0.0.1:${this.#peer.port}`;
    const request: OpenCall['request'] = (method, cseq, { to = `<${uri}>`, branch = newBranch() }) => {
      const body = method === 'INVITE' ? offer(this.#peer.rtpPort) : '';
      return [
        `${method} ${uri} SIP/2.0`,
        `Via: SIP/2.0/UDP ${own};branch=${branch};rport`,
        'Max-Forwards: 70',
        `From: <sip:${from}@127.0.0.1>;tag=${tag}`,
        `To: ${to}`,
        `Call-ID: ${callId}`,
        `CSeq: ${cseq} ${method}`,
        `Contact: <sip:${own}>`,
        ...(body === '' ? [] : ['Content-Type: application/sdp']),
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n');
    };
    const withBranch: OpenCall['request'] = (method, cseq, more) =>
      request(method, cseq, method === 'CANCEL' ? { ...more, branch } : more);
    this.#calls.set(callId, { request: withBranch });
    this.#peer.send(request('INVITE', '1', { branch }), this.#port);
    return callId;
  }

  /** BYE when it was answered, else CANCEL. */
  hangUp(callId: string): void {
    const call = this.#calls.get(callId);
    if (call === undefined) return;
    const { answered } = call;
    this.#peer.send(
      answered === undefined ? call.request('CANCEL', '1', {}) : call.request('BYE', '2', { to: answered }),
      this.#port,
    );
    this.#calls.delete(callId);
  }

  #respond(message: string): void {
    const status = Number(message.slice(8, 11));
    if (status < 200 || !/^CSeq: *1 INVITE/im.test(message)) return;
    const callId = headerOf(message, 'Call-ID');
    const call = this.#calls.get(callId);
    if (call === undefined) return;
    const to = headerOf(message, 'To');
    if (status < 300) {
      call.answered = to;
      this.#peer.send(call.request('ACK', '1', { to }), this.#port);
      return;
    }
    const branch = /branch=([^;\s]+)/.exec(headerOf(message, 'Via'))?.[1];
    this.#peer.send(call.request('ACK', '1', { to, ...(branch === undefined ? {} : { branch }) }), this.#port);
    this.#calls.delete(callId);
  }
}

function newBranch(): string {
  return `z9hG4bK${randomBytes(8).toString('hex')}`;
}
