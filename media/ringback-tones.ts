/** Ringback tones as subscribers know them (ITU-T E.180 supplement 2). */

export interface Ringback {
  readonly frequenciesHz: readonly number[];
  /** Milliseconds on, off, on, off … */
  readonly cadenceMs: readonly number[];
}

const DEFAULT_RINGBACK: Ringback = { frequenciesHz: [425], cadenceMs: [1000, 4000] };
const NORTH_AMERICA: Ringback = { frequenciesHz: [440, 480], cadenceMs: [2000, 4000] };
const BRITISH: Ringback = { frequenciesHz: [400, 450], cadenceMs: [400, 200, 400, 2000] };

const BY_COUNTRY: Readonly<Record<string, Ringback>> = {
  at: { frequenciesHz: [420], cadenceMs: [1000, 5000] },
  au: BRITISH,
  ca: NORTH_AMERICA,
  es: { frequenciesHz: [425], cadenceMs: [1500, 3000] },
  fr: { frequenciesHz: [440], cadenceMs: [1500, 3500] },
  gb: BRITISH,
  ie: BRITISH,
  nz: BRITISH,
  se: { frequenciesHz: [425], cadenceMs: [1000, 5000] },
  us: NORTH_AMERICA,
};

/** The tone of a country (ISO 3166-1 alpha-2, any case); Europe's 425 Hz for all that is not listed. */
export function ringbackOf(country: string | undefined): Ringback {
  return BY_COUNTRY[(country ?? '').toLowerCase()] ?? DEFAULT_RINGBACK;
}
