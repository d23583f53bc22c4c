/** How long telephones may talk on that come from several calls: no longer than each of these might have. */
import type { Clock } from '../ports.ts';

/** In ms from now on; undefined: as long as they like. */
export function leftOf({ endsAt }: { readonly endsAt: number | undefined }, clock: Clock): number | undefined {
  return endsAt === undefined ? undefined : Math.max(0, endsAt - clock.now());
}

export function shortest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
