/** What a decision about one call or text asks the limits: quick, and without side effects. */
import type { GatewayCause } from '../../call/index.ts';
import type { NumberFacts } from '../number-filter.ts';
import type { Limits } from './check.ts';

export interface DestinationGuard {
  /** What holds for this user now. */
  of(user: string): Limits;
  /** Why a user may not reach a number; undefined: they may. @param region the user's country */
  closed(
    user: string,
    facts: NumberFacts,
    region: string,
  ):
    | { readonly cause: Extract<GatewayCause, 'destination-closed' | 'destination-denied'>; readonly admin: string }
    | undefined;
}
