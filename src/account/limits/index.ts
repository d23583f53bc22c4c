/** Limits against fraud: where calls may go, and how much of it. Pure but for `createFraudLimits`, which keeps what was tripped. */
export {
  checkLimits,
  type LimitedCall,
  type LimitReached,
  type Limits,
  longestMs,
  type UserActivity,
} from './check.ts';
export { countryOf, NO_COUNTRY } from './country.ts';
export { classesOf, closedFor } from './destinations.ts';
export { type FraudRules, limitsOf } from './effective.ts';
export { createFraudLimits, type FraudLimits, type FraudLimitsParts, type RefusedCall } from './fraud-limits.ts';
export type { DestinationGuard } from './guard.ts';
export {
  type CountedLimit,
  DESTINATION_CLASSES,
  type DestinationClass,
  type DestinationLimit,
  LIMIT_NAMES,
  type LimitName,
  type Trip,
  type TripBook,
  type UserLimits,
} from './ports.ts';
export { allowedInWords, classWords, tripInWords } from './words.ts';
