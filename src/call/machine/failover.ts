/**
 * Going on to the next route: when a trunk failed, not a person; and which of several failures people are told of.
 * A failure before the answer that says something about the called party counts as the last word (RFC 3261 §16.7, 5).
 */
import type { SipFailure } from '../../../sip/index.ts';
import { causeOfFailure, type NetworkCause, networkRows, type Row } from '../reasons.ts';
import type { Plan, PlannedState, Route } from './state.ts';

/** An attempt that came to nothing. */
export interface FailedAttempt {
  readonly trunk: string;
  readonly failure: SipFailure;
}

/** Statuses about the called party: another trunk would reach the same person. */
const aboutThePerson: ReadonlySet<number> = new Set([404, 484, 486, 487, 600, 603, 607, 608]);

/** Q.850 cause 3, no route to destination: it is this trunk that does not know the way, whatever the status says. */
const noRouteToDestination = 3;

/** Whether another route may do what this one did not. */
export function mayAdvance(failure: SipFailure, route: Route): boolean {
  if (aboutThePerson.has(failure.status)) return failure.status === 404 && failure.q850 === noRouteToDestination;
  const cause = causeOfFailure(failure);
  const { routeAdvance }: Row = networkRows[cause];
  switch (routeAdvance) {
    case 'yes':
      return true;
    case 'preset':
      return route.advanceOn?.includes(failure.status) ?? false;
    case 'no':
      // "Normal, unspecified" (Q.850 cause 31) says nothing; with a 500 it is the trunk's own failure.
      return cause === 'not-completed' && failure.status === 500;
    default:
      return routeAdvance satisfies never;
  }
}

/** The route that is being tried. */
export function currentRoute({ plan, attempt }: Pick<PlannedState, 'plan' | 'attempt'>): Route {
  return plan.routes[attempt] ?? plan.routes[0];
}

/**
 * The number of the route to try after this failure, or undefined when it is the end: nobody may have heard anything of this
 * attempt, as what they would hear next does not go on from there. An emergency call tries all there is.
 */
export function nextAttempt(
  state: Pick<PlannedState, 'plan' | 'attempt' | 'heard' | 'phase'>,
  failure: SipFailure,
): number | undefined {
  if (state.heard || (state.phase !== 'calling' && state.phase !== 'ringing')) return undefined;
  return followingRoute(state.plan, state.attempt, failure);
}

/** The same for a call that nobody listens to yet. */
export function followingRoute(plan: Plan, attempt: number, failure: SipFailure): number | undefined {
  const next = attempt + 1;
  const route = plan.routes[attempt];
  if (!route || next >= plan.routes.length) return undefined;
  return plan.emergency || mayAdvance(failure, route) ? next : undefined;
}

/** Causes by how much they tell: the trunk was not even reached; it refused us; the call came further. */
const notReached: ReadonlySet<NetworkCause> = new Set(['trunk-unreachable', 'no-network-reply']);
const trunkFaults: ReadonlySet<NetworkCause> = new Set([
  'network-busy',
  'server-error',
  'trunk-login',
  'provider-credit',
  'caller-id-signature',
]);

function tellingRank(failure: SipFailure): number {
  const cause = causeOfFailure(failure);
  if (notReached.has(cause)) return 0;
  if (trunkFaults.has(cause)) return 1;
  return networkRows[cause].routeAdvance === 'no' ? 3 : 2;
}

/** Of all attempts the one that says most: a person's answer before a network's, that before a trunk's; else the last. */
export function mostTelling(earlier: readonly FailedAttempt[], last: SipFailure): SipFailure {
  return earlier
    .map(({ failure }) => failure)
    .reduceRight((best, failure) => (tellingRank(failure) > tellingRank(best) ? failure : best), last);
}
