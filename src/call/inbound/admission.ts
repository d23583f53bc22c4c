/** Whether a call in may ring, and whom: decided, then entered in the books, which may refuse it. */
import type { InboundCall, Refusal } from '../../../sip/index.ts';
import type { AccountedCall, CallEntered, Clock, DecideInbound, InboundDecided } from '../ports.ts';
import { inboundEntry } from './entry.ts';

interface Parts {
  readonly decide: DecideInbound;
  /** Writes it down in the books. */
  readonly enter: (entry: AccountedCall) => Promise<CallEntered>;
  readonly clock: Clock;
  /** The caller has given up meanwhile. */
  readonly isOver: () => boolean;
}

/** Q.850 cause 41, temporary failure. */
const notTakenNow: Refusal = { status: 480, q850: 41, text: 'Temporary failure' };

/**
 * @param live the other calls of the gateway at this moment
 * Rejects when nothing can be decided, or the books cannot be written.
 */
export async function admit(call: InboundCall, live: number, parts: Parts): Promise<InboundDecided> {
  const { callRef, trunk, account, called, caller } = call;
  const request = { callRef, trunk, ...(account === undefined ? {} : { account }), called, caller, live };
  const decision = await parts.decide(request);
  if (decision.kind === 'refuse' || parts.isOver()) return decision;
  const answer = await parts.enter(inboundEntry(call, parts.clock.now()));
  if (answer.kind === 'entered') return decision;
  return { kind: 'refuse', refusal: notTakenNow, admin: answer.admin ?? answer.cause };
}
