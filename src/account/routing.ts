/** Which trunks carry a call, in which order. */
import { fitOf, type NumberFacts, type NumberFilter } from './number-filter.ts';
import type { People } from './people.ts';
import type { Availability, TrunkRules } from './trunk-rules.ts';

export interface RouteRule extends NumberFilter {
  readonly name?: string;
  /** Undefined: everybody. */
  readonly users?: People;
  /** Names of trunks, the preferred one first. */
  readonly trunks: readonly string[];
  readonly choose: 'in-order' | 'by-weight';
}

type Choosable = Pick<TrunkRules, 'name' | 'weight'>;

export interface RoutingInput<Trunk extends Choosable = TrunkRules> {
  readonly user: string;
  readonly number: NumberFacts;
  /** Every trunk, in the order of the configuration. */
  readonly trunks: readonly Trunk[];
  /** Empty: every trunk may carry every number. */
  readonly routes: readonly RouteRule[];
  /** How a trunk is now; undefined for one that nothing is known of. */
  readonly availability: (trunk: string) => Availability | undefined;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

export type Routing<Trunk = TrunkRules> =
  | { readonly kind: 'trunks'; readonly trunks: readonly [Trunk, ...Trunk[]] }
  /** No route is for this number. */
  | { readonly kind: 'none' }
  /** There are trunks for it, and each has as many calls as it may have. */
  | { readonly kind: 'full'; readonly trunks: readonly string[] };

/**
 * The trunks to be tried, one after the other. Those that are down come last, not never: what is known of them may be old.
 * Those that are full are left out: they would refuse before anything is sent.
 */
export function chooseTrunks<Trunk extends Choosable>(input: RoutingInput<Trunk>): Routing<Trunk> {
  const { trunks, availability } = input;
  const named = preferred(input);
  const chosen = named.flatMap((name) => trunks.find((trunk) => trunk.name === name) ?? []);
  if (chosen.length === 0) return { kind: 'none' };
  const free = chosen.filter(({ name }) => !isFull(availability(name)));
  const isDown = ({ name }: Choosable) => availability(name)?.state === 'down';
  const [first, ...others] = [...free.filter((trunk) => !isDown(trunk)), ...free.filter(isDown)];
  if (first === undefined) return { kind: 'full', trunks: chosen.map(({ name }) => name) };
  return { kind: 'trunks', trunks: [first, ...others] };
}

function isFull(now: Availability | undefined): boolean {
  return now?.maxCalls !== undefined && now.calls >= now.maxCalls;
}

function preferred({ user, number, trunks, routes, random }: RoutingInput<Choosable>): readonly string[] {
  if (routes.length === 0) return trunks.map(({ name }) => name);
  const route = bestRoute(routes, user, number);
  if (route === undefined) return [];
  if (route.choose === 'in-order') return route.trunks;
  const weightOf = (name: string) => trunks.find((trunk) => trunk.name === name)?.weight ?? 1;
  return byWeight(route.trunks, weightOf, random);
}

/** The one that says most about the number; of equals the first. */
function bestRoute(routes: readonly RouteRule[], user: string, number: NumberFacts): RouteRule | undefined {
  let best: { readonly route: RouteRule; readonly fit: number } | undefined;
  for (const route of routes) {
    if (route.users !== undefined && !route.users.has(user)) continue;
    const fit = fitOf(route, number);
    if (fit !== undefined && (best === undefined || fit > best.fit)) best = { route, fit };
  }
  return best?.route;
}

/** All of them in an order by chance, in which a trunk of weight 3 is first three times as often as one of weight 1. */
export function byWeight(
  names: readonly string[],
  weightOf: (name: string) => number,
  random: () => number,
): readonly string[] {
  const left = [...names];
  const order: string[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, name) => total + weightOf(name), 0);
    let at = random() * sum;
    const drawn = left.findIndex((name) => {
      at -= weightOf(name);
      return at < 0;
    });
    // Rounding may leave nothing drawn: then it is the last.
    order.push(...left.splice(drawn === -1 ? left.length - 1 : drawn, 1));
  }
  return order;
}
