/** Numbers of the public network, E.164, by libphonenumber's metadata. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** A number in E.164 with its plus sign, `+441818118181`. */
export type E164 = string & { readonly __brand: 'E164' };

/** libphonenumber's types, as far as it knows them. */
export type NumberKind =
  | 'FIXED_LINE'
  | 'MOBILE'
  | 'FIXED_LINE_OR_MOBILE'
  | 'PREMIUM_RATE'
  | 'TOLL_FREE'
  | 'SHARED_COST'
  | 'VOIP'
  | 'PERSONAL_NUMBER'
  | 'PAGER'
  | 'UAN'
  | 'VOICEMAIL';

export interface PublicNumber {
  readonly e164: E164;
  /** ISO 3166-1; absent for satellite and international networks, and where the metadata cannot tell. */
  readonly country?: string;
  readonly numberKind?: NumberKind;
  /** The metadata knows such a number. Not certain: its length is right and it was written with a prefix. */
  readonly certain: boolean;
}

/** E.164 §6: at most 15 digits, no zero in front. Fewer than seven are no subscriber's. */
const shape = /^\+[1-9]\d{6,14}$/;

export function isE164(text: string): text is E164 {
  return shape.test(text);
}

/**
 * The number of the world that digits mean for somebody in `region`. A number that the metadata does not know (it lags
 * behind new ranges) counts when its length is possible and the dialler wrote a national or international prefix: then
 * no short code can be meant.
 * @param dial `+` and digits, or digits
 * @param region ISO 3166-1
 */
export function parseE164(dial: string, region: string): PublicNumber | undefined {
  if (!/^\+?\d+$/.test(dial) || !isSupportedCountry(region)) return undefined;
  const number = parsePhoneNumberFromString(dial, region as CountryCode);
  if (!number || !isE164(number.number)) return undefined;
  const certain = number.isValid();
  if (!certain && !(number.isPossible() && hasPrefix(dial, number.nationalNumber))) return undefined;
  const numberKind = number.getType();
  return {
    e164: number.number,
    certain,
    ...(number.country === undefined ? {} : { country: number.country }),
    ...(numberKind === undefined ? {} : { numberKind }),
  };
}

/** Whether something was written in front of the national number: `+44`, `0044`, or the national prefix. */
function hasPrefix(dial: string, nationalNumber: string): boolean {
  return dial.startsWith('+') || (dial !== nationalNumber && dial.endsWith(nationalNumber));
}
