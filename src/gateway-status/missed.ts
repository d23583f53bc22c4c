/**
 * Calls that did not ring, since who is called is not to be disturbed, and calls that could not be forwarded for a reason of
 * this house (credit, limits, permissions): users read of them in their phone room.
 */
import { type CallRecord, type DecideInbound, missedCall, say } from '../call/index.ts';
import { Lru } from '../lru.ts';
import type { MatrixSide, MatrixUserId } from '../matrix/index.ts';

/** Calls at the same time, with room to spare. */
const REMEMBERED = 10_000;

export interface MissedTeller {
  /** The same decision; who it leaves alone is remembered until the call is over. */
  watching(decide: DecideInbound): DecideInbound;
  /** A call is over. Never rejects. */
  finished(record: CallRecord): Promise<void>;
}

export function createMissedTeller({ tellUser }: Pick<MatrixSide, 'tellUser'>): MissedTeller {
  const quiet = new Lru<string, readonly MatrixUserId[]>(REMEMBERED);
  async function tellForward(record: CallRecord): Promise<void> {
    if (record.direction !== 'in' || record.onward === undefined) return;
    const { onward, outcome, callRef } = record;
    if (outcome.endedBy !== 'gateway' || outcome.sentence === undefined) return;
    const failed = say({ key: 'forward-failed', params: { number: onward.to } });
    const words = `${failed} ${say(outcome.sentence, { ref: callRef })}`;
    await tellUser(onward.by, 'failed', words, `forward-failed:${callRef}`);
  }

  return {
    watching: (decide) => async (request) => {
      const decided = await decide(request);
      if (decided.kind === 'ring' && decided.plan.quiet !== undefined) quiet.set(request.callRef, decided.plan.quiet);
      return decided;
    },
    async finished(record) {
      const { callRef } = record;
      await tellForward(record);
      const users = quiet.get(callRef) ?? [];
      quiet.delete(callRef);
      // Taken by somebody else, or by whom it went on to.
      if (record.direction !== 'in' || record.times.answeredAt !== undefined) return;
      const words = say(missedCall(record.caller), { ref: callRef });
      for (const user of users) await tellUser(user, 'missed', words, `missed:${callRef}`);
    },
  };
}
