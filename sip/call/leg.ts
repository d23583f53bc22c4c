import { userOf } from '../inbound/index.ts';
import type { OutboundCallRequest, SipCallId, SipFailure, SipLeg, SipLegListener } from '../leg.ts';
import { SipRequestError } from '../leg.ts';
import { header, headerHasToken, lenient, parseNameAddr, parseUri, sessionExpires, tagOf } from '../message/index.ts';
import type { InvitePlan } from '../trunk/index.ts';
import { endBy, sendBye, sendByeAfter } from './bye.ts';
import { newSipCallId } from './call-id.ts';
import { callerDialog, type DialogFacts, type DialogHolder } from './dialog-facts.ts';
import { NO_CALL } from './failure.ts';
import { InviteClient } from './invite-client.ts';
import { addressIn, lastWillOf } from './last-will.ts';
import { LegEvents } from './leg-events.ts';
import { INITIAL_LEG, stepLeg } from './leg-machine.ts';
import type { HangupCause, LegEffect, LegInput, LegState } from './leg-states.ts';
import { type LegWorld, sessionIn } from './leg-world.ts';
import { PartyWatch, sameNumber } from './party-watch.ts';
import { referTo } from './refer-to.ts';
import type { RetryPolicy } from './retry.ts';
import type { Session } from './session.ts';
import { timerFromResponse } from './session-timer.ts';
import { setupTimers } from './setup-timers.ts';
import type { IncomingRequest, StackResponse } from './stack.ts';

/** RFC 3261 §9.1 gives a cancelled INVITE 64·T1 = 32 s for its final response. */
const FINAL_RESPONSE_MS = 36_000;

export interface LegParts extends LegWorld {
  readonly request: OutboundCallRequest;
  readonly listener: SipLegListener;
  /** The INVITE, or why there is none: the call fails with it. */
  readonly plan: InvitePlan | SipFailure;
  readonly sipCallId: SipCallId;
  readonly policy: RetryPolicy;
  /** Where to send a retry with credentials; `hop`: where the one that was challenged went. */
  readonly pin: (source: StackResponse['source'], hop: string) => string | undefined;
}

export class CallLeg implements SipLeg, DialogHolder {
  readonly trunk: string;
  readonly #parts: LegParts;
  #sipCallId: SipCallId;
  readonly #events: LegEvents;
  readonly #party: PartyWatch;
  #state: LegState = INITIAL_LEG;
  #invite: InviteClient | undefined;
  #session: Session | undefined;
  #lastDialog: DialogFacts | undefined;
  #stopTimers: () => void = () => undefined;
  #stopGuard: () => void = () => undefined;
  #detach: () => void = () => undefined;
  /** The far side has sent BYE. */
  #farSideEnds = false;

  constructor(parts: LegParts) {
    this.#parts = parts;
    this.trunk = parts.trunk.name;
    this.#sipCallId = parts.sipCallId;
    this.#events = new LegEvents(parts);
    this.#events.listen(parts.listener);
    this.#party = new PartyWatch(parts.readParty, { number: numberOf(parts.request.target), withheld: false });
  }

  get lastDialog(): DialogFacts | undefined {
    return this.#lastDialog;
  }

  get lastWill(): string | undefined {
    if (this.#state.name !== 'confirmed') return undefined;
    const fork = this.#invite?.fork(this.#state.forkId);
    if (fork === undefined) return undefined;
    return lastWillOf({
      trunk: this.trunk,
      account: this.#parts.request.account,
      made: fork.response.message,
      source: fork.response.source,
      callId: this.sipCallId,
      from: addressIn(this.#invite?.sent, 'from'),
      to: addressIn(fork.response.message, 'to'),
    });
  }

  get dialog(): DialogFacts | undefined {
    const sent = this.#invite?.sent;
    const forkId = 'forkId' in this.#state ? this.#state.forkId : this.#earlyFork();
    const fork = forkId === undefined ? undefined : this.#invite?.fork(forkId);
    if (sent === undefined || fork === undefined) return undefined;
    return callerDialog(sent, fork.response.message, this.#state.name === 'confirmed');
  }

  #earlyFork(): string | undefined {
    return this.#state.name === 'proceeding' ? Object.keys(this.#state.early)[0] : undefined;
  }

  get sipCallId(): SipCallId {
    return this.#sipCallId;
  }

  /** Sends the INVITE. To be called once. */
  start(): void {
    const { plan, request, clock, stack, logger, digest, policy, pin, trunk } = this.#parts;
    if (this.#state.name !== 'calling') {
      // Hung up before its turn came: there is nothing to cancel.
      this.#dispatch({ type: 'unanswerable', failure: NEVER_SENT });
      return;
    }
    if (!('uri' in plan)) {
      this.#dispatch({ type: 'unanswerable', failure: plan });
      return;
    }
    this.#attach();
    this.#stopTimers = setupTimers(clock, request, stack.tellsTrying, {
      ringTimeout: () => this.#dispatch({ type: 'ring-timeout' }),
      responseTimeout: () => {
        if (this.#state.name === 'calling' && this.#invite?.tryBackup() === true) return 'again';
        this.#dispatch({ type: 'response-timeout' });
        return 'done';
      },
    });
    this.#invite = new InviteClient({
      stack,
      plan,
      digest,
      policy,
      pin,
      ...(trunk.authNewCallId ? { newCallId: () => this.#rename() } : {}),
      userAgent: trunk.userAgent,
      logger,
      dispatch: (input) => this.#dispatch(input),
    });
    this.#invite.start();
  }

  #attach(): void {
    const { stack, logger } = this.#parts;
    this.#detach = stack.attach(this.#sipCallId, (incoming) => this.#incoming(incoming), logger);
  }

  #rename(): string {
    this.#detach();
    this.#sipCallId = newSipCallId();
    this.#parts.logger.debug({ newSipCallId: this.#sipCallId }, 'the INVITE with credentials has another Call-ID');
    this.#attach();
    return this.#sipCallId;
  }

  hangup(cause?: HangupCause): void {
    this.#dispatch({ type: 'hangup', ...(cause === undefined ? {} : { cause }) });
  }

  reoffer(sdp: string): Promise<string> {
    if (this.#session === undefined || this.#state.name !== 'confirmed') {
      return Promise.reject(new SipRequestError(NO_CALL));
    }
    return this.#session.reoffer(sdp);
  }

  sendDtmfInfo(digit: string, durationMs: number): void {
    if (this.#state.name === 'confirmed') this.#session?.sendDtmf(digit, durationMs);
  }

  async refer(to: string | SipLeg): Promise<void> {
    const { trunk } = this.#parts;
    const from = header(this.#invite?.sent ?? NO_MESSAGE, 'from');
    const by = from === undefined ? undefined : lenient(() => parseNameAddr(from))?.uri;
    const value = referTo(trunk, to);
    if (this.#session === undefined || this.#state.name !== 'confirmed') throw new SipRequestError(NO_CALL);
    await this.#session.refer(value, by === undefined ? undefined : `<${by}>`);
  }

  connectionLost(): void {
    this.#dispatch({ type: 'connection-lost' });
  }

  #dispatch(input: LegInput): void {
    const { state, effects } = stepLeg(this.#state, input);
    if (state.name !== this.#state.name) {
      this.#parts.logger.debug({ from: this.#state.name, to: state.name, input: input.type }, 'the SIP leg moves on');
    }
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: LegEffect): void {
    switch (effect.type) {
      case 'emit':
        this.#events.emit(effect.event);
        if (effect.event.type === 'provisional' || effect.event.type === 'answered')
          this.#connectedTo(effect.event.forkId);
        break;
      case 'send-invite':
        this.#invite?.retry(effect.retry);
        break;
      case 'send-prack':
        this.#invite?.prack(effect.forkId);
        break;
      case 'send-cancel':
        this.#invite?.cancel(effect.cause);
        break;
      case 'send-ack':
        this.#invite?.ack(effect.forkId);
        break;
      case 'send-bye':
        this.#bye(effect.forkId, effect.cause, effect.awaited);
        break;
      case 'open-session':
        this.#openSession(effect.forkId);
        break;
      case 'close-session':
        this.#stopTimers();
        this.#session?.close(this.#farSideEnds);
        break;
      case 'guard-final':
        this.#stopGuard = this.#parts.clock.after(FINAL_RESPONSE_MS, () =>
          this.#dispatch({
            type: 'unanswerable',
            failure: { status: 408, phrase: 'No final response', sawProvisional: true, origin: 'timeout' },
          }),
        );
        break;
      case 'leave-behind':
        this.#leaveBehind(effect);
        break;
      case 'release':
        this.#stopGuard();
        this.#detach();
        this.#parts.onReleased();
        break;
      default:
        effect satisfies never;
    }
  }

  #openSession(forkId: string): void {
    this.#stopTimers();
    this.#lastDialog = this.dialog;
    const client = this.#invite?.dialogClient(forkId);
    const answer = this.#invite?.fork(forkId)?.response.message;
    if (client === undefined || answer === undefined) return;
    this.#ensureSession().establish(client, {
      takesUpdate: headerHasToken(answer, 'allow', 'UPDATE'),
      timer: timerFromResponse(sessionExpires(answer)),
    });
  }

  /** RFC 5876 §4.1: a response may say that somebody else than the one called is reached, such as after a forwarding. */
  #connectedTo(forkId: string): void {
    const response = this.#invite?.fork(forkId)?.response.message;
    const party = response === undefined ? undefined : this.#party.changed(response);
    // Some answer with our own number.
    if (party?.number === undefined || sameNumber(party.number, this.#parts.request.callerId)) return;
    this.#events.emit({ type: 'identity', party });
  }

  #ensureSession(): Session {
    this.#session ??= sessionIn(this.#parts, {
      contact: () => header(this.#invite?.sent ?? NO_MESSAGE, 'contact'),
      ours: true,
      localSdp: this.#parts.request.sdp,
      emit: (event) => this.#events.emit(event),
      identify: (message) => this.#party.changed(message),
      onLost: (lost) => this.#dispatch(lost),
    });
    return this.#session;
  }

  #bye(forkId: string, cause: HangupCause | undefined, awaited: boolean): void {
    const wait = awaited ? this.#session?.mayEnd() : undefined;
    sendByeAfter(
      wait,
      () => this.#state.name === 'terminating',
      () =>
        sendBye(this.#invite?.dialogClient(forkId), cause, this.#parts.logger, () => {
          if (awaited) this.#dispatch({ type: 'bye-done' });
        }),
    );
  }

  #incoming(request: IncomingRequest): void {
    const { message } = request;
    const from = header(message, 'from');
    const remoteTag = (from === undefined ? undefined : lenient(() => tagOf(parseNameAddr(from)))) ?? '';
    if (message.method === 'BYE') {
      this.#byeReceived(request, remoteTag);
      return;
    }
    if (this.#state.name === 'confirmed') {
      if (request.fromServer) return;
      if (remoteTag === this.#state.forkId) this.#ensureSession().handle(request, undefined);
      else request.respond(481);
    } else if (this.#state.name === 'proceeding' && this.#invite?.fork(remoteTag) !== undefined) {
      const described = this.#state.early[remoteTag]?.sdp !== undefined;
      this.#ensureSession().handle(request, { described, refusal: 491 });
    } else request.respond(481);
  }

  #byeReceived(request: IncomingRequest, remoteTag: string): void {
    const input = endBy(request);
    if (input.type === 'bye') {
      request.respond(200);
      const { name } = this.#state;
      // The BYE of a fork that we refused is not the end of the call.
      if ((name === 'confirmed' || name === 'terminating') && this.#state.forkId !== remoteTag) return;
      this.#farSideEnds = true;
    }
    this.#dispatch(input);
  }

  #leaveBehind(effect: Extract<LegEffect, { type: 'leave-behind' }>): void {
    const { onLeftBehind } = this.#parts;
    if (effect.what === 'dialog') {
      const dialogId = this.#invite?.fork(effect.forkId)?.dialogId;
      if (dialogId !== undefined) onLeftBehind({ what: 'dialog', dialogId });
      return;
    }
    const uri = this.#invite?.sent?.uri;
    const transactionId = this.#invite?.transactionId;
    if (uri !== undefined && transactionId !== undefined) onLeftBehind({ what: 'invite', uri, transactionId });
  }
}

/** Whom a target names: a SIP URI by its user part. */
function numberOf(target: string): string {
  const uri = /^(?:sips?|tel):/i.test(target) ? lenient(() => parseUri(target)) : undefined;
  return (uri === undefined ? undefined : userOf(uri)) ?? target;
}

const NO_MESSAGE = { kind: 'request', method: '', uri: '', headers: [], body: Buffer.alloc(0) } as const;
const NEVER_SENT: SipFailure = {
  status: 487,
  phrase: 'Request Terminated',
  sawProvisional: false,
  origin: 'local',
};
