/** How a call ends that nobody has answered: who is told what, once. */
import type { HangupReason } from '../../matrix/index.ts';
import type { CallOutcome } from '../record.ts';
import type { InboundEffect, InboundStep } from './effects.ts';
import type { NotTaken } from './outcome.ts';
import { type Ring, type RingingState, sameTarget, type Verdict } from './state.ts';

export const isActive = ({ status }: Ring): boolean => status !== 'over';

/** Takes one out of the ringing. `reason`: what its clients are told; undefined when they know. */
export function endRing(
  ring: Ring,
  verdict: Verdict,
  reason: HangupReason | undefined,
): { readonly ring: Ring; readonly effects: readonly InboundEffect[] } {
  if (!isActive(ring)) return { ring, effects: [] };
  return {
    ring: { ...ring, status: 'over', verdict, candidates: [] },
    effects: [reason === undefined ? { type: 'dropRing', ring: ring.id } : { type: 'endRing', ring: ring.id, reason }],
  };
}

/** Takes all out that `verdictOf` has a verdict for; the clients of each are told `reason`. */
export function endRings(
  rings: readonly Ring[],
  reason: HangupReason,
  verdictOf: (ring: Ring) => Verdict | undefined,
): { readonly rings: readonly Ring[]; readonly effects: readonly InboundEffect[] } {
  const ended = rings.map((ring) => {
    const verdict = isActive(ring) ? verdictOf(ring) : undefined;
    return verdict === undefined ? { ring, effects: [] } : endRing(ring, verdict, reason);
  });
  return { rings: ended.map(({ ring }) => ring), effects: ended.flatMap(({ effects }) => effects) };
}

/**
 * One for each of those who were rung, or would have been, and did not say no: where they are told of the call. A target that
 * rang in several steps counts once.
 */
export function missedBy(rings: readonly Ring[]): readonly Ring[] {
  const told: Ring[] = [];
  for (const ring of rings) {
    if (!ring.hasRoom || rings.some((other) => sameTarget(other.target, ring.target) && saidNo(other))) continue;
    if (!told.some((other) => sameTarget(other.target, ring.target))) told.push(ring);
  }
  return told;
}

const saidNo = ({ verdict }: Ring): boolean => verdict === 'rejected' || verdict === 'answered';

interface Refusing {
  readonly by: CallOutcome['endedBy'];
  /** What clients that ring are told. */
  readonly reason: HangupReason;
  /** Nobody has rung yet, and the caller's network will try in another way: nobody is told of it. */
  readonly untold?: true;
}

/** The caller is told no, the clients stop ringing, and who missed the call reads of it. */
export function refuse(
  state: RingingState,
  { refusal, cause, admin }: NotTaken,
  { by, reason, untold }: Refusing,
): InboundStep {
  const { rings, effects } = endRings(state.rings, reason, () => 'called-off');
  return {
    state: { phase: 'ended', rings },
    effects: [
      { type: 'refuseSip', refusal },
      ...effects,
      ...(untold ? [] : missedBy(rings)).map(({ id }): InboundEffect => ({ type: 'tellMissed', ring: id })),
      { type: 'closeMedia' },
      {
        type: 'finish',
        outcome: {
          endedBy: by,
          cause,
          reason,
          admin,
          sipStatus: refusal.status,
          ...(refusal.q850 === undefined ? {} : { q850: refusal.q850 }),
        },
      },
    ],
  };
}

/** The caller gave up. `elsewhere`: the call was taken at another place, so nobody here has missed it (RFC 3326). */
export function callerGaveUp(state: RingingState, elsewhere: boolean): InboundStep {
  const reason = elsewhere ? 'answered_elsewhere' : 'user_hangup';
  const { rings, effects } = endRings(state.rings, reason, () => 'called-off');
  const missed = elsewhere ? [] : missedBy(rings);
  return {
    state: { phase: 'ended', rings },
    effects: [
      ...effects,
      ...missed.map(({ id }): InboundEffect => ({ type: 'tellMissed', ring: id, givenUp: true })),
      { type: 'closeMedia' },
      {
        type: 'finish',
        outcome: { endedBy: 'caller', cause: elsewhere ? 'answered-elsewhere' : 'cancelled', reason },
      },
    ],
  };
}
