/** Which numbers a rule speaks of: by their beginning, their country, their type. */
import { type Meaning, type NumberKind, parseE164 } from '../number/index.ts';

/** libphonenumber's types, and what is no number of the public network. */
export type NumberType =
  | 'fixed-line'
  | 'mobile'
  | 'fixed-line-or-mobile'
  | 'premium-rate'
  | 'toll-free'
  | 'shared-cost'
  | 'voip'
  | 'personal'
  | 'pager'
  | 'uan'
  | 'voicemail'
  | 'unknown'
  | 'short'
  | 'code'
  | 'extension'
  | 'sip-uri';

/** A filter without conditions fits every number; one with several wants all of them met. */
export interface NumberFilter {
  /** `+49` of numbers of the public network; of anything else the beginning of what is dialled. */
  readonly prefixes: readonly string[];
  /** ISO 3166-1. */
  readonly countries: readonly string[];
  readonly types: readonly NumberType[];
}

/** What filters look at. */
export interface NumberFacts {
  readonly target: string;
  readonly type: NumberType;
  readonly country?: string;
}

const typeOfKind: Readonly<Record<NumberKind, NumberType>> = {
  FIXED_LINE: 'fixed-line',
  MOBILE: 'mobile',
  FIXED_LINE_OR_MOBILE: 'fixed-line-or-mobile',
  PREMIUM_RATE: 'premium-rate',
  TOLL_FREE: 'toll-free',
  SHARED_COST: 'shared-cost',
  VOIP: 'voip',
  PERSONAL_NUMBER: 'personal',
  PAGER: 'pager',
  UAN: 'uan',
  VOICEMAIL: 'voicemail',
};

/** @param region the caller's country, for numbers whose country is not known yet */
export function factsOf(meaning: Exclude<Meaning, { kind: 'emergency' }>, region: string): NumberFacts {
  const { target } = meaning;
  switch (meaning.kind) {
    case 'e164': {
      const { country, numberKind } =
        meaning.numberKind === undefined ? (parseE164(target, region) ?? meaning) : meaning;
      return {
        target,
        type: numberKind === undefined ? 'unknown' : typeOfKind[numberKind],
        ...(country === undefined ? {} : { country }),
      };
    }
    case 'dial-plan':
      return { target, type: 'extension' };
    case 'uri':
      return { target, type: 'sip-uri' };
    case 'code':
      return { target, type: 'code' };
    case 'short':
      return { target, type: 'short' };
    case 'literal':
      return { target, type: 'unknown' };
    default:
      return meaning satisfies never;
  }
}

/**
 * How well a filter fits: undefined when it does not, else a number that grows with how much it says: the length of the
 * prefix, with countries and types before no condition at all.
 */
export function fitOf(filter: NumberFilter, facts: NumberFacts): number | undefined {
  const { prefixes, countries, types } = filter;
  const prefix = Math.max(-1, ...prefixes.filter((each) => facts.target.startsWith(each)).map((each) => each.length));
  if (prefixes.length > 0 && prefix === -1) return undefined;
  if (countries.length > 0 && (facts.country === undefined || !countries.includes(facts.country))) return undefined;
  if (types.length > 0 && !types.some((type) => isOfType(facts.type, type))) return undefined;
  const kinds = (countries.length > 0 ? 0.5 : 0) + (types.length > 0 ? 0.25 : 0);
  return Math.max(prefix, 0) + kinds;
}

/** Some countries give mobiles and fixed lines the same numbers: such a number is meant by either word. */
function isOfType(type: NumberType, wanted: NumberType): boolean {
  if (type === 'fixed-line-or-mobile' && (wanted === 'fixed-line' || wanted === 'mobile')) return true;
  return type === wanted;
}
