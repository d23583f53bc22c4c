/** Feature codes in front of a number that say whether the caller's number is shown, for this call. */

export interface CallerIdCode {
  /** What is dialled without the code. */
  readonly dial: string;
  /** Undefined: no code was dialled. */
  readonly withheld?: boolean;
}

/**
 * `*31#`, `#31#` and `*67` withhold, `*82` shows. On mobile networks `*31#` shows and `#31#` withholds (3GPP TS 22.030
 * Annex B), on European fixed networks `*31#` withholds (ETSI ETS 300 738): who means the other loses nothing but a name
 * on a display, so either withholds.
 */
export function splitCallerIdCode(dial: string): CallerIdCode {
  const [, code = '', rest = ''] = /^(\*31#|#31#|\*67|\*82)(\+?\d{3,})$/.exec(dial) ?? [];
  return code === '' ? { dial } : { dial: rest, withheld: code !== '*82' };
}
