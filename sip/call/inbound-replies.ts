/** The responses to an INVITE that comes in: what each carries. The server repeats and orders them (RFC 3261 §13.3, RFC 3262 §3). */
import type { Refusal } from '../leg.ts';
import { headerHasToken, lenient, sessionDescription } from '../message/index.ts';
import { ALLOW, TargetError, type TrunkSettings, targetAddress } from '../trunk/index.ts';
import { reasonHeader } from './failure.ts';
import { type RunningTimer, timerFromRequest } from './session-timer.ts';
import type { IncomingRequest, SentReply, StackReply } from './stack.ts';

type Sent = (sent: SentReply | undefined) => void;

export class InboundReplies {
  readonly #invite: IncomingRequest;
  readonly #trunk: TrunkSettings;
  readonly #timerHeaders: Readonly<Record<string, string>>;
  readonly #required: boolean;
  readonly #supported: boolean;
  /** The INVITE has no description: ours is the offer. */
  readonly offerless: boolean;
  /** A reliable 1xx with our description is out, and has been acknowledged. */
  #described: 'no' | 'sent' | 'acknowledged' = 'no';

  constructor(invite: IncomingRequest, trunk: TrunkSettings, timerHeaders: Readonly<Record<string, string>>) {
    this.#invite = invite;
    this.#trunk = trunk;
    this.#timerHeaders = timerHeaders;
    this.#required = headerHasToken(invite.message, 'require', '100rel');
    this.#supported = this.#required || headerHasToken(invite.message, 'supported', '100rel');
    this.offerless = lenient(() => sessionDescription(invite.message)) === undefined;
  }

  /** The caller's offer is answered before the 200: it may make another one (RFC 3311 §5.1). */
  get answeredEarly(): boolean {
    return !this.offerless && this.#described === 'acknowledged';
  }

  /** Our offer is out before the 200. */
  get offeredEarly(): boolean {
    return this.offerless && this.#described !== 'no';
  }

  get timer(): RunningTimer | undefined {
    return timerFromRequest(this.#timerHeaders);
  }

  /** A PRACK has come. */
  acknowledged(): void {
    if (this.#described === 'sent') this.#described = 'acknowledged';
  }

  ringing(sent: Sent): void {
    this.#invite.respond(180, this.#provisional(this.#required), sent);
  }

  progress(sdp: string, sent: Sent): void {
    const reliable = this.#required || (this.#supported && this.#trunk.rel100 !== 'off');
    // RFC 3261 §13.2.1: an offer of ours may only be in a reliable 1xx or in the 200.
    const described = reliable || !this.offerless;
    if (reliable) this.#described = 'sent';
    this.#invite.respond(183, this.#provisional(reliable, described ? sdp : undefined), sent);
  }

  answer(sdp: string, sent: Sent): void {
    // The offer of a reliable 1xx was answered in its PRACK: what the 200 brought would be another one.
    const described = !(this.offerless && this.#described !== 'no');
    this.#invite.respond(
      200,
      {
        headers: {
          Allow: ALLOW,
          Supported: ['timer', 'replaces', ...(this.#trunk.rel100 === 'off' ? [] : ['100rel'])].join(', '),
          ...this.#timerHeaders,
          ...(described ? { 'Content-Type': 'application/sdp' } : {}),
        },
        ...(described ? { body: sdp } : {}),
      },
      sent,
    );
  }

  refuse(refusal: Refusal): void {
    const { status, q850, text, retryAfterS, contact } = refusal;
    const address = contact === undefined ? undefined : this.#address(contact);
    // RFC 3261 §21.3: a redirection without a place to go to says nothing.
    const final = status < 400 && address === undefined ? 480 : status;
    this.#invite.respond(final, {
      headers: {
        ...(q850 === undefined ? {} : { Reason: reasonHeader({ q850, ...(text === undefined ? {} : { text }) }) }),
        ...(retryAfterS === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterS)) }),
        ...(address === undefined || final >= 400 ? {} : { Contact: `<${address}>` }),
      },
    });
  }

  #address(target: string): string | undefined {
    try {
      return targetAddress(this.#trunk, target);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      return undefined;
    }
  }

  #provisional(reliable: boolean, sdp?: string): StackReply {
    return {
      headers: {
        Allow: ALLOW,
        ...(reliable ? { Require: '100rel' } : {}),
        ...(sdp === undefined ? {} : { 'Content-Type': 'application/sdp' }),
      },
      ...(sdp === undefined ? {} : { body: sdp }),
    };
  }
}
