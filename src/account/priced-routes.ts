/** What each route of a call costs; which of them may be used at that price. Pure. */
import type { Route, Tariff } from '../call/index.ts';
import type { Micros } from '../money.ts';
import { type Prices, priceOfSeconds } from './rating/index.ts';

export interface RoutePricing {
  /** Default: nothing is charged. */
  readonly prices?: Pick<Prices, 'call'>;
  /** The most that a minute may cost; undefined: anything. */
  readonly pricePerMinute?: Micros;
  /** ms since 1970. */
  readonly now: number;
}

export type PricedRoutes =
  | { readonly kind: 'routes'; readonly routes: readonly [Route, ...Route[]] }
  | { readonly kind: 'refused'; readonly cause: 'no-rate' | 'price-too-high'; readonly admin: string };

/**
 * Routes in their order, each with its tariff. Those without a rate for the number, or that are dearer than a minute may be, are
 * left out; when none is left, why.
 * @param number in E.164, whatever is put on the wire; anything else has no rate
 */
export function priceRoutes(
  routes: readonly Route[],
  number: string,
  { prices, pricePerMinute, now }: RoutePricing,
): PricedRoutes {
  const usable: Route[] = [];
  const unknown: string[] = [];
  const dear: string[] = [];
  for (const route of routes) {
    const price = prices?.call(route.trunk, number, now) ?? { kind: 'none' };
    if (price.kind === 'no-rate') {
      unknown.push(price.admin);
    } else if (price.kind === 'none') {
      usable.push(route);
    } else if (pricePerMinute !== undefined && firstMinute(price.tariff.price) > pricePerMinute) {
      dear.push(`${route.trunk} (${price.tariff.rate})`);
    } else {
      usable.push({ ...route, tariff: price.tariff });
    }
  }
  const [first, ...others] = usable;
  if (first !== undefined) return { kind: 'routes', routes: [first, ...others] };
  if (dear.length > 0) {
    const admin = `a minute costs more than fraud.price_per_minute allows by ${dear.join(', ')}`;
    return { kind: 'refused', cause: 'price-too-high', admin };
  }
  return { kind: 'refused', cause: 'no-rate', admin: unknown.join('; ') };
}

/**
 * What a minute costs, for limits: the fee and 60 seconds, whatever the increments are. Numbers that take their price in the fee
 * are known as dear too.
 */
export function firstMinute(tariff: Tariff): Micros {
  return priceOfSeconds(tariff, 60);
}
