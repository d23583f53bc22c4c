/** What a dialled string means for somebody in a country: emergency, an extension, a code, a number of the world. */
import { type CountryCode, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import { type Dialled, parseDialString } from './dial-string.ts';
import { type E164, type NumberKind, type PublicNumber, parseE164 } from './e164.ts';
import { emergencyIntent } from './emergency.ts';

/** A rule of the administrator for what is not a number of the public network. */
export interface DialPlanRule {
  /** Must match the whole dialled string, without spaces and punctuation. */
  readonly match: RegExp;
  /** What is dialled in its place, with `$1`…; without it the string as it is. */
  readonly replace?: string;
  readonly name?: string;
}

export interface NumberRules {
  /** ISO 3166-1 country whose national numbers are understood. */
  readonly region: string;
  readonly dialPlan: readonly DialPlanRule[];
  /** Emergency numbers beside those that are known of the country: the provider's number for tests, say. */
  readonly emergencyNumbers?: ReadonlySet<string>;
}

/** What was meant. `target` is what is dialled, before the trunk's own way of writing numbers. */
export type Meaning =
  | { readonly kind: 'emergency'; readonly target: string }
  | { readonly kind: 'dial-plan'; readonly target: string; readonly rule: DialPlanRule }
  | { readonly kind: 'uri'; readonly target: string }
  /** With `*` or `#`: the network or the PBX knows what it means. */
  | { readonly kind: 'code'; readonly target: string }
  /** A short number of the country. */
  | { readonly kind: 'short'; readonly target: string }
  | { readonly kind: 'e164'; readonly target: E164; readonly country?: string; readonly numberKind?: NumberKind }
  /** Digits that make no number of this country: dialled as they are, the network will know. */
  | { readonly kind: 'literal'; readonly target: string };

/** A dial plan from its configuration; a rule matches whole strings only. */
export function compileDialPlan(
  rules: readonly {
    readonly match: string;
    readonly replace?: string | undefined;
    readonly name?: string | undefined;
  }[],
): DialPlanRule[] {
  return rules.map(({ match, replace, name }) => ({
    match: new RegExp(`^(?:${match})$`, 'u'),
    ...(replace === undefined ? {} : { replace }),
    ...(name === undefined ? {} : { name }),
  }));
}

/**
 * The order is the point: emergency numbers before everything, the administrator's rules before any guess, codes and short
 * numbers before anything that would turn them into an international number.
 */
export function meaningOf(dialled: Dialled, { region, dialPlan, emergencyNumbers }: NumberRules): Meaning {
  const dial = dialled.kind === 'uri' ? dialled.user : dialled.dial;
  const called = dialled.kind === 'uri' ? userDigits(dialled.user) : dial;
  const emergency = emergencyIntent(called, region, callingCode(region));
  if (emergency === 'certain' || emergencyNumbers?.has(called)) return { kind: 'emergency', target: dial };
  if (dialled.kind === 'uri') {
    return emergency ? { kind: 'emergency', target: dial } : { kind: 'uri', target: dialled.uri };
  }
  const rule = dialPlan.find(({ match }) => match.test(dial));
  if (rule) {
    const target = rule.replace === undefined ? dial : dial.replace(rule.match, rule.replace);
    // An outside line in front of it makes an emergency number no other number.
    if (emergencyIntent(target, region, callingCode(region)) === 'certain') return { kind: 'emergency', target };
    return { kind: 'dial-plan', target, rule };
  }
  if (emergency) return { kind: 'emergency', target: dial };
  if (/[*#]/.test(dial)) return { kind: 'code', target: dial };
  const number = parseE164(dial, region);
  if (isShort(dial, number)) return { kind: 'short', target: dial };
  if (!number) return { kind: 'literal', target: dial };
  return {
    kind: 'e164',
    target: number.e164,
    ...(number.country === undefined ? {} : { country: number.country }),
    ...(number.numberKind === undefined ? {} : { numberKind: number.numberKind }),
  };
}

/** The user part of a SIP URI as the far side reads it: without escapes, and without parameters (RFC 3261 §19.1.1, §19.1.6). */
function userDigits(user: string): string {
  const [number = ''] = user.split(';');
  try {
    return decodeURIComponent(number).replace(/[-. ()]/g, '');
  } catch {
    return number;
  }
}

/** Kinds of short numbers that belong to a subscriber: small countries have such. */
const subscribers: ReadonlySet<string> = new Set(['FIXED_LINE', 'MOBILE', 'FIXED_LINE_OR_MOBILE', 'VOIP']);

/**
 * Up to six digits, not international: a short code or service number, unless the metadata knows a subscriber of that
 * number. 116xxx (harmonised European services) and 118xx (directory enquiries) are short codes in any case.
 */
function isShort(dial: string, number: PublicNumber | undefined): boolean {
  if (dial.startsWith('+') || dial.length > 6) return false;
  if (/^11[68]\d{2,3}$/.test(dial)) return true;
  return !(number?.certain && number.numberKind !== undefined && subscribers.has(number.numberKind));
}

function callingCode(region: string): string {
  return isSupportedCountry(region) ? getCountryCallingCode(region as CountryCode) : '';
}

/** What a dialled text means in E.164, where it is a number of the public network; else as it was dialled. */
export function canonicalDial(dialled: string, rules: NumberRules): string {
  const read = parseDialString(dialled);
  const meaning = read.ok ? meaningOf(read.dialled, rules) : undefined;
  return meaning?.kind === 'e164' ? meaning.target : dialled;
}
