/** Which numbers may be called. */
import { fitOf, type NumberFacts, type NumberFilter } from './number-filter.ts';
import type { People } from './people.ts';

export interface DestinationRule extends NumberFilter {
  readonly action: 'allow' | 'deny';
  /** Undefined: everybody. */
  readonly users?: People;
}

/** The first rule that fits decides; what none fits may be called. */
export function mayDial(user: string, number: NumberFacts, rules: readonly DestinationRule[]): boolean {
  const rule = rules.find(
    (each) => (each.users === undefined || each.users.has(user)) && fitOf(each, number) !== undefined,
  );
  return rule?.action !== 'deny';
}
