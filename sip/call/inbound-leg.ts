/** One call that comes in: runs what `inbound-machine.ts` decides. */
import {
  type InboundLeg,
  type Party,
  type Refusal,
  type SipCallId,
  type SipFailure,
  type SipLeg,
  type SipLegListener,
  SipRequestError,
} from '../leg.ts';
import {
  header,
  headerHasToken,
  lenient,
  parseCSeq,
  parseNameAddr,
  reasons,
  type SipRequest,
  sessionDescription,
} from '../message/index.ts';
import { endBy, sendBye, sendByeAfter } from './bye.ts';
import { DialogClient } from './dialog-client.ts';
import { calledDialog, type DialogFacts, type DialogHolder } from './dialog-facts.ts';
import { NO_CALL, reasonFacts } from './failure.ts';
import { INITIAL_INBOUND, stepInbound } from './inbound-machine.ts';
import { InboundReplies } from './inbound-replies.ts';
import type { InboundEffect, InboundInput, InboundState } from './inbound-states.ts';
import { addressIn, lastWillOf } from './last-will.ts';
import { LegEvents } from './leg-events.ts';
import type { HangupCause } from './leg-states.ts';
import { type LegWorld, sessionIn } from './leg-world.ts';
import { PartyWatch } from './party-watch.ts';
import { referTo } from './refer-to.ts';
import type { Session } from './session.ts';
import type { IncomingRequest, SentReply } from './stack.ts';

export interface InboundLegParts extends LegWorld {
  readonly invite: IncomingRequest;
  readonly caller: Party;
  /** Of an extension. */
  readonly account: string | undefined;
  /** Headers of the 2xx by which the session timer is agreed on. */
  readonly timerHeaders: Readonly<Record<string, string>>;
}

export class InboundCallLeg implements InboundLeg, DialogHolder {
  readonly trunk: string;
  readonly sipCallId: SipCallId;
  readonly #parts: InboundLegParts;
  readonly #events: LegEvents;
  readonly #party: PartyWatch;
  readonly #replies: InboundReplies;
  readonly #answer = Promise.withResolvers<string | undefined>();
  readonly #detach: () => void;
  #state: InboundState = INITIAL_INBOUND;
  #session: Session | undefined;
  #lastDialog: DialogFacts | undefined;
  /** The last response that made or belongs to the dialog. */
  #sent: SentReply | undefined;
  #localSdp = '';
  /** The answer to an offer of ours: in the PRACK or in the ACK. */
  #lateAnswer: string | undefined;
  #farSideEnds = false;

  /** To be made in the turn in which the INVITE came: what follows it would be missed otherwise. */
  constructor(parts: InboundLegParts) {
    const { invite, stack, logger, trunk } = parts;
    this.#parts = parts;
    this.trunk = trunk.name;
    this.sipCallId = (header(invite.message, 'call-id') ?? '') as SipCallId;
    this.#events = new LegEvents(parts);
    this.#party = new PartyWatch(parts.readParty, parts.caller);
    this.#replies = new InboundReplies(invite, trunk, parts.timerHeaders);
    this.#detach = stack.attach(this.sipCallId, (request) => this.#incoming(request), logger);
    // Nobody has to wait for the ACK: a call that is cancelled meanwhile says so by its events.
    this.#answer.promise.catch(() => undefined);
    invite.onUpdate((update) => this.#incoming(update));
    invite.onCancel((cancel) => this.#cancelled(cancel));
  }

  get lastDialog(): DialogFacts | undefined {
    return this.#lastDialog;
  }

  get lastWill(): string | undefined {
    if (this.#state.name !== 'confirmed') return undefined;
    const { account, invite } = this.#parts;
    return lastWillOf({
      trunk: this.trunk,
      account,
      made: invite.message,
      source: invite.source,
      callId: this.sipCallId,
      from: addressIn(this.#sent?.message, 'to'),
      to: addressIn(invite.message, 'from'),
    });
  }

  get dialog(): DialogFacts | undefined {
    if (this.#sent === undefined || this.#state.name === 'terminated') return undefined;
    return calledDialog(this.#parts.invite.message, this.#sent.message, this.#state.name === 'confirmed');
  }

  listen(listener: SipLegListener): void {
    this.#events.listen(listener);
  }

  ring(): void {
    this.#dispatch({ type: 'ring' });
  }

  progress(sdp: string): void {
    this.#dispatch({ type: 'progress', sdp });
  }

  answer(sdp: string): Promise<string | undefined> {
    if (this.#state.name === 'terminated') this.#answer.reject(new SipRequestError(CALLER_GONE));
    this.#dispatch({ type: 'answer', sdp });
    return this.#answer.promise;
  }

  reject(refusal: Refusal): void {
    this.#dispatch({ type: 'reject', refusal });
  }

  hangup(cause?: HangupCause): void {
    this.#dispatch({ type: 'hangup', ...(cause === undefined ? {} : { cause }) });
  }

  reoffer(sdp: string): Promise<string> {
    if (this.#session === undefined || this.#state.name !== 'confirmed')
      return Promise.reject(new SipRequestError(NO_CALL));
    return this.#session.reoffer(sdp);
  }

  sendDtmfInfo(digit: string, durationMs: number): void {
    if (this.#state.name === 'confirmed') this.#session?.sendDtmf(digit, durationMs);
  }

  async refer(to: string | SipLeg): Promise<void> {
    const value = referTo(this.#parts.trunk, to);
    if (this.#session === undefined || this.#state.name !== 'confirmed') throw new SipRequestError(NO_CALL);
    const us = lenient(() => parseNameAddr(header(this.#parts.invite.message, 'to') ?? ''))?.uri;
    await this.#session.refer(value, us === undefined ? undefined : `<${us}>`);
  }

  connectionLost(): void {
    this.#dispatch({ type: 'connection-lost' });
  }

  #dispatch(input: InboundInput): void {
    const { state, effects } = stepInbound(this.#state, input);
    if (state.name !== this.#state.name) {
      this.#parts.logger.debug({ from: this.#state.name, to: state.name, input: input.type }, 'the SIP leg moves on');
    }
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: InboundEffect): void {
    const { logger } = this.#parts;
    switch (effect.type) {
      case 'emit':
        this.#events.emit(effect.event);
        break;
      case 'send-ringing':
        this.#replies.ringing((sent) => this.#wasSent(180, sent));
        break;
      case 'send-progress':
        this.#replies.progress(effect.sdp, (sent) => this.#wasSent(183, sent));
        this.#localSdp = effect.sdp;
        break;
      case 'send-answer':
        logger.info('answering the call');
        this.#localSdp = effect.sdp;
        this.#replies.answer(effect.sdp, (sent) => this.#wasSent(200, sent));
        break;
      case 'send-refusal':
        logger.info({ status: effect.refusal.status, q850: effect.refusal.q850 }, 'refusing the call');
        this.#replies.refuse(effect.refusal);
        break;
      case 'send-bye':
        sendByeAfter(
          this.#session?.mayEnd(),
          () => this.#state.name === 'terminating',
          () => sendBye(this.#client(), effect.cause, logger, () => this.#dispatch({ type: 'bye-done' })),
        );
        break;
      case 'open-session':
        this.#openSession();
        break;
      case 'close-session':
        this.#session?.close(this.#farSideEnds);
        break;
      case 'settle-answer':
        this.#answer.resolve(this.#lateAnswer);
        break;
      case 'fail-answer':
        this.#answer.reject(new SipRequestError(effect.failure));
        break;
      case 'leave-behind': {
        const dialogId = this.#sent?.dialogId;
        if (dialogId !== undefined) this.#parts.onLeftBehind({ what: 'dialog', dialogId });
        break;
      }
      case 'release':
        this.#detach();
        this.#parts.onReleased();
        break;
      default:
        effect satisfies never;
    }
  }

  #wasSent(status: number, sent: SentReply | undefined): void {
    if (sent === undefined) this.#dispatch({ type: 'unsent', status });
    else this.#sent = sent;
  }

  #client(): DialogClient | undefined {
    const { stack, digest, trunk, logger } = this.#parts;
    const dialogId = this.#sent?.dialogId;
    return dialogId === undefined
      ? undefined
      : new DialogClient({ stack, dialogId, digest, userAgent: trunk.userAgent, logger });
  }

  #openSession(): void {
    this.#lastDialog = this.dialog;
    const client = this.#client();
    const { message } = this.#parts.invite;
    if (client === undefined) return;
    this.#ensureSession().establish(client, {
      takesUpdate: headerHasToken(message, 'allow', 'UPDATE'),
      timer: this.#replies.timer,
      localSdp: this.#localSdp,
    });
  }

  #ensureSession(): Session {
    this.#session ??= sessionIn(this.#parts, {
      contact: () => (this.#sent === undefined ? undefined : header(this.#sent.message, 'contact')),
      ours: false,
      localSdp: this.#localSdp,
      emit: (event) => this.#events.emit(event),
      identify: (message) => this.#party.changed(message),
      onLost: (lost) => this.#dispatch(lost),
    });
    return this.#session;
  }

  #incoming(request: IncomingRequest): void {
    const { message } = request;
    if (message.method === 'BYE') {
      this.#byeReceived(request);
      return;
    }
    if (request.fromServer) return;
    const { name } = this.#state;
    if (name === 'terminating' || name === 'terminated' || name === 'leaving') {
      if (message.method === 'ACK') this.#acknowledged(message);
      else request.respond(481);
    } else if (message.method === 'ACK' && name === 'answered') this.#acknowledged(message);
    else if (message.method === 'PRACK') this.#pracked(request);
    else {
      const early = { described: this.#replies.answeredEarly, refusal: 500 } as const;
      this.#ensureSession().handle(request, name === 'confirmed' ? undefined : early);
    }
  }

  #acknowledged(ack: SipRequest): void {
    const { message } = this.#parts.invite;
    if (cseqOf(ack) !== cseqOf(message)) return;
    if (this.#replies.offerless) this.#lateAnswer = lenient(() => sessionDescription(ack)) ?? this.#lateAnswer;
    this.#dispatch({
      type: 'acknowledged',
      described: !this.#replies.offerless || this.#lateAnswer !== undefined,
    });
  }

  /** RFC 3262 §5: the answer to the offer of a reliable 1xx is in its PRACK. */
  #pracked(request: IncomingRequest): void {
    const sdp = lenient(() => sessionDescription(request.message));
    if (sdp !== undefined && !this.#replies.offeredEarly) {
      // An offer of the caller's own at this point is a third one too many for those who take part.
      request.respond(488);
      return;
    }
    this.#lateAnswer = sdp ?? this.#lateAnswer;
    request.respond(200);
    this.#replies.acknowledged();
  }

  #cancelled(cancel: SipRequest | undefined): void {
    const why = cancel === undefined ? {} : reasonFacts(cancel);
    this.#farSideEnds = true;
    this.#dispatch({ type: 'cancelled', ...why, elsewhere: cancel !== undefined && takenElsewhere(cancel) });
  }

  #byeReceived(request: IncomingRequest): void {
    const input = endBy(request);
    if (input.type === 'bye') {
      request.respond(200);
      this.#farSideEnds = true;
    }
    this.#dispatch(input);
  }
}

/** RFC 3326 §3.1: `SIP;cause=200`; Q.850 has cause 26, non-selected user clearing, for it. */
function takenElsewhere(cancel: SipRequest): boolean {
  return reasons(cancel).some(
    ({ protocol, cause }) => (protocol === 'SIP' && cause === 200) || (protocol === 'Q.850' && cause === 26),
  );
}

function cseqOf(message: SipRequest): number | undefined {
  return lenient(() => parseCSeq(header(message, 'cseq') ?? '').number);
}

const CALLER_GONE: SipFailure = {
  status: 487,
  phrase: 'The call is over',
  sawProvisional: false,
  origin: 'local',
};
