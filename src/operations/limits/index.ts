/** Limits against fraud: what holds for whom, who ran into one, and lifting it. */
export { limitsSet } from './set.ts';
export { limitsShow } from './show.ts';
export { limitsLift, limitsTrips } from './trips.ts';
