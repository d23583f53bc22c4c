/** The country of a number, as limits and records count it. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Numbers that are of no country: satellites, international networks (UN M.49: the world). */
export const NO_COUNTRY = '001';

/**
 * @param e164 with its plus sign
 * @returns ISO 3166-1, or `001`. A number that the metadata does not know (it lags behind new ranges) is of the main country of its code.
 */
export function countryOf(e164: string): string {
  const number = parsePhoneNumberFromString(e164);
  if (number?.country !== undefined) return number.country;
  if (number === undefined || number.isNonGeographic()) return NO_COUNTRY;
  return number.getPossibleCountries()[0] ?? NO_COUNTRY;
}
