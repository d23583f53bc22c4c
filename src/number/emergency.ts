/**
 * Emergency numbers. Who dials one must hear at once that it does not work here, so the list errs on the side of too many:
 * people in need dial the number they grew up with. Sources: 3GPP TS 22.101 §10.1.1, EU Directive 2018/1972 art. 109, the
 * ITU's list of national emergency numbers (E.129 notifications).
 */

/** Emergency numbers wherever the caller is: GSM's 112 and 911, and 999. */
const everywhere: ReadonlySet<string> = new Set(['112', '911', '999']);

/** Emergency numbers of many countries: taken for one unless the country or the dial plan uses it for something else. */
const usual: ReadonlySet<string> = new Set([
  '000',
  '110',
  '111',
  '113',
  '115',
  '117',
  '118',
  '119',
  '995',
  '997',
  '998',
]);

/** National emergency numbers beside 112, 911 and 999. */
const national: Readonly<Record<string, string>> = {
  AE: '997 998',
  AL: '126 127 128 129',
  AM: '101 102 103',
  AR: '100 101 107',
  AT: '122 133 140 141 144',
  AU: '000 106',
  AZ: '101 102 103',
  BA: '122 123 124',
  BE: '100 101',
  BG: '150 160 166',
  BR: '190 191 192 193 199',
  BY: '101 102 103',
  CH: '117 118 143 144 1414 1415',
  CL: '131 132 133',
  CN: '110 119 120 122',
  CO: '123',
  CZ: '150 155 156 158',
  DE: '110',
  DZ: '14 17 1548',
  EC: '101 102',
  EG: '122 123 180',
  ES: '061 062 080 085 091 092',
  FR: '15 17 18 114 191 196',
  GR: '100 108 166 199',
  HR: '192 193 194 195',
  HU: '104 105 107',
  ID: '110 113 115 118 119',
  IL: '100 101 102',
  IN: '100 101 102 108',
  IQ: '104 115 122',
  IR: '110 115 125',
  IT: '113 114 115 117 118',
  JP: '110 118 119',
  KR: '119',
  KZ: '101 102 103',
  LB: '125 140 175',
  LK: '110 118 119',
  MA: '15 19 177',
  MD: '901 902 903',
  ME: '122 123 124',
  MK: '192 193 194',
  NG: '199',
  NO: '110 113',
  NP: '100 101 102',
  NZ: '111',
  PE: '105 106 116',
  PH: '117',
  PK: '15 16 115 1122',
  PL: '997 998',
  RS: '192 193 194',
  RU: '101 102 103 104',
  SA: '997 998',
  SG: '995',
  SI: '113',
  SK: '150 155 158 159',
  TH: '191 199 1669',
  TN: '190 193 197 198',
  TR: '110 155 156 177',
  TW: '110 119',
  UA: '101 102 103 104',
  VN: '113 114 115',
  ZA: '10111 10177',
};

/** Where a usual emergency number is something else. */
const otherUse: Readonly<Record<string, string>> = {
  // 115 is the public administration's number in Germany; 111 is the health line in the United Kingdom (not life-saving,
  // but whoever dials it wants help: it stays a service number).
  DE: '115',
  GB: '111',
  // 118 followed by nothing is directory enquiries there.
  SE: '118',
};

const has = (table: Readonly<Record<string, string>>, region: string, digits: string): boolean =>
  Object.hasOwn(table, region) && (table[region]?.split(' ').includes(digits) ?? false);

/** Feature codes that people put in front of a number: withhold or show the caller's number. */
const callerIdCode = /^(?:\*31#|#31#|\*67|\*82)/;

/**
 * Whether digits are an emergency number for somebody in `region` (ISO 3166-1). `certain`: whatever the dial plan says;
 * `likely`: an emergency number of many countries that is not known to be anything else in this one.
 * @param dial what `parseDialString` gave, with `+`, `*` and `#`
 * @param callingCode the region's, `44`: somebody may write it in front
 */
export function emergencyIntent(dial: string, region: string, callingCode: string): 'certain' | 'likely' | undefined {
  const bare = dial.replace(callerIdCode, '');
  const digits = nationalDigits(bare, callingCode);
  if (everywhere.has(digits) || has(national, region, digits)) return 'certain';
  if (usual.has(digits) && !has(otherUse, region, digits) && !bare.startsWith('+')) return 'likely';
  return undefined;
}

/** Without what stands for the own country in front (`+49112`, `0049112`), or for any country (`+112`). */
function nationalDigits(bare: string, callingCode: string): string {
  const international = /^(?:\+|00|011)(\d+)$/.exec(bare)?.[1];
  if (international === undefined) return bare.replace(/#$/, '');
  if (bare.startsWith('+') && everywhere.has(international)) return international;
  if (callingCode !== '' && international.startsWith(callingCode)) return international.slice(callingCode.length);
  return bare.startsWith('+') ? '' : bare;
}
