/** Which destinations are closed because they can be expensive for no good reason. Pure. */
import type { NumberFacts } from '../number-filter.ts';
import type { Limits } from './check.ts';
import type { DestinationClass } from './ports.ts';

/**
 * ITU-T E.164 assigned country codes (annex to the Operational Bulletin): codes that belong to services and networks, not to
 * countries. libphonenumber knows some of them as ordinary VoIP numbers.
 */
const PREMIUM_RATE = ['+979'];
const SHARED_COST = ['+808'];
/** Inmarsat, the Global Mobile Satellite System, and the satellite networks among +882: Thuraya, ACeS, EMSAT. */
const SATELLITE = ['+870', '+871', '+872', '+873', '+874', '+881', '+88213', '+88216', '+88220'];
const INTERNATIONAL_NETWORKS = ['+878', '+882', '+883', '+888', '+991'];

/** Countries of +1 that users in the US and in Canada call at home prices. */
const HOME_NANP: ReadonlySet<string> = new Set(['US', 'CA']);

const startsWithAny = (number: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => number.startsWith(prefix));

/**
 * All classes that a number is of; empty for ordinary ones.
 * @param region the caller's country, ISO 3166-1
 * @param isRevenueShare whether it is in a range of the maintained list
 */
export function classesOf(
  { target, type, country }: NumberFacts,
  region: string,
  isRevenueShare: (target: string) => boolean,
): readonly DestinationClass[] {
  if (!target.startsWith('+')) return [];
  const classes: DestinationClass[] = [];
  if (type === 'premium-rate' || startsWithAny(target, PREMIUM_RATE)) classes.push('premium-rate');
  if (type === 'shared-cost' || startsWithAny(target, SHARED_COST)) classes.push('shared-cost');
  if (startsWithAny(target, SATELLITE)) classes.push('satellite');
  else if (startsWithAny(target, INTERNATIONAL_NETWORKS)) classes.push('international-networks');
  if (isRevenueShare(target)) classes.push('revenue-share');
  // Freephone and the like of +1 have no country.
  const isAbroad = target.startsWith('+1') && country !== undefined && !HOME_NANP.has(country);
  if (isAbroad && HOME_NANP.has(region)) classes.push('foreign-nanp');
  return classes;
}

export type DestinationRefusal =
  | { readonly limit: 'closed-destination'; readonly destination: DestinationClass }
  /** `country`: undefined for numbers of no country. */
  | { readonly limit: 'country'; readonly country?: string };

/** Why this number is closed for somebody with these limits; undefined when it is not. */
export function closedFor(
  facts: NumberFacts,
  region: string,
  { closed, countries }: Pick<Limits, 'closed' | 'countries'>,
  isRevenueShare: (target: string) => boolean,
): DestinationRefusal | undefined {
  const destination = classesOf(facts, region, isRevenueShare).find((each) => closed.includes(each));
  if (destination !== undefined) return { limit: 'closed-destination', destination };
  // What is not of the public network goes to a PBX or to the provider itself.
  if (countries === undefined || !facts.target.startsWith('+')) return undefined;
  const { country } = facts;
  if (country !== undefined && countries.includes(country)) return undefined;
  // Freephone numbers and the like of a numbering plan that countries share are of none of them, and cost nothing.
  if (country === undefined && facts.type === 'toll-free') return undefined;
  return { limit: 'country', ...(country === undefined ? {} : { country }) };
}
