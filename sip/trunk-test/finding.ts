/** One line of the result. */
export interface Finding {
  /** `DNS`, `TLS`, `account` … */
  readonly step: string;
  /** `note`: worth knowing, and nothing wrong. */
  readonly verdict: 'ok' | 'note' | 'wrong';
  /** What was found; of what is wrong also what to do. */
  readonly words: string;
  /** How long it took. */
  readonly ms?: number;
}

/** Hears of each finding as it is made. */
export type Report = (finding: Finding) => void;
