/**
 * One registration (RFC 3261 §10.2), as a pure function: state × input → state × effects. What is wrong with an account is
 * told once and not tried in a tight loop; what is wrong with the way there is tried until it works.
 */
import type {
  Asked,
  Binding,
  Problem,
  RegistrationEffect,
  RegistrationInput,
  RegistrationState,
  RegistrationStep,
} from './states.ts';

/** A refusal that only a person can mend. */
const REFUSED_MS = 300_000;
/** A registrar that is away: 30 to 60 s, so that not everybody comes back in the same moment. */
const AWAY_MS = 30_000;
/** Our own SIP server tells when it is back; this is for when it does not. */
const DISCONNECTED_MS = 10_000;
/** The longest Retry-After that is obeyed: a registrar that errs must not cost a day. */
const LONGEST_RETRY_S = 3_600;
const MOST_TOO_BRIEF = 2;

export function initialRegistration(expiresS: number): RegistrationState {
  return { name: 'idle', asked: { expiresS } };
}

/**
 * How long after a registration it is renewed: when half is over, and at least 30 s before the end where that leaves time.
 * @param expiresS what the registrar granted
 */
export function refreshAfterMs(expiresS: number): number {
  const half = expiresS / 2;
  return 1000 * Math.max(Math.min(half, expiresS - 30), Math.min(half, 10));
}

/**
 * Decides one step. An input that means nothing in a state changes nothing.
 * @param hops how many places the registrar has, in the order to try
 */
export function stepRegistration(state: RegistrationState, input: RegistrationInput, hops: number): RegistrationStep {
  if (input.type === 'stop') return stop(state);
  switch (state.name) {
    case 'idle':
      return input.type === 'start' ? register(state.asked, 0) : stay(state);
    case 'registering':
      return answered(state, input, hops);
    case 'registered':
      if (input.type === 'due') return register(state.asked, state.hop, state.binding);
      return input.type === 'renew' ? register(state.asked, 0, state.binding) : stay(state);
    case 'waiting':
      if (input.type === 'due' || (input.type === 'renew' && isPassing(state.problem)))
        return register(state.asked, 0, state.binding);
      return stay(state);
    case 'unregistering':
      return isAnswer(input)
        ? { state: { name: 'stopped', asked: state.asked }, effects: [{ type: 'stopped' }] }
        : stay(state);
    case 'stopped':
      return stay(state);
    default:
      return state satisfies never;
  }
}

type Registering = Extract<RegistrationState, { name: 'registering' }>;

function answered(state: Registering, input: RegistrationInput, hops: number): RegistrationStep {
  const { asked, hop, binding } = state;
  switch (input.type) {
    case 'granted': {
      if (input.expiresS <= 0) {
        const problem: Problem = { kind: 'refused', status: 200, text: 'it was accepted for no time at all' };
        return wait(asked, problem, REFUSED_MS, undefined);
      }
      const { told, ...rest } = asked;
      const until = input.now + input.expiresS * 1000;
      return {
        state: { name: 'registered', asked: rest, hop, binding: { at: input.now, until } },
        effects: [
          { type: 'wait', ms: refreshAfterMs(input.expiresS) },
          ...(told === undefined ? [] : [{ type: 'tell', problem: undefined } as const]),
        ],
      };
    }
    case 'too-brief': {
      const { minS } = input;
      if (minS === undefined || minS <= asked.expiresS || state.tooBrief >= MOST_TOO_BRIEF) {
        const problem: Problem = { kind: 'refused', status: 423, text: 'Interval Too Brief' };
        return wait(asked, problem, REFUSED_MS, binding);
      }
      // RFC 3261 §10.3: the same again, with what is wanted.
      const more = { ...asked, expiresS: minS };
      return {
        state: { ...state, asked: more, tooBrief: state.tooBrief + 1 },
        effects: [{ type: 'register', hop, expiresS: minS }],
      };
    }
    case 'refused': {
      const { problem, retryAfterS = 0, random } = input;
      const isTrouble = isPassing(problem);
      if (isTrouble && hop + 1 < hops) return register(asked, hop + 1, binding);
      const ownMs = isTrouble ? awayMs(random) : REFUSED_MS;
      const ms = Math.max(ownMs, Math.min(retryAfterS, LONGEST_RETRY_S) * 1000);
      // What the registrar has refused, it does not keep.
      return wait(asked, problem, ms, isTrouble ? binding : undefined);
    }
    case 'unanswered':
      if (input.problem.kind === 'disconnected') return wait(asked, input.problem, DISCONNECTED_MS, binding);
      if (hop + 1 < hops) return register(asked, hop + 1, binding);
      return wait(asked, input.problem, awayMs(input.random), binding);
    default:
      return stay(state);
  }
}

function stop(state: RegistrationState): RegistrationStep {
  const { asked } = state;
  const mayBeThere = state.name === 'registering' || ('binding' in state && state.binding !== undefined);
  if (state.name === 'unregistering' || state.name === 'stopped') return stay(state);
  if (mayBeThere) return { state: { name: 'unregistering', asked }, effects: [{ type: 'unregister' }] };
  return { state: { name: 'stopped', asked }, effects: [{ type: 'stopped' }] };
}

function register(asked: Asked, hop: number, binding?: Binding): RegistrationStep {
  return {
    state: { name: 'registering', asked, hop, tooBrief: 0, ...(binding === undefined ? {} : { binding }) },
    effects: [{ type: 'register', hop, expiresS: asked.expiresS }],
  };
}

function wait(asked: Asked, problem: Problem, ms: number, binding: Binding | undefined): RegistrationStep {
  const key = `${problem.kind} ${problem.status ?? ''}`;
  const tell: RegistrationEffect[] = asked.told === key ? [] : [{ type: 'tell', problem }];
  return {
    state: {
      name: 'waiting',
      asked: { ...asked, told: key },
      problem,
      ...(binding === undefined ? {} : { binding }),
    },
    effects: [{ type: 'wait', ms }, ...tell],
  };
}

/** Whether it may be over by itself. */
function isPassing({ kind }: Problem): boolean {
  return kind === 'trouble' || kind === 'silent' || kind === 'unreachable' || kind === 'disconnected';
}

function isAnswer({ type }: RegistrationInput): boolean {
  return type === 'granted' || type === 'refused' || type === 'too-brief' || type === 'unanswered';
}

function awayMs(random: number): number {
  return AWAY_MS * (1 + random);
}

function stay(state: RegistrationState): RegistrationStep {
  return { state, effects: [] };
}
