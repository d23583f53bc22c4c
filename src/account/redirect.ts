/** Where a call may be sent on to by the network (3xx): nowhere that its caller could not have dialled, and nowhere dearer. */
import type { Route, Tariff } from '../call/index.ts';
import { meaningOf, parseDialString } from '../number/index.ts';
import { mayDial } from './destinations.ts';
import type { DestinationGuard } from './limits/index.ts';
import { factsOf } from './number-filter.ts';
import type { OutboundRules } from './outbound.ts';
import { billedSeconds, type Prices, priceOfSeconds } from './rating/index.ts';

export interface RedirectRules extends Pick<OutboundRules, 'numbersOf' | 'destinations'> {
  /** Default: nothing is charged. */
  readonly prices?: Pick<Prices, 'call'>;
  /** Default: no limits against fraud. */
  readonly guard?: DestinationGuard;
  /** ms since 1970. */
  readonly now?: () => number;
}

/**
 * @param target the user part of a Contact, as the trunk's number format reads it
 * @param route by which the call went out. What was reserved for it is by its tariff: the caller pays that, and a number that
 * costs more, or whose price is not known, is none to be sent on to
 */
export function mayBeSentOn(
  caller: string,
  target: string,
  { numbersOf, destinations, prices, guard, now = () => 0 }: RedirectRules,
  route?: Pick<Route, 'trunk' | 'tariff'>,
): boolean {
  const read = parseDialString(target);
  if (!read.ok) return false;
  const numbers = numbersOf(caller);
  const meaning = meaningOf(read.dialled, numbers);
  if (meaning.kind === 'emergency') return false;
  const facts = factsOf(meaning, numbers.region);
  if (!mayDial(caller, facts, destinations)) return false;
  if (guard?.closed(caller, facts, numbers.region) !== undefined) return false;
  const price = route === undefined ? undefined : prices?.call(route.trunk, meaning.target, now());
  if (price === undefined || price.kind === 'none') return true;
  return price.kind === 'tariff' && route?.tariff !== undefined && !isDearer(price.tariff.price, route.tariff.price);
}

/** Whether a call can come to cost more by one tariff than by the other: at its first second, or after a while. */
function isDearer(one: Tariff, other: Tariff): boolean {
  const after = (tariff: Tariff, seconds: number) => priceOfSeconds(tariff, billedSeconds(tariff, seconds * 1000));
  const moments = [0, 1, 30, one.firstS + 1, other.firstS + 1, 60, 61, 600, 3600];
  return one.perMinute > other.perMinute || moments.some((seconds) => after(one, seconds) > after(other, seconds));
}
