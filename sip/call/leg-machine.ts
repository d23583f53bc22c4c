/**
 * One outbound call from its INVITE to its end, as a pure function: state × input → state × effects. It decides what the
 * listener hears and what goes on the wire; `leg.ts` does it. The listener's call may be over (`failed`, `ended`) while the
 * wire is still being cleaned up: a CANCEL that waits for its 1xx, a BYE that waits for its answer.
 */
import type { SipEnd, SipFailure } from '../leg.ts';
import type { HangupCause, LegEffect, LegInput, LegState, LegStep } from './leg-states.ts';

export const INITIAL_LEG: LegState = { name: 'calling', sent: false, sawProvisional: false };

/** No network forks an INVITE this often. What more of them say before the answer is passed over; any may still answer. */
export const MOST_FORKS = 64;

/** Decides one step. Never throws; an input that means nothing in a state changes nothing. */
export function stepLeg(state: LegState, input: LegInput): LegStep {
  switch (state.name) {
    case 'calling':
    case 'proceeding':
      return stepSetup(state, input);
    case 'cancel-held':
    case 'cancelling':
      return stepCancel(state, input);
    case 'confirmed':
      return stepConfirmed(state, input);
    case 'terminating':
      return stepTerminating(state, input);
    case 'terminated':
      return input.type === 'success' ? stay(state, refuseFork(input.forkId)) : stay(state);
    default:
      return state satisfies never;
  }
}

type Setup = Extract<LegState, { name: 'calling' | 'proceeding' }>;

function stepSetup(state: Setup, input: LegInput): LegStep {
  switch (input.type) {
    case 'sent':
      return state.name === 'calling' ? stay({ ...state, sent: true }) : stay(state);
    case 'provisional':
      return provisional(state, input);
    case 'success': {
      const early = state.name === 'proceeding' ? state.early[input.forkId]?.sdp : undefined;
      // RFC 3261 §13.2.1: an answer in a reliable 1xx is not repeated in the 2xx; in an unreliable one it must be, but is not
      // always.
      const sdp = input.sdp ?? early;
      if (sdp === undefined) return withoutAnswer(input.forkId, state.sawProvisional);
      return {
        state: { name: 'confirmed', forkId: input.forkId },
        effects: [
          { type: 'send-ack', forkId: input.forkId },
          { type: 'open-session', forkId: input.forkId },
          { type: 'emit', event: { type: 'answered', forkId: input.forkId, sdp } },
        ],
      };
    }
    case 'rejected':
      if (input.retry !== undefined) {
        return {
          state: { name: 'calling', sent: false, sawProvisional: state.sawProvisional },
          effects: [{ type: 'send-invite', retry: input.retry }],
        };
      }
      return over(failed({ ...input.failure, sawProvisional: state.sawProvisional }), [{ type: 'release' }]);
    case 'unanswerable':
      return over(failed({ ...input.failure, sawProvisional: state.sawProvisional }), [
        // The server may still know the transaction.
        { type: 'send-cancel', cause: undefined },
        { type: 'release' },
      ]);
    case 'hangup':
      return giveUp(state, { status: 487, phrase: 'Request Terminated', origin: 'local' }, input.cause);
    case 'ring-timeout':
      return giveUp(
        state,
        { status: 408, phrase: 'No answer in time', origin: 'timeout' },
        { q850: 19, text: 'No answer' },
      );
    case 'response-timeout':
      // A 100 is of the next hop alone (RFC 3261 §8.2.6.1), but it shows that the trunk is there.
      return state.name === 'proceeding'
        ? stay(state)
        : giveUp(state, { status: 408, phrase: 'No reply from the trunk', origin: 'timeout' }, undefined);
    case 'dialog-lost':
      // The server has torn down what was to become the dialog: no final response can follow.
      return input.serverSide
        ? over(
            failed({
              status: 503,
              phrase: 'The SIP server dropped the call',
              origin: 'transport',
              sawProvisional: state.sawProvisional,
            }),
            [{ type: 'release' }],
          )
        : stay(state);
    case 'connection-lost':
      return over(
        failed({
          status: 503,
          phrase: 'SIP server connection lost',
          origin: 'transport',
          sawProvisional: state.sawProvisional,
        }),
        [{ type: 'leave-behind', what: 'invite' }, { type: 'release' }],
      );
    case 'bye':
      // RFC 3261 §15: a callee may not send BYE in an early dialog. The INVITE's final response decides.
      return stay(state);
    case 'bye-done':
      return stay(state);
    default:
      return input satisfies never;
  }
}

function provisional(state: Setup, input: Extract<LegInput, { type: 'provisional' }>): LegStep {
  const early = state.name === 'proceeding' ? state.early : {};
  const fork = early[input.forkId];
  if (fork === undefined && Object.keys(early).length >= MOST_FORKS) return stay(state);
  // RFC 3262 §4: a retransmission is not acknowledged again, and one that is out of order must not be.
  if (input.rseq !== undefined && fork?.rseq !== undefined && input.rseq !== fork.rseq + 1) return stay(state);
  const next: LegState = {
    name: 'proceeding',
    sawProvisional: state.sawProvisional || input.status > 100,
    early:
      input.forkId === ''
        ? early
        : {
            ...early,
            [input.forkId]: {
              ...fork,
              ...(input.rseq === undefined ? {} : { rseq: input.rseq }),
              ...(input.sdp === undefined ? {} : { sdp: input.sdp }),
            },
          },
  };
  if (input.status === 100) return { state: next, effects: [] };
  return {
    state: next,
    effects: [
      ...(input.rseq === undefined
        ? []
        : [{ type: 'send-prack', forkId: input.forkId, rseq: input.rseq } as const satisfies LegEffect]),
      {
        type: 'emit',
        event: {
          type: 'provisional',
          status: input.status,
          forkId: input.forkId,
          ...(input.sdp === undefined ? {} : { sdp: input.sdp }),
          reliable: input.rseq !== undefined,
        },
      },
    ],
  };
}

/** A 2xx with no description anywhere cannot become a call: RFC 3261 §13.2.2.4 acknowledges it and ends it. */
function withoutAnswer(forkId: string, sawProvisionalBefore: boolean): LegStep {
  return {
    state: { name: 'terminating', forkId },
    effects: [
      { type: 'send-ack', forkId },
      failed({
        status: 488,
        phrase: 'Answer without a session description',
        origin: 'remote',
        sawProvisional: sawProvisionalBefore,
      }),
      { type: 'close-session' },
      { type: 'send-bye', forkId, cause: { q850: 88, text: 'No session description' }, awaited: true },
    ],
  };
}

function giveUp(state: Setup, failure: Omit<SipFailure, 'sawProvisional'>, cause: HangupCause | undefined): LegStep {
  const emit = failed({ ...failure, sawProvisional: state.sawProvisional });
  return state.name === 'calling' && !state.sent
    ? {
        state: { name: 'cancel-held', cause },
        effects: [emit, { type: 'close-session' }, { type: 'guard-final' }],
      }
    : {
        state: { name: 'cancelling', cause },
        effects: [emit, { type: 'close-session' }, { type: 'send-cancel', cause }, { type: 'guard-final' }],
      };
}

type Cancel = Extract<LegState, { name: 'cancel-held' | 'cancelling' }>;

function stepCancel(state: Cancel, input: LegInput): LegStep {
  switch (input.type) {
    case 'sent':
    case 'provisional':
      return state.name === 'cancel-held'
        ? {
            state: { name: 'cancelling', cause: state.cause },
            effects: [{ type: 'send-cancel', cause: state.cause }],
          }
        : stay(state);
    case 'success':
      // RFC 3261 §9.1, §15: the 200 crossed our CANCEL (or came before it could be sent): acknowledge, then BYE.
      return {
        state: { name: 'terminating', forkId: input.forkId },
        effects: [
          { type: 'send-ack', forkId: input.forkId },
          { type: 'send-bye', forkId: input.forkId, cause: state.cause, awaited: true },
        ],
      };
    case 'rejected':
      return { state: { name: 'terminated' }, effects: [{ type: 'release' }] };
    case 'unanswerable':
      // The guard: RFC 3261 §9.1 takes the transaction for cancelled after 64·T1.
      return {
        state: { name: 'terminated' },
        effects: [
          ...(state.name === 'cancel-held'
            ? [{ type: 'send-cancel', cause: state.cause } as const satisfies LegEffect]
            : []),
          { type: 'release' },
        ],
      };
    case 'connection-lost':
      return {
        state: { name: 'terminated' },
        effects: [{ type: 'leave-behind', what: 'invite' }, { type: 'release' }],
      };
    case 'dialog-lost':
      return input.serverSide ? { state: { name: 'terminated' }, effects: [{ type: 'release' }] } : stay(state);
    case 'hangup':
    case 'ring-timeout':
    case 'response-timeout':
    case 'bye':
    case 'bye-done':
      return stay(state);
    default:
      return input satisfies never;
  }
}

type Confirmed = Extract<LegState, { name: 'confirmed' }>;

function stepConfirmed(state: Confirmed, input: LegInput): LegStep {
  const { forkId } = state;
  switch (input.type) {
    case 'success':
      // RFC 3261 §13.2.2.4: the first 2xx made the call; any other fork is acknowledged and ended.
      return input.forkId === forkId ? stay(state) : stay(state, refuseFork(input.forkId));
    case 'hangup':
      return endByUs(forkId, { by: 'local', ...causeFacts(input.cause) }, input.cause ?? { q850: 16 });
    case 'bye':
      return over(ended({ by: 'remote', ...facts(input) }), [{ type: 'release' }]);
    case 'dialog-lost': {
      const end: SipEnd = { by: input.by, ...(input.text === undefined ? {} : { text: input.text }) };
      return input.serverSide
        ? over(ended(end), [{ type: 'release' }])
        : // The BYE is for the server, which still holds its half, and for a peer that was only unreachable.
          endByUs(forkId, end, { q850: 41, text: 'Dialog lost' });
    }
    case 'connection-lost':
      return over(ended({ by: 'dialog-lost', text: 'SIP server connection lost' }), [
        { type: 'leave-behind', what: 'dialog', forkId },
        { type: 'release' },
      ]);
    case 'sent':
    case 'provisional':
    case 'rejected':
    case 'unanswerable':
    case 'ring-timeout':
    case 'response-timeout':
    case 'bye-done':
      return stay(state);
    default:
      return input satisfies never;
  }
}

type Terminating = Extract<LegState, { name: 'terminating' }>;

function stepTerminating(state: Terminating, input: LegInput): LegStep {
  switch (input.type) {
    case 'success':
      return input.forkId === state.forkId ? stay(state) : stay(state, refuseFork(input.forkId));
    // Two BYEs have crossed, or the dialog is gone already: nothing is left to wait for.
    case 'bye':
    case 'bye-done':
    case 'dialog-lost':
      return { state: { name: 'terminated' }, effects: [{ type: 'release' }] };
    case 'connection-lost':
      return {
        state: { name: 'terminated' },
        effects: [{ type: 'leave-behind', what: 'dialog', forkId: state.forkId }, { type: 'release' }],
      };
    case 'sent':
    case 'provisional':
    case 'rejected':
    case 'unanswerable':
    case 'hangup':
    case 'ring-timeout':
    case 'response-timeout':
      return stay(state);
    default:
      return input satisfies never;
  }
}

function endByUs(forkId: string, end: SipEnd, cause: HangupCause): LegStep {
  return {
    state: { name: 'terminating', forkId },
    effects: [ended(end), { type: 'close-session' }, { type: 'send-bye', forkId, cause, awaited: true }],
  };
}

function over(emit: LegEffect, effects: readonly LegEffect[]): LegStep {
  return { state: { name: 'terminated' }, effects: [emit, { type: 'close-session' }, ...effects] };
}

function stay(state: LegState, effects: readonly LegEffect[] = []): LegStep {
  return { state, effects };
}

function refuseFork(forkId: string): LegEffect[] {
  return [
    { type: 'send-ack', forkId },
    { type: 'send-bye', forkId, cause: { q850: 26, text: 'Answered by another branch' }, awaited: false },
  ];
}

function failed(failure: SipFailure): LegEffect {
  return { type: 'emit', event: { type: 'failed', failure } };
}

function ended(end: SipEnd): LegEffect {
  return { type: 'emit', event: { type: 'ended', end } };
}

function causeFacts(cause: HangupCause | undefined): { q850?: number; text?: string } {
  return cause === undefined ? {} : facts(cause);
}

function facts(from: { q850?: number; text?: string }): { q850?: number; text?: string } {
  return {
    ...(from.q850 === undefined ? {} : { q850: from.q850 }),
    ...(from.text === undefined ? {} : { text: from.text }),
  };
}
