/** By which way a text may go, and whether a part whose outcome is unknown may be sent again. Pure. */
import type { DeliveryProgress } from '../ports.ts';
import type { Facts, RouteFacts } from './state.ts';

/** Whether a part that may have arrived may be sent again at all. */
export function mayRepeat(route: RouteFacts | undefined, { unknownOutcome }: Facts): boolean {
  return unknownOutcome === 'at-least-once' || route?.knowsRepeats === true;
}

/**
 * Whether it cannot go by another way: a part of it went by this one, or may have. With at-least-once it may take another way when
 * this one would not know the repeat, or is down.
 */
export function mustStay(
  progress: DeliveryProgress,
  isUnknown: boolean,
  route: RouteFacts | undefined,
  { unknownOutcome }: Facts,
): boolean {
  if (progress.partsAccepted > 0) return true;
  if (!isUnknown) return false;
  return unknownOutcome === 'at-most-once' || (route?.knowsRepeats === true && route.state === 'usable');
}

export function nextRoute(routes: readonly RouteFacts[], besides: readonly number[]): number | undefined {
  const found = routes.findIndex(
    ({ state, parts }, index) => state === 'usable' && typeof parts === 'number' && !besides.includes(index),
  );
  return found === -1 ? undefined : found;
}

/** Whether the next process would do something else if it knew that this part was under way. */
export function mustBeMarked(route: number, { routes, unknownOutcome }: Facts): boolean {
  return routes[route]?.knowsRepeats ? routes.length > 1 : unknownOutcome === 'at-most-once';
}
