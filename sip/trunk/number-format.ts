/** How a trunk wants a number written. It applies to numbers in E.164 form; what was dialled literally stays literal. */
export type NumberForm =
  /** As it came: `+4930901820`. */
  | 'as-is'
  /** `+4930901820` */
  | '+e164'
  /** `4930901820` */
  | 'e164'
  /** The international prefix and the digits: `004930901820`. */
  | 'international'
  /** Numbers of the trunk's own country in their national form (`030901820`), others with the international prefix. */
  | 'national';

export interface NumberFormat {
  readonly form: NumberForm;
  /** Country calling code of the trunk without `+`; needed for `national`. */
  readonly countryCode?: string;
  /** What precedes a national number, default `0`; empty in the North American plan. */
  readonly nationalPrefix?: string;
  /** What precedes a foreign number, default `00`; `011` in the North American plan. */
  readonly internationalPrefix?: string;
  /** Applied in order to the written form; `match` is a regular expression, `replace` may refer to groups (`$1`). */
  readonly rewrite?: readonly { readonly match: string; readonly replace: string }[];
  /** Characters removed from the front, after the rewriting. */
  readonly strip?: number;
  /** Put in front of what remains. */
  readonly prepend?: string;
  /** A customer or route code in front of everything, and what stands between it and the number (`*`, `#`, nothing). */
  readonly techPrefix?: string;
  readonly techPrefixSeparator?: string;
}

/**
 * Writes a dialled number the way a trunk wants it.
 * @param number `+` and digits (E.164), or any other dialled string: short codes, extensions, `*31#…`
 * @returns a user part in plain text (not yet escaped)
 */
export function formatNumber(number: string, format: NumberFormat): string {
  let written = inForm(number, format);
  for (const { match, replace } of format.rewrite ?? []) written = written.replace(new RegExp(match, 'u'), replace);
  if (format.strip !== undefined) written = written.slice(format.strip);
  written = `${format.prepend ?? ''}${written}`;
  return format.techPrefix === undefined
    ? written
    : `${format.techPrefix}${format.techPrefixSeparator ?? ''}${written}`;
}

function inForm(number: string, format: NumberFormat): string {
  const digits = /^\+(\d+)$/.exec(number)?.[1];
  if (digits === undefined) return number;
  const international = `${format.internationalPrefix ?? '00'}${digits}`;
  switch (format.form) {
    case 'as-is':
    case '+e164':
      return number;
    case 'e164':
      return digits;
    case 'international':
      return international;
    case 'national':
      return format.countryCode !== undefined && digits.startsWith(format.countryCode)
        ? `${format.nationalPrefix ?? '0'}${digits.slice(format.countryCode.length)}`
        : international;
    default:
      return format.form satisfies never;
  }
}
