/** One call as a telephone sees it, message by message. */
import {
  header,
  makeHeader,
  makeResponse,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../../sip/message/index.ts';
import type { RawPeer } from '../../sip/server/raw-peer.ts';

export interface Reply {
  readonly tag?: string;
  readonly phrase?: string;
  readonly sdp?: string | Buffer;
  readonly headers?: readonly SipHeader[];
}

export class Telephone {
  readonly invite: SipRequest;
  readonly #network: RawPeer;
  #cseq = 100;

  constructor(network: RawPeer, invite: SipRequest) {
    this.#network = network;
    this.invite = invite;
  }

  get callId(): string {
    return header(this.invite, 'call-id') ?? '';
  }

  /** The SDP of the INVITE. */
  get offer(): string {
    return this.invite.body.toString();
  }

  /** Answers the INVITE. */
  reply(status: number, reply: Reply = {}): void {
    this.respond(this.invite, status, reply);
  }

  respond(request: SipRequest, status: number, { tag = 'phone', phrase, sdp, headers = [] }: Reply = {}): void {
    const response = makeResponse(request, status, {
      toTag: tag,
      ...(phrase === undefined ? {} : { phrase }),
      headers: [
        makeHeader('Contact', `<${this.#network.uri}>`),
        ...(sdp === undefined ? [] : [makeHeader('Content-Type', 'application/sdp')]),
        ...headers,
      ],
      body: sdp === undefined ? Buffer.alloc(0) : Buffer.from(sdp),
    });
    this.#network.send(response);
  }

  /** The next request of this method in the call. */
  async request(method: string): Promise<SipRequest> {
    const isOurs = (one: SipMessage) => one.kind === 'request' && one.method === method && this.#isOurs(one);
    return (await this.#network.next(`${method} of ${this.callId}`, isOurs)) as SipRequest;
  }

  /** The next response to a request of ours. */
  async response(cseq: string): Promise<SipResponse> {
    const isOurs = (one: SipMessage) =>
      one.kind === 'response' && one.status >= 200 && header(one, 'cseq') === cseq && this.#isOurs(one);
    return (await this.#network.next(`response to ${cseq}`, isOurs)) as SipResponse;
  }

  /** Sends a request inside the call and settles with its final response, which is acknowledged. */
  async ask(
    method: string,
    body = '',
    lines: Readonly<Record<string, string>> = {},
    tag = 'phone',
  ): Promise<SipResponse> {
    const cseq = this.tell(method, body, lines, tag);
    const response = await this.response(cseq);
    if (method === 'INVITE') this.tell('ACK', '', { CSeq: cseq.replace('INVITE', 'ACK') }, tag);
    return response;
  }

  /** Sends a request inside the call. @returns its CSeq */
  tell(method: string, body = '', lines: Readonly<Record<string, string>> = {}, tag = 'phone'): string {
    const cseq = lines.CSeq ?? `${++this.#cseq} ${method}`;
    const contact = /<([^>]+)>/.exec(header(this.invite, 'contact') ?? '')?.[1] ?? '';
    const text = this.#network.write(
      method,
      {
        uri: contact,
        From: `${header(this.invite, 'to')};tag=${tag}`,
        To: header(this.invite, 'from') ?? '',
        'Call-ID': this.callId,
        CSeq: cseq,
        ...lines,
      },
      body,
    );
    this.#network.send(text);
    return cseq;
  }

  #isOurs(message: SipMessage): boolean {
    return header(message, 'call-id') === this.callId;
  }
}

/** An answer of a telephone. @param port where it hears RTP; the default hears nothing */
export function answering(port = 9, lines: readonly string[] = []): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 8 101`,
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    ...lines,
    '',
  ].join('\r\n');
}
