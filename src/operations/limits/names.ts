/** Limits by their names in the configuration: those that count, and all that can be set for one user. */

/** `isMoney`: an amount; the others are counts. */
export const LIMITS = {
  price_per_minute: { field: 'pricePerMinute', isMoney: true, words: 'price of a minute' },
  spend_per_day: { field: 'spendPerDay', isMoney: true, words: 'spent in a day' },
  minutes_per_day: { field: 'minutesPerDay', isMoney: false, words: 'minutes in a day' },
  calls_per_minute: { field: 'callsPerMinute', isMoney: false, words: 'calls in a minute' },
  calls_per_hour: { field: 'callsPerHour', isMoney: false, words: 'calls in an hour' },
  numbers_per_hour: { field: 'numbersPerHour', isMoney: false, words: 'different numbers in an hour' },
  countries_per_hour: { field: 'countriesPerHour', isMoney: false, words: 'different countries in an hour' },
  call_s: { field: 'callS', isMoney: false, words: 'seconds of one call' },
  calls: { field: 'callsAtOnce', isMoney: false, words: 'calls at the same time' },
} as const;

type Counted = keyof typeof LIMITS;
export const COUNTED = Object.keys(LIMITS) as [Counted, ...Counted[]];
export const SETTABLE = [...COUNTED, 'closed', 'countries'] as const;
