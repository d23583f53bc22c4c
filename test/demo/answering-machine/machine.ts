/** The answering machine: a SIP user agent server over UDP (RFC 3261) that takes any number of calls at once, and texts. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  header,
  makeHeader,
  makeResponse,
  parseCSeq,
  parseMessage,
  parseNameAddr,
  parseUri,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  serialize,
  tagOf,
  userText,
} from '../../../sip/message/index.ts';
import { byeRequest, newTag } from './bye.ts';
import { CallBack } from './call-back.ts';
import { Conversation } from './conversation.ts';
import { type Line, lineOf } from './lines.ts';
import type { Report } from './report.ts';
import { retransmit } from './retransmit.ts';
import { answerOffer } from './sdp.ts';
import { textBack } from './text-back.ts';

const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, MESSAGE';
/** Nobody is kept waiting long for the answer, but long enough to see that it rings. */
const RING_MS = 800;
/** Time to put the telephone down. */
const CALL_BACK_AFTER_MS = 1_500;

interface Call {
  readonly invite: SipRequest;
  readonly from: RemoteInfo;
  readonly tag: string;
  readonly line: Line;
  /** The INVITE in progress: the first one, or a later one that changes the session. */
  transaction: { readonly cseq: number; last?: SipResponse; stop: () => void };
  state: 'ringing' | 'answered' | 'confirmed' | 'refused';
  conversation?: Conversation;
  ringTimer?: ReturnType<typeof setTimeout>;
  sdpVersion: number;
  held: boolean;
}

export interface MachineOptions {
  readonly host: string;
  /** 0 for any. */
  readonly port: number;
  readonly report: Report;
}

export class AnsweringMachine {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #report: Report;
  readonly #calls = new Map<string, Call>();
  /** Requests of ours outside of calls back that have no answer: by Call-ID, how to stop sending them. */
  readonly #unanswered = new Map<string, () => void>();
  /** Texts that were answered: one that comes again is not a second one. */
  readonly #texts = new Set<string>();
  readonly #callBacks = new Map<string, CallBack>();
  readonly #pauses = new Set<ReturnType<typeof setTimeout>>();

  private constructor(socket: Socket, { host, report }: MachineOptions) {
    this.#socket = socket;
    this.#host = host;
    this.#report = report;
    socket.on('message', (datagram, from) => this.#onDatagram(datagram, from));
  }

  static async start(options: MachineOptions): Promise<AnsweringMachine> {
    const socket = createSocket('udp4').bind(options.port, options.host);
    await once(socket, 'listening');
    const machine = new AnsweringMachine(socket, options);
    options.report({ event: 'listening', host: options.host, port: machine.port });
    return machine;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Hangs up every call and closes. */
  stop(): void {
    for (const [callId, call] of this.#calls) {
      if (call.state === 'confirmed') this.#sendBye(callId, call);
      this.#forget(callId, 'machine');
    }
    for (const pause of this.#pauses) clearTimeout(pause);
    for (const callBack of [...this.#callBacks.values()]) callBack.stop();
    for (const stop of this.#unanswered.values()) stop();
    this.#socket.close();
  }

  #onDatagram(datagram: Buffer, from: RemoteInfo): void {
    let message: SipMessage;
    try {
      message = parseMessage(datagram);
      // What is not SIP, or not all there, is dropped.
    } catch {
      return;
    }
    const callId = header(message, 'call-id') ?? '';
    const callBack = this.#callBacks.get(callId);
    if (callBack !== undefined) {
      if (message.kind === 'response') callBack.onResponse(message);
      else callBack.onRequest(message);
      return;
    }
    if (message.kind === 'response') {
      if (message.status >= 200) this.#unanswered.get(callId)?.();
      return;
    }
    const call = this.#calls.get(callId);
    switch (message.method) {
      case 'INVITE':
        if (call === undefined) this.#onInvite(message, callId, from);
        else this.#onInviteAgain(message, callId, call, from);
        return;
      case 'ACK':
        this.#onAck(callId, call);
        return;
      case 'CANCEL':
        this.#onCancel(message, callId, call, from);
        return;
      case 'BYE':
        this.#reply(from, makeResponse(message, call === undefined ? 481 : 200));
        this.#forget(callId, 'caller');
        return;
      case 'OPTIONS':
        this.#reply(from, makeResponse(message, 200, { toTag: newTag(), headers: [allow()] }));
        return;
      case 'INFO':
      case 'UPDATE':
        this.#reply(from, makeResponse(message, call === undefined ? 481 : 200));
        return;
      case 'MESSAGE':
        this.#onText(message, callId, from);
        return;
      default:
        this.#reply(from, makeResponse(message, 405, { toTag: newTag(), headers: [allow()] }));
    }
  }

  #onInvite(invite: SipRequest, callId: string, from: RemoteInfo): void {
    if (tagOf(parseNameAddr(header(invite, 'to') ?? '')) !== undefined) {
      this.#reply(from, makeResponse(invite, 481));
      return;
    }
    const number = numberOf(invite);
    const line = lineOf(number);
    const call: Call = {
      invite,
      from,
      tag: newTag(),
      line: line ?? 'busy',
      transaction: { cseq: cseqOf(invite), stop: () => {} },
      state: 'ringing',
      sdpVersion: 1,
      held: false,
    };
    this.#calls.set(callId, call);
    this.#report({ event: 'called', callId, number, line: line ?? 'unknown' });
    this.#reply(from, makeResponse(invite, 100));
    if (line === undefined) this.#refuse(callId, call, 404);
    else if (line === 'busy') this.#refuse(callId, call, 486);
    else if (line === 'call-back') {
      this.#refuse(callId, call, 603);
      this.#callBack(call, number);
    } else this.#ring(callId, call, line);
  }

  /** Calls whoever called, from the number that they dialled. */
  #callBack({ invite, from: target }: Call, number: string): void {
    const caller = parseUri(parseNameAddr(header(invite, 'from') ?? '').uri);
    const to = caller.kind === 'sip' ? (userText(caller) ?? '') : '';
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      const callBack = new CallBack({
        host: this.#host,
        port: this.port,
        from: number,
        to,
        target,
        report: this.#report,
        send: (message) => this.#socket.send(serialize(message), target.port, target.address),
        onOver: () => this.#callBacks.delete(callBack.callId),
      });
      this.#callBacks.set(callBack.callId, callBack);
    }, CALL_BACK_AFTER_MS);
    this.#pauses.add(pause);
  }

  #ring(callId: string, call: Call, line: Line): void {
    const ringing = makeResponse(call.invite, 180, { toTag: call.tag, headers: [this.#contact()] });
    call.transaction.last = ringing;
    this.#reply(call.from, ringing);
    this.#report({ event: 'ringing', callId });
    if (line === 'no-answer') return;
    call.ringTimer = setTimeout(() => void this.#answer(callId, call), RING_MS);
  }

  async #answer(callId: string, call: Call): Promise<void> {
    const conversation = await Conversation.open(this.#host, call.line, callId, this.#report, () => {
      this.#sendBye(callId, call);
      this.#forget(callId, 'machine');
    });
    if (call.state !== 'ringing') {
      conversation.close();
      return;
    }
    call.conversation = conversation;
    const answer = this.#agree(call, call.invite);
    if (answer === undefined) {
      this.#refuse(callId, call, 488);
      return;
    }
    call.state = 'answered';
    this.#sendFinal(callId, call, call.from, answer);
    this.#report({ event: 'answered', callId });
  }

  /** The INVITE once more, or one that changes the session. */
  #onInviteAgain(invite: SipRequest, callId: string, call: Call, from: RemoteInfo): void {
    if (cseqOf(invite) <= call.transaction.cseq) {
      if (call.transaction.last !== undefined) this.#reply(from, call.transaction.last);
      return;
    }
    call.transaction.stop();
    call.transaction = { cseq: cseqOf(invite), stop: () => {} };
    const answer = this.#agree(call, invite);
    if (answer === undefined) {
      this.#reply(from, makeResponse(invite, 488));
      return;
    }
    this.#sendFinal(callId, call, from, answer);
  }

  /** Answers an INVITE's offer and lets the audio follow it; undefined when nothing in it can be spoken. */
  #agree(call: Call, invite: SipRequest): SipResponse | undefined {
    const conversation = call.conversation;
    if (conversation === undefined) return undefined;
    const agreed = answerOffer(invite.body.toString(), this.#host, conversation.rtp.port, call.sdpVersion++);
    if (agreed === undefined) return undefined;
    conversation.rtp.agree(agreed);
    if (call.state === 'confirmed' && call.held === agreed.maySend) {
      call.held = !agreed.maySend;
      const callId = header(invite, 'call-id') ?? '';
      this.#report({ event: call.held ? 'held' : 'resumed', callId });
    }
    return makeResponse(invite, 200, {
      toTag: call.tag,
      headers: [this.#contact(), allow(), makeHeader('Content-Type', 'application/sdp')],
      body: Buffer.from(agreed.answer),
    });
  }

  #refuse(callId: string, call: Call, status: number): void {
    clearTimeout(call.ringTimer);
    call.state = 'refused';
    this.#sendFinal(callId, call, call.from, makeResponse(call.invite, status, { toTag: call.tag }));
    this.#report({ event: 'refused', callId, status });
  }

  /** A final answer to an INVITE goes out until its ACK comes. */
  #sendFinal(callId: string, call: Call, from: RemoteInfo, response: SipResponse): void {
    call.transaction.last = response;
    call.transaction.stop = retransmit(
      () => this.#reply(from, response),
      () => this.#forget(callId, 'machine'),
    );
  }

  #onAck(callId: string, call: Call | undefined): void {
    if (call === undefined) return;
    call.transaction.stop();
    if (call.state === 'refused') this.#calls.delete(callId);
    if (call.state !== 'answered') return;
    call.state = 'confirmed';
    call.conversation?.start();
  }

  #onCancel(cancel: SipRequest, callId: string, call: Call | undefined, from: RemoteInfo): void {
    this.#reply(from, makeResponse(cancel, call === undefined ? 481 : 200, { toTag: call?.tag ?? newTag() }));
    if (call?.state !== 'ringing') return;
    this.#report({ event: 'cancelled', callId });
    this.#refuse(callId, call, 487);
  }

  #forget(callId: string, by: 'caller' | 'machine'): void {
    const call = this.#calls.get(callId);
    if (call === undefined) return;
    this.#calls.delete(callId);
    clearTimeout(call.ringTimer);
    call.transaction.stop();
    const rtp = call.conversation?.rtp;
    call.conversation?.close();
    if (rtp === undefined) return;
    const { packetsIn, packetsLost, packetsOut } = rtp;
    this.#report({ event: 'ended', callId, by, packetsIn, packetsLost, packetsOut });
  }

  #sendBye(callId: string, { invite, from, tag }: Call): void {
    const bye = serialize(byeRequest(invite, { host: this.#host, port: this.port, tag }, from));
    this.#sendUntilAnswered(callId, bye, from);
  }

  /** Takes a text, and writes back. */
  #onText(text: SipRequest, callId: string, from: RemoteInfo): void {
    const number = numberOf(text);
    if (lineOf(number) === undefined) {
      this.#reply(from, makeResponse(text, 404, { toTag: newTag() }));
      return;
    }
    this.#reply(from, makeResponse(text, 200, { toTag: newTag() }));
    const key = `${callId} ${header(text, 'cseq')}`;
    if (this.#texts.has(key)) return;
    this.#texts.add(key);
    this.#report({ event: 'texted', callId, number });
    const back = textBack(text, { host: this.#host, port: this.port, number }, from);
    this.#sendUntilAnswered(header(back, 'call-id') ?? '', serialize(back), from);
  }

  #sendUntilAnswered(callId: string, request: Buffer, to: RemoteInfo): void {
    const stop = retransmit(
      () => this.#socket.send(request, to.port, to.address),
      () => this.#unanswered.delete(callId),
    );
    this.#unanswered.set(callId, () => {
      stop();
      this.#unanswered.delete(callId);
    });
  }

  #contact(): SipHeader {
    return makeHeader('Contact', `<sip:${this.#host}:${this.port}>`);
  }

  /** Answers go where the request came from (RFC 3581). */
  #reply(to: RemoteInfo, response: SipResponse): void {
    this.#socket.send(serialize(response), to.port, to.address);
  }
}

function allow(): SipHeader {
  return makeHeader('Allow', ALLOW);
}

function cseqOf(request: SipRequest): number {
  return parseCSeq(header(request, 'cseq') ?? '').number;
}

/** What was dialled: the user part of the Request-URI. */
function numberOf(request: SipRequest): string {
  const uri = parseUri(request.uri);
  return uri.kind === 'sip' ? (userText(uri) ?? '') : '';
}
