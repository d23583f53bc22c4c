/** Limits against fraud: where calls may go, and how much of it. Pure but for `createFraudLimits`, which keeps what was tripped. */
export { checkLimits, type LimitedCall, type LimitReached, type Limits, type UserActivity } from './check.ts';
export { classesOf, closedFor } from './destinations.ts';
export type { DestinationGuard } from './guard.ts';
export type {
  CountedLimit,
  DestinationClass,
  DestinationLimit,
  LimitName,
  Trip,
  TripBook,
  UserLimits,
} from './ports.ts';
