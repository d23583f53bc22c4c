/**
 * One channel of FreeSWITCH: a SIP dialog with it, parked there until it is bridged. Whoever makes the first offer decides
 * how it begins: the peer's offer goes in an INVITE to FreeSWITCH; for an offer of ours FreeSWITCH is asked to call us,
 * because only so can a telephone ring for longer than the 32 s that an unacknowledged answer lives.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { MediaError } from '../engine.ts';
import type { ChannelEvent } from './fsmrf.ts';
import type { ServerLink } from './server.ts';
import type { LegDialog, LegInvite, Signalling } from './signalling.ts';
import { within } from './time-limit.ts';

/**
 * FreeSWITCH refuses a new offer with 491 while it is busy with the ACK of the last answer, and after that refusal
 * drachtio-srf's dialog never settles another `modify`. So there is none before this time is over.
 */
const SETTLE_MS = 400;
/** Longer than any call. */
const NEVER_MS = 7 * 86_400_000;

export interface LegListener {
  /** Its media are up (a browser's DTLS too): it is parked, and can be bridged. */
  up(uuid: string): void;
  /** FreeSWITCH hung it up by itself. */
  gone(uuid: string, cause: string): void;
  event(event: ChannelEvent): void;
}

export interface LegHost {
  readonly server: ServerLink;
  readonly signalling: Signalling;
  /** Where FreeSWITCH reaches us by SIP. */
  readonly sipAddress: string;
  readonly timeoutMs: number;
}

export class Leg {
  readonly uuid: string;
  readonly #host: LegHost;
  readonly #listener: LegListener;
  readonly #unsubscribe: () => void;
  #invite: LegInvite | undefined;
  #dialog: LegDialog | undefined;
  #description = '';
  #answeredMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  /**
   * FreeSWITCH answers an offer.
   * @param begun hears of the channel before anything can happen to it
   * @throws MediaError `engine-failed`
   */
  static async answering(
    host: LegHost,
    user: 'webrtc' | 'rtp',
    offer: string,
    headers: Readonly<Record<string, string>>,
    listener: LegListener,
    begun?: (uuid: string) => void,
  ): Promise<Leg> {
    const leg = new Leg(host, listener);
    begun?.(leg.uuid);
    try {
      const uri = `sip:${user}@${host.server.sipAddress};transport=tcp`;
      const calling = host.signalling.call(uri, offer, leg.uuid, headers);
      leg.#dialog = await within(host.timeoutMs, `${host.server.name} (INVITE)`, calling);
      leg.#description = leg.#dialog.remoteSdp;
      return leg;
    } catch (cause) {
      await leg.close();
      throw toEngineError(cause, `${host.server.name} did not take the offer`);
    }
  }

  /**
   * FreeSWITCH makes an offer.
   * @param variables of its channel
   * @throws MediaError `engine-failed`
   */
  static async offering(
    host: LegHost,
    variables: Readonly<Record<string, string>>,
    listener: LegListener,
    begun?: (uuid: string) => void,
  ): Promise<Leg> {
    const leg = new Leg(host, listener);
    begun?.(leg.uuid);
    const timeout = AbortSignal.timeout(host.timeoutMs);
    try {
      const expected = host.signalling.expect(leg.uuid, timeout);
      // Another separator than the comma, which a list of codecs has inside.
      const list = Object.entries({ origination_uuid: leg.uuid, ...variables }).map(
        ([name, value]) => `${name}=${value}`,
      );
      host.server.start(
        `originate {^^;${list.join(';')}}sofia/${host.server.profile}/sip:${leg.uuid}@${host.sipAddress};transport=tcp &park()`,
      );
      leg.#invite = await expected;
      leg.#description = leg.#invite.offer;
      return leg;
    } catch (cause) {
      await leg.close();
      throw toEngineError(cause, `${host.server.name} made no offer`);
    }
  }

  private constructor(host: LegHost, listener: LegListener) {
    this.uuid = randomUUID();
    this.#host = host;
    this.#listener = listener;
    this.#unsubscribe = host.server.follow(this.uuid, (event) => this.#onEvent(event));
  }

  /** FreeSWITCH's newest description of itself. */
  get description(): string {
    return this.#description;
  }

  get isAnswered(): boolean {
    return this.#dialog !== undefined;
  }

  /** A provisional answer to FreeSWITCH's offer: its media may flow. */
  answerEarly(sdp: string): void {
    this.#invite?.early(sdp);
  }

  /** @throws MediaError `engine-failed` */
  async answer(sdp: string): Promise<void> {
    const invite = this.#invite;
    if (!invite) throw new MediaError('wrong-state', 'there is no offer of FreeSWITCH to answer');
    try {
      this.#dialog = await within(this.#host.timeoutMs, `${this.#host.server.name} (ACK)`, invite.answer(sdp));
      this.#invite = undefined;
      this.#answeredMs = performance.now();
    } catch (cause) {
      throw toEngineError(cause, `${this.#host.server.name} did not take the answer`);
    }
  }

  /**
   * A new offer to FreeSWITCH.
   * @param mediaTimeoutMs how long the peer may be silent under it; 0: for as long as it likes (a hold)
   * @throws MediaError `engine-failed`
   */
  async modify(sdp: string, mediaTimeoutMs: number): Promise<void> {
    const dialog = this.#dialog;
    if (!dialog) throw new MediaError('wrong-state', 'FreeSWITCH has no answer to its offer yet');
    const settledMs = this.#answeredMs + SETTLE_MS - performance.now();
    if (settledMs > 0) await setTimeout(settledMs);
    // Read when the description is taken; 0 would leave the last value in force.
    await this.#host.server.command(`uuid_setvar ${this.uuid} media_timeout ${mediaTimeoutMs || NEVER_MS}`);
    try {
      this.#description = await within(
        this.#host.timeoutMs,
        `${this.#host.server.name} (re-INVITE)`,
        dialog.modify(sdp),
      );
    } catch (cause) {
      throw toEngineError(cause, `${this.#host.server.name} did not take the new offer`);
    }
  }

  /** Ends the channel. Never throws: what cannot be told to FreeSWITCH ends there by its media time-out. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsubscribe();
    this.#invite?.reject();
    if (this.#dialog) await within(1000, 'BYE', this.#dialog.destroy()).catch(() => {});
    else await this.#host.server.command(`uuid_kill ${this.uuid}`).catch(() => {});
  }

  #onEvent(event: ChannelEvent): void {
    if (this.#isClosed) return;
    if (event.name === 'CHANNEL_PARK') this.#listener.up(this.uuid);
    else if (event.name === 'CHANNEL_HANGUP') this.#listener.gone(this.uuid, event.header('Hangup-Cause') ?? 'unknown');
    else this.#listener.event(event);
  }
}

function toEngineError(cause: unknown, what: string): MediaError {
  if (cause instanceof MediaError && cause.code !== 'engine-failed') return cause;
  return new MediaError('engine-failed', `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}
