/** One outbound call: runs what `leg-machine.ts` decides. */
import type { Logger } from 'pino';
import type { DigestSession } from '../digest/index.ts';
import type { OutboundCallRequest, SipCallId, SipFailure, SipLeg, SipLegEvent, SipLegListener } from '../leg.ts';
import { SipRequestError } from '../leg.ts';
import { header, lenient, parseNameAddr, tagOf } from '../message/index.ts';
import type { InvitePlan } from '../trunk/index.ts';
import type { Clock } from './clock.ts';
import { reasonFacts, reasonHeader } from './failure.ts';
import { InviteClient } from './invite-client.ts';
import { INITIAL_LEG, stepLeg } from './leg-machine.ts';
import type { HangupCause, LegEffect, LegInput, LegState } from './leg-states.ts';
import { redactNumbers } from './redact.ts';
import type { RetryPolicy } from './retry.ts';
import { Session } from './session.ts';
import type { IncomingRequest, SipStack, StackResponse } from './stack.ts';

/** RFC 3261 §9.1 gives a cancelled INVITE 64·T1 = 32 s for its final response. */
const FINAL_RESPONSE_MS = 36_000;

/** What a call leaves on the server when the connection to it is lost. */
export type LeftBehind =
  | { readonly what: 'invite'; readonly uri: string; readonly transactionId: string }
  | { readonly what: 'dialog'; readonly dialogId: string };

export interface LegParts {
  readonly request: OutboundCallRequest;
  readonly listener: SipLegListener;
  /** The INVITE, or why there is none: the call fails with it. */
  readonly plan: InvitePlan | SipFailure;
  readonly sipCallId: SipCallId;
  readonly stack: SipStack;
  readonly digest: DigestSession | undefined;
  readonly policy: RetryPolicy;
  readonly pin: (source: StackResponse['source']) => string | undefined;
  readonly minSeS: number;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  readonly onLeftBehind: (left: LeftBehind) => void;
  /** The listener has heard `failed` or `ended`. */
  readonly onOver: () => void;
  /** Nothing of the call is left on the wire. */
  readonly onReleased: () => void;
}

export class CallLeg implements SipLeg {
  readonly sipCallId: SipCallId;
  readonly #parts: LegParts;
  readonly #events: SipLegEvent[] = [];
  #state: LegState = INITIAL_LEG;
  #invite: InviteClient | undefined;
  #session: Session | undefined;
  #stopRing: () => void = () => undefined;
  #stopGuard: () => void = () => undefined;
  #detach: () => void = () => undefined;
  #over = false;
  #draining = false;
  /** Statuses before the answer that were told to the administrator: a peer may repeat them without end. */
  readonly #told = new Set<number>();

  constructor(parts: LegParts) {
    this.#parts = parts;
    this.sipCallId = parts.sipCallId;
  }

  /** Sends the INVITE. To be called once. */
  start(): void {
    const { plan, request, clock, stack, logger, digest, policy, pin, userAgent } = this.#parts;
    if (!('uri' in plan)) {
      this.#dispatch({ type: 'unanswerable', failure: plan });
      return;
    }
    this.#detach = stack.attach(this.sipCallId, (incoming) => this.#incoming(incoming), logger);
    this.#stopRing = clock.after(request.ringTimeoutMs, () => this.#dispatch({ type: 'ring-timeout' }));
    this.#invite = new InviteClient({
      stack,
      plan,
      digest,
      policy,
      pin,
      userAgent,
      logger,
      dispatch: (input) => this.#dispatch(input),
    });
    this.#invite.start();
  }

  hangup(cause?: HangupCause): void {
    this.#dispatch({ type: 'hangup', ...(cause === undefined ? {} : { cause }) });
  }

  reoffer(sdp: string): Promise<string> {
    if (this.#session === undefined || this.#state.name !== 'confirmed') {
      const phrase = 'The call is over or was not answered';
      return Promise.reject(new SipRequestError({ status: 481, phrase, sawProvisional: false, origin: 'local' }));
    }
    return this.#session.reoffer(sdp);
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
        this.#emit(effect.event);
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
        this.#stopRing();
        this.#session?.close();
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
    this.#stopRing();
    const client = this.#invite?.dialogClient(forkId);
    const answer = this.#invite?.fork(forkId)?.response.message;
    if (client !== undefined && answer !== undefined) this.#ensureSession().establish(client, answer);
  }

  #ensureSession(): Session {
    const { clock, digest, logger, minSeS, random, request, stack } = this.#parts;
    const sent = this.#invite?.sent;
    this.#session ??= new Session({
      clock,
      logger,
      contact: sent === undefined ? undefined : header(sent, 'contact'),
      minSeS,
      emit: (event) => this.#emit(event),
      onLost: (status) =>
        this.#dispatch({
          type: 'dialog-lost',
          serverSide: false,
          by: 'dialog-lost',
          text: `${status} to a request inside the call`,
        }),
      random,
      refreshes: digest !== undefined,
      updateKeepsTimer: stack.updateKeepsTimer,
      localSdp: request.sdp,
    });
    return this.#session;
  }

  #bye(forkId: string, cause: HangupCause | undefined, awaited: boolean): void {
    const client = this.#invite?.dialogClient(forkId);
    const done = (): void => {
      if (awaited) this.#dispatch({ type: 'bye-done' });
    };
    if (client === undefined) {
      done();
      return;
    }
    const headers: Record<string, string> = cause === undefined ? {} : { Reason: reasonHeader(cause) };
    client.request({ method: 'BYE', headers }).then(done, (error: unknown) => {
      // 481 and the like: the call is over either way.
      const status = error instanceof SipRequestError ? error.failure.status : undefined;
      this.#parts.logger.debug({ status }, 'the BYE was not accepted');
      done();
    });
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
      this.#ensureSession().handle(request, { described });
    } else request.respond(481);
  }

  #byeReceived(request: IncomingRequest, remoteTag: string): void {
    const { q850, text } = reasonFacts(request.message);
    const facts = { ...(q850 === undefined ? {} : { q850 }), ...(text === undefined ? {} : { text }) };
    if (request.fromServer) {
      // drachtio says so in the Reason of the BYE that it sent in our name.
      const by = /session timer/i.test(text ?? '') ? 'session-timer' : 'dialog-lost';
      this.#dispatch({ type: 'dialog-lost', serverSide: true, by, ...(text === undefined ? {} : { text }) });
      return;
    }
    request.respond(200);
    const { name } = this.#state;
    // The BYE of a fork that we refused is not the end of the call.
    if ((name === 'confirmed' || name === 'terminating') && this.#state.forkId !== remoteTag) return;
    this.#dispatch({ type: 'bye', ...facts });
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

  /** Events leave in order and never while the caller of a method is still inside it. */
  #emit(event: SipLegEvent): void {
    if (this.#over) return;
    if (event.type === 'failed' || event.type === 'ended') {
      this.#over = true;
      this.#logEnd(event);
      this.#parts.onOver();
    } else if (event.type === 'answered') this.#parts.logger.info('the far side answered');
    else if (event.type === 'provisional' && !this.#told.has(event.status)) {
      this.#told.add(event.status);
      this.#parts.logger.info({ status: event.status }, 'the far side is alerting');
    }
    this.#events.push(event);
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => this.#drain());
  }

  #drain(): void {
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
      try {
        this.#parts.listener(event);
      } catch (error) {
        this.#parts.logger.error({ err: error, event: event.type }, 'the listener of a SIP leg failed');
      }
    }
    this.#draining = false;
  }

  #logEnd(event: Extract<SipLegEvent, { type: 'failed' | 'ended' }>): void {
    const { logger } = this.#parts;
    if (event.type === 'failed') logger.info(withoutNumbers(event.failure), 'the call was not answered');
    else logger.info(withoutNumbers(event.end), 'the call ended');
  }
}

/** Texts of the network may name numbers. */
function withoutNumbers<Facts extends object>(facts: Facts): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? redactNumbers(value) : value]),
  );
}
