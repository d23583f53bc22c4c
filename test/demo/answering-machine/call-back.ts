/** The answering machine calls somebody: one call out over UDP, without an offer of its own (RFC 3261 §13.2.1, late offer). */
import type { RemoteInfo } from 'node:dgram';
import {
  header,
  makeHeader,
  makeResponse,
  parseCSeq,
  parseNameAddr,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../../sip/message/index.ts';
import { newTag } from './bye.ts';
import { Conversation } from './conversation.ts';
import type { Report } from './report.ts';
import { retransmit } from './retransmit.ts';
import { answerOffer } from './sdp.ts';

export interface CallBackOptions {
  /** This end. */
  readonly host: string;
  readonly port: number;
  /** The number that calls, and the one that is called. */
  readonly from: string;
  readonly to: string;
  /** Where it is sent. */
  readonly target: Pick<RemoteInfo, 'address' | 'port'>;
  readonly report: Report;
  readonly send: (message: SipMessage) => void;
  /** It is over. */
  readonly onOver: () => void;
}

export class CallBack {
  readonly callId = `${newTag()}@trunkline.demo`;
  readonly #options: CallBackOptions;
  readonly #tag = newTag();
  readonly #branch = `z9hG4bK${newTag()}`;
  readonly #stopInvite: () => void;
  #stopBye = () => {};
  #ack: SipRequest | undefined;
  #answer: SipResponse | undefined;
  #conversation: Conversation | undefined;

  constructor(options: CallBackOptions) {
    this.#options = options;
    options.report({ event: 'calls-back', callId: this.callId, number: options.to });
    const invite = this.#request('INVITE', this.#target, this.#branch, 1, `<${this.#target}>`);
    this.#stopInvite = retransmit(
      () => options.send(invite),
      () => this.#end(),
    );
  }

  onResponse(response: SipResponse): void {
    const { method } = parseCSeq(header(response, 'cseq') ?? '');
    if (method === 'BYE') this.#end();
    if (method !== 'INVITE') return;
    this.#stopInvite();
    if (response.status < 200) return;
    if (response.status < 300) void this.#onAnswered(response);
    else this.#onRefused(response);
  }

  onRequest(request: SipRequest): void {
    if (request.method === 'ACK') return;
    this.#options.send(makeResponse(request, request.method === 'INVITE' ? 488 : 200));
    if (request.method === 'BYE') this.#end('caller');
  }

  /** Hangs up, and waits for no answer. */
  stop(): void {
    if (this.#answer !== undefined) this.#sendBye();
    this.#end();
  }

  /** A 200 that comes again is acknowledged again. */
  async #onAnswered(response: SipResponse): Promise<void> {
    if (this.#answer !== undefined) {
      if (this.#ack !== undefined) this.#options.send(this.#ack);
      return;
    }
    this.#answer = response;
    const { host, report } = this.#options;
    const conversation = await Conversation.open(host, 'call-back', this.callId, report, () => this.#sendBye());
    const agreed = answerOffer(response.body.toString(), host, conversation.rtp.port, 1);
    const body = Buffer.from(agreed?.answer ?? '');
    const type = agreed === undefined ? [] : [makeHeader('Content-Type', 'application/sdp')];
    this.#ack = this.#request(
      'ACK',
      this.#contact(response),
      `z9hG4bK${newTag()}`,
      1,
      header(response, 'to') ?? '',
      type,
      body,
    );
    this.#options.send(this.#ack);
    this.#conversation = conversation;
    if (agreed === undefined) {
      this.#sendBye();
      return;
    }
    conversation.rtp.agree(agreed);
    conversation.start();
    report({ event: 'answered', callId: this.callId });
  }

  #onRefused(response: SipResponse): void {
    // RFC 3261 §17.1.1.3: the branch of the INVITE.
    this.#options.send(this.#request('ACK', this.#target, this.#branch, 1, header(response, 'to') ?? ''));
    this.#options.report({ event: 'refused', callId: this.callId, status: response.status });
    this.#end();
  }

  #sendBye(): void {
    const answer = this.#answer;
    if (answer === undefined) return;
    const bye = this.#request('BYE', this.#contact(answer), `z9hG4bK${newTag()}`, 2, header(answer, 'to') ?? '');
    this.#stopBye = retransmit(
      () => this.#options.send(bye),
      () => this.#end(),
    );
  }

  #end(by: 'caller' | 'machine' = 'machine'): void {
    this.#stopInvite();
    this.#stopBye();
    const conversation = this.#conversation;
    this.#conversation = undefined;
    conversation?.close();
    if (conversation !== undefined) {
      const { packetsIn, packetsLost, packetsOut } = conversation.rtp;
      this.#options.report({ event: 'ended', callId: this.callId, by, packetsIn, packetsLost, packetsOut });
    }
    this.#options.onOver();
  }

  get #target(): string {
    const { to, target } = this.#options;
    return `sip:${to}@${target.address}:${target.port}`;
  }

  #contact(response: SipResponse): string {
    const contact = header(response, 'contact');
    return contact === undefined ? this.#target : parseNameAddr(contact).uri;
  }

  #request(
    method: string,
    uri: string,
    branch: string,
    cseq: number,
    to: string,
    more: readonly SipHeader[] = [],
    body: Buffer = Buffer.alloc(0),
  ): SipRequest {
    const { host, port, from } = this.#options;
    return {
      kind: 'request',
      method,
      uri,
      headers: [
        makeHeader('Via', `SIP/2.0/UDP ${host}:${port};branch=${branch};rport`),
        makeHeader('Max-Forwards', '70'),
        makeHeader('From', `<sip:${from}@${host}>;tag=${this.#tag}`),
        makeHeader('To', to),
        makeHeader('Call-ID', this.callId),
        makeHeader('CSeq', `${cseq} ${method}`),
        makeHeader('Contact', `<sip:${host}:${port}>`),
        ...more,
      ],
      body,
    };
  }
}
