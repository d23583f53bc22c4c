/** The tone that warns: of credit that ends soon. Twice, so that it is told from a line's noise. */

export const warningTone = {
  frequencyHz: 1000,
  /** On, off, on. */
  cadenceMs: [260, 100, 260],
  /** Of full scale: −12 dBFS at its peaks, −15 dBFS in all. */
  level: 0.25,
} as const;
