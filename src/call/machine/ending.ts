/** How a call ends: what each side is told, once, and what remains of it. */
import { type Explanation, type TelephoneCause, telephoneCause } from '../reasons.ts';
import type { CallOutcome, EndedBy } from '../record.ts';
import type { Sentence } from '../sentences.ts';
import type { Effect, Step } from './effects.ts';
import type { CallState, Facts, PlannedPhase, Talks } from './state.ts';

const withSipLeg: ReadonlySet<PlannedPhase> = new Set<PlannedPhase>([
  'calling',
  'ringing',
  'answering-early',
  'early',
  'answering',
  'connecting',
  'talking',
  'transferring',
  'referred',
]);
const bothAnswered = ['connecting', 'talking', 'transferring', 'referred'] as const;
const withMatrixAnswer: ReadonlySet<PlannedPhase> = new Set<PlannedPhase>(['early', ...bothAnswered]);
const withSipAnswer: ReadonlySet<PlannedPhase> = new Set<PlannedPhase>(['answering', ...bothAnswered]);

/** Whether an INVITE is out. */
export const sipPlaced = (phase: PlannedPhase): boolean => withSipLeg.has(phase);
/** Whether the client has been answered. */
export const matrixAnswered = (phase: PlannedPhase): boolean => withMatrixAnswer.has(phase);
/** Whether the telephone has answered. */
export const sipAnswered = (phase: PlannedPhase): boolean => withSipAnswer.has(phase);

export type OngoingState = Exclude<CallState, { phase: 'new' | 'ended' }>;

export interface Ending {
  readonly by: EndedBy;
  readonly why: Pick<Explanation, 'cause' | 'reason' | 'sentence' | 'admin'>;
  /** Whether the client must be told; it is not when it ended the call itself. */
  readonly tellMatrix: boolean;
  /** The answer was never delivered: the client still waits for one, whatever the phase says. */
  readonly answerLost?: true;
  /** What the telephone is told; undefined when its leg is over by itself. */
  readonly sipCause?: TelephoneCause;
  /** Telephone and media go on without this call. */
  readonly handOver?: Pick<Talks, 'toldSip' | 'towardsMatrix'>;
  /** Stands in for the cause's own sentence, for its parameters. */
  readonly sentence?: Sentence;
  readonly facts?: Pick<CallOutcome, 'sipStatus' | 'q850'>;
}

/** Ends a call that has begun. Each leg is told at most once: after this the state is `ended`. */
export function end(state: OngoingState, ending: Ending): Step<CallState> {
  const effects: Effect[] = [];
  const planned = state.phase === 'deciding' ? undefined : state.phase;
  const { handOver } = ending;
  if (handOver) effects.push({ type: 'handOver', told: handOver.toldSip, wish: handOver.towardsMatrix });
  else if (planned === 'transferring' || planned === 'referred') effects.push({ type: 'cancelTransfer' });
  if (planned && sipPlaced(planned) && ending.sipCause) effects.push({ type: 'hangupSip', cause: ending.sipCause });
  if (ending.tellMatrix) {
    const answered = planned !== undefined && matrixAnswered(planned) && !ending.answerLost;
    effects.push(lastWordToMatrix(state.facts, answered, ending));
  }
  const sentence = sentenceFor(state, ending);
  if (sentence) effects.push({ type: 'notice', sentence });
  if (planned && !ending.handOver) effects.push({ type: 'closeMedia' });
  effects.push({
    type: 'finish',
    outcome: {
      endedBy: endedBy(state.facts, ending.by),
      cause: ending.why.cause,
      reason: ending.why.reason,
      ...(sentence ? { sentence } : {}),
      ...(ending.why.admin ? { admin: ending.why.admin } : {}),
      ...ending.facts,
    },
  });
  return { state: { phase: 'ended' }, effects };
}

/** Whatever kept an emergency call from getting through, there is only one thing to say. */
function sentenceFor(state: OngoingState, ending: Ending): Sentence | undefined {
  const sentence = ending.sentence ?? (ending.why.sentence ? { key: ending.why.sentence } : undefined);
  if (state.phase === 'deciding' || !state.plan.emergency || sipAnswered(state.phase) || !sentence) return sentence;
  return { key: 'emergency-failed' };
}

/** The machine speaks as if the client had called. */
function endedBy({ client }: Facts, by: EndedBy): EndedBy {
  if (client !== 'callee') return by;
  if (by === 'caller') return 'callee';
  return by === 'callee' ? 'caller' : by;
}

/**
 * Before the answer a version 1 call is refused by `m.call.reject` alone: a client that waits for an answer ignores a
 * hang-up. Version 0 knows no reject (client-server API, "Voice over IP").
 */
function lastWordToMatrix(facts: Facts, answered: boolean, { why }: Ending): Effect {
  // A client that was called knows of its call as soon as it rings.
  const type = answered || facts.version === '0' || facts.client === 'callee' ? 'hangupMatrix' : 'rejectMatrix';
  return { type, reason: why.reason };
}

/** The gateway ends the call on both sides. */
export function endByGateway(
  state: OngoingState,
  why: Ending['why'],
  more: Partial<Pick<Ending, 'by' | 'sentence' | 'sipCause' | 'answerLost'>> = {},
): Step<CallState> {
  return end(state, { by: 'gateway', why, tellMatrix: true, sipCause: telephoneCause(why.reason), ...more });
}
