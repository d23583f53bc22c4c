/** The telephone of a call out is called: by the routes that were decided, or inside where the number is one of our own. */
import { BookedAttempts } from './booked-attempts.ts';
import type { CallHooks, CallIdentity, CallParts } from './call-parts.ts';
import type { Allowed } from './entering.ts';
import type { Plan, Route } from './machine.ts';
import { redirectsOf } from './outbound-request.ts';
import type { CallProgress } from './ports.ts';
import { SipLine } from './sip-line.ts';
import type { TelephoneSide } from './telephone-side.ts';

interface Parts {
  readonly identity: CallIdentity;
  readonly house: Pick<CallParts, 'clock' | 'mayBeSentOn'>;
  readonly side: TelephoneSide;
  /** The call's in the books. */
  readonly page: { progressed(progress: CallProgress): void };
  readonly inside: CallHooks['inside'];
}

export class Placing {
  readonly attempts: BookedAttempts;
  readonly #parts: Parts;
  #decided: Allowed | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.attempts = new BookedAttempts(parts.page, parts.house.clock);
  }

  decided(decision: Allowed): void {
    this.#decided = decision;
  }

  get plan(): Plan | undefined {
    return this.#decided?.plan;
  }

  /** The one that was tried last, or will be tried first. */
  get route(): Route | undefined {
    return this.routeOf(this.attempts.route);
  }

  routeOf(attempt: number): Route | undefined {
    return this.plan?.routes[attempt];
  }

  place(attempt: number, sdp: string): void {
    const { identity, house, side } = this.#parts;
    const route = this.routeOf(attempt);
    if (!route) return;
    side.timeline.mark('inviteSentAt');
    this.attempts.begin(attempt, route);
    if (this.#decided?.kind === 'inside') this.#placeInside(this.#decided, route, sdp);
    else side.telephone.place(route, sdp, redirectsOf(identity.caller, route, house));
    this.attempts.placed(side.telephone.sipCallId);
  }

  /** The number is one of our own: the call comes in again. */
  #placeInside({ called, caller }: Extract<Allowed, { kind: 'inside' }>, { ringTimeoutMs }: Route, sdp: string): void {
    const { identity, side, inside } = this.#parts;
    const request = { callRef: identity.callRef, called, caller, sdp, ringTimeoutMs };
    side.telephone.take(new SipLine((listener) => inside.place(request, listener)));
  }
}
