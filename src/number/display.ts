/** The names under which people see numbers. */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { meaningOf, type NumberRules } from './dial-plan.ts';
import { parseDialString } from './dial-string.ts';

/** Long enough for any number and most SIP addresses; a room list shows no more. */
const longestName = 64;

/**
 * The display name of the ghost for a dialled text: a number of the rules' own country in its national form, any other in
 * its international form; what is no number of the public network as it was dialled.
 */
export function displayName(dialled: string, rules: NumberRules): string {
  const read = parseDialString(dialled);
  if (!read.ok) return sanitised(dialled);
  const meaning = meaningOf(read.dialled, rules);
  if (meaning.kind !== 'e164' || /\p{L}/u.test(dialled)) return sanitised(dialled);
  return formatE164(meaning.target, rules.region);
}

/** A number of the world as people of `region` write it. */
export function formatE164(e164: string, region: string): string {
  const number = parsePhoneNumberFromString(e164, isSupportedCountry(region) ? (region as CountryCode) : undefined);
  if (!number) return sanitised(e164);
  const own = number.country === region || (number.country === undefined && isSameCode(number.number, region));
  return own ? number.formatNational() : number.formatInternational();
}

/** Countries may share a calling code, and the metadata may not know which of them a number is in. */
function isSameCode(e164: string, region: string): boolean {
  const own = parsePhoneNumberFromString(e164);
  return own?.getPossibleCountries().includes(region as CountryCode) ?? false;
}

/** No control, format or direction characters, no line breaks, no more than fits. */
export function sanitised(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...clean];
  if (characters.length <= longestName) return clean;
  return `${characters.slice(0, longestName - 1).join('')}…`;
}

/** A number as it may stand in a log: its last two digits. */
export function redactedNumber(number: string): string {
  const digits = number.replace(/\D/g, '');
  return digits.length <= 4 ? '…' : `…${digits.slice(-2)}`;
}
