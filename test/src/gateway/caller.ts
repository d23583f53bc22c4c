/** A telephone that calls us, message by message. */
import { randomBytes } from 'node:crypto';
import {
  header,
  makeHeader,
  makeResponse,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../../sip/message/index.ts';
import type { RawPeer } from '../../sip/server/raw-peer.ts';
import { answering } from './telephone.ts';

export interface InviteOptions {
  /** Default: an offer of PCMA that hears nothing. `undefined` asks for ours. */
  readonly sdp?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Caller {
  readonly callId = `call-${randomBytes(6).toString('hex')}@phone`;
  readonly #network: RawPeer;
  readonly #called: string;
  readonly #from: string;
  readonly #branch = `z9hG4bK${randomBytes(6).toString('hex')}`;
  #cseq = 1;
  /** To with the tag of the gateway. */
  #to: string;
  #target: string;

  /** @param from a whole From header, without its tag */
  constructor(network: RawPeer, called: string, from = '"Dora" <sip:+441818118181@127.0.0.1>') {
    this.#network = network;
    this.#called = called;
    this.#from = from;
    this.#target = `sip:${called}@127.0.0.1:${network.server}`;
    this.#to = `<${this.#target}>`;
  }

  invite(options: InviteOptions = {}): void {
    const sdp = 'sdp' in options ? (options.sdp ?? '') : answering();
    this.#send('INVITE', `${this.#cseq} INVITE`, this.#branch, sdp, options.headers);
  }

  /** CANCEL of the INVITE. */
  cancel(headers: Readonly<Record<string, string>> = {}): void {
    this.#send('CANCEL', `${this.#cseq} CANCEL`, this.#branch, '', headers);
  }

  /** The next response to the INVITE with this status; the dialog is learned from it, and a final one is acknowledged. */
  async response(status: number): Promise<SipResponse> {
    const response = await this.#next(`${status}`, (one) => {
      return one.kind === 'response' && one.status === status && header(one, 'cseq') === `${this.#cseq} INVITE`;
    });
    if (response.kind !== 'response') throw new Error('it is a response');
    this.#to = header(response, 'to') ?? this.#to;
    const contact = /<([^>]+)>/.exec(header(response, 'contact') ?? '')?.[1];
    if (status >= 300) this.#send('ACK', `${this.#cseq} ACK`, this.#branch, '');
    else if (contact !== undefined) this.#target = contact;
    return response;
  }

  /** ACK of the 200. */
  ack(sdp = ''): void {
    this.#send('ACK', `${this.#cseq} ACK`, newBranch(), sdp);
  }

  /** Sends a request inside the call; settles with its final response, which is acknowledged. */
  async ask(method: string, sdp = '', headers: Readonly<Record<string, string>> = {}): Promise<SipResponse> {
    this.#cseq += 1;
    const cseq = `${this.#cseq} ${method}`;
    this.#send(method, cseq, newBranch(), sdp, headers);
    const response = await this.#next(`the response to ${cseq}`, (one) => {
      return one.kind === 'response' && one.status >= 200 && header(one, 'cseq') === cseq;
    });
    if (method === 'INVITE') this.#send('ACK', `${this.#cseq} ACK`, newBranch(), '');
    return response as SipResponse;
  }

  /** The next request of this method inside the call. */
  async request(method: string): Promise<SipRequest> {
    return (await this.#next(method, (one) => one.kind === 'request' && one.method === method)) as SipRequest;
  }

  /** Answers a request of the gateway. */
  respond(request: SipRequest, status: number, sdp = ''): void {
    const described = sdp === '' ? [] : [makeHeader('Content-Type', 'application/sdp')];
    const headers = [makeHeader('Contact', `<${this.#network.uri}>`), ...described];
    this.#network.send(makeResponse(request, status, { toTag: 'caller', headers, body: Buffer.from(sdp) }));
  }

  #next(what: string, matches: (message: SipMessage) => boolean): Promise<SipMessage> {
    return this.#network.next(what, (one) => header(one, 'call-id') === this.callId && matches(one));
  }

  #send(
    method: string,
    cseq: string,
    branch: string,
    sdp: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const ofInvite = method === 'CANCEL' || (method === 'ACK' && branch === this.#branch);
    const uri =
      method === 'INVITE' || ofInvite ? `sip:${this.#called}@127.0.0.1:${this.#network.server}` : this.#target;
    const text = this.#network.write(
      method,
      {
        uri,
        Via: `SIP/2.0/UDP 127.0.0.1:${this.#network.port};branch=${branch}`,
        From: `${this.#from};tag=caller`,
        To: this.#to,
        'Call-ID': this.callId,
        CSeq: cseq,
        ...headers,
      },
      sdp,
    );
    this.#network.send(text);
  }
}

const newBranch = (): string => `z9hG4bK${randomBytes(6).toString('hex')}`;
