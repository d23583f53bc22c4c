/** Times as an SMS has them (TS 23.040 §9.2.3.11): seven octets of swapped digits, local time with its distance from UTC. */

/** @returns ms since 1970, or undefined when the digits are no time */
export function readTimestamp(octets: Uint8Array): number | undefined {
  const [year, month, day, hour, minute, second] = [...octets.subarray(0, 6)].map(swapped);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  const zone = octets[6] ?? 0;
  // The highest bit of the first digit is the sign; the unit is a quarter of an hour.
  const quarters = swapped(zone & 0xf7);
  if (quarters === undefined || month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = (zone & 0x08) === 0 ? quarters : -quarters;
  // Two digits; there was no SMS before 1992.
  return Date.UTC(year < 90 ? 2000 + year : 1900 + year, month - 1, day, hour, minute, second) - offset * 900_000;
}

/** @param at ms since 1970; written in UTC, to the second */
export function writeTimestamp(at: number): Uint8Array {
  const time = new Date(at);
  const fields = [
    time.getUTCFullYear() % 100,
    time.getUTCMonth() + 1,
    time.getUTCDate(),
    time.getUTCHours(),
    time.getUTCMinutes(),
    time.getUTCSeconds(),
    0,
  ];
  return Uint8Array.from(fields, (field) => ((field % 10) << 4) | Math.floor(field / 10));
}

function swapped(octet: number): number | undefined {
  const tens = octet & 0x0f;
  const ones = octet >> 4;
  return tens > 9 || ones > 9 ? undefined : tens * 10 + ones;
}

const MINUTE = 60_000;

/** A relative validity period (TS 23.040 §9.2.3.12.1), in ms. */
export function readValidity(value: number): number {
  if (value <= 143) return (value + 1) * 5 * MINUTE;
  if (value <= 167) return (12 * 60 + (value - 143) * 30) * MINUTE;
  if (value <= 196) return (value - 166) * 24 * 60 * MINUTE;
  return (value - 192) * 7 * 24 * 60 * MINUTE;
}

/** The shortest period that is not shorter than `ms`; 63 weeks at most. */
export function writeValidity(ms: number): number {
  for (let value = 0; value < 255; value += 1) if (readValidity(value) >= ms) return value;
  return 255;
}
