/** A call out that may be made is entered in the books, which may refuse it or leave it less time. */
import type { Decided } from './machine.ts';
import type { AccountedCall, CallEntered } from './ports.ts';

/** A decision by which somebody is called. */
export type Allowed = Exclude<Decided, { kind: 'refuse' | 'not-ours' }>;

export const isAllowed = (decision: Decided): decision is Allowed =>
  decision.kind !== 'refuse' && decision.kind !== 'not-ours';

type OfTheCall = Omit<Extract<AccountedCall, { direction: 'out' }>, 'direction' | 'plan' | 'isInside'>;

/**
 * @param enter writes it down; what it rejects with is passed on
 * @returns what is decided by now
 */
export async function enterOutbound(
  decision: Allowed,
  call: OfTheCall,
  enter: (call: AccountedCall) => Promise<CallEntered>,
): Promise<Decided> {
  const { kind, plan } = decision;
  const answer = await enter({ ...call, direction: 'out', plan, isInside: kind === 'inside' });
  return answer.kind === 'refused' ? { ...answer, kind: 'refuse' } : noLonger(decision, answer.longestMs);
}

/** A decision with what is left of a limit: the shorter of the two counts. */
function noLonger(decision: Allowed, longestMs: number | undefined): Allowed {
  if (longestMs === undefined) return decision;
  const plan = { ...decision.plan, longestCallMs: Math.min(longestMs, decision.plan.longestCallMs ?? longestMs) };
  return { ...decision, plan };
}
