import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INITIAL_LEG, stepLeg } from '../../../sip/call/leg-machine.ts';
import type { LegEffect, LegInput, LegInputType, LegState, LegStateName } from '../../../sip/call/leg-states.ts';
import type { SipFailure } from '../../../sip/leg.ts';

const failure: SipFailure = { status: 486, phrase: 'Busy Here', sawProvisional: false, origin: 'remote' };
const retry = { kind: 'session-interval', minSeS: 200 } as const;
const cause = { q850: 16 };

/** Every state, as the table names it. */
const states = {
  unsent: INITIAL_LEG,
  calling: { name: 'calling', sent: true, sawProvisional: false },
  proceeding: { name: 'proceeding', sawProvisional: true, early: { A: { sdp: 'early' } } },
  'cancel-held': { name: 'cancel-held', cause },
  cancelling: { name: 'cancelling', cause },
  confirmed: { name: 'confirmed', forkId: 'A' },
  terminating: { name: 'terminating', forkId: 'A' },
  terminated: { name: 'terminated' },
} as const satisfies Record<string, LegState>;

const inputs = {
  sent: { type: 'sent' },
  provisional: { type: 'provisional', status: 180, forkId: 'A' },
  reliable: { type: 'provisional', status: 183, forkId: 'A', rseq: 7, sdp: 'x' },
  success: { type: 'success', forkId: 'A', sdp: 'answer' },
  'other fork': { type: 'success', forkId: 'B', sdp: 'answer' },
  'success without sdp': { type: 'success', forkId: 'C' },
  rejected: { type: 'rejected', failure },
  'rejected, retry': { type: 'rejected', failure, retry },
  unanswerable: { type: 'unanswerable', failure: { ...failure, status: 408, origin: 'timeout' } },
  hangup: { type: 'hangup', cause },
  'ring-timeout': { type: 'ring-timeout' },
  'response-timeout': { type: 'response-timeout' },
  bye: { type: 'bye', q850: 31 },
  '481 inside': { type: 'dialog-lost', serverSide: false, by: 'dialog-lost' },
  'server ends': { type: 'dialog-lost', serverSide: true, by: 'session-timer' },
  'bye-done': { type: 'bye-done' },
  'connection-lost': { type: 'connection-lost' },
} as const satisfies Record<string, LegInput>;

type StateKey = keyof typeof states;
type InputKey = keyof typeof inputs;
/** The next state and the effects in words; `-`: nothing happens. */
type Row = Record<InputKey, '-' | readonly [LegStateName, ...string[]]>;

const refused = ['send-ack B', 'send-bye B'] as const;
const refusedC = ['send-ack C', 'send-bye C'] as const;
const over = ['close-session', 'release'] as const;
const endedByUs = ['close-session', 'send-bye A awaited'] as const;

const table: Record<StateKey, Row> = {
  unsent: {
    sent: ['calling'],
    provisional: ['proceeding', 'provisional 180'],
    reliable: ['proceeding', 'send-prack A 7', 'provisional 183'],
    success: ['confirmed', 'send-ack A', 'open-session A', 'answered A'],
    'other fork': ['confirmed', 'send-ack B', 'open-session B', 'answered B'],
    'success without sdp': ['terminating', 'send-ack C', 'failed 488 remote', 'close-session', 'send-bye C awaited'],
    rejected: ['terminated', 'failed 486 remote', ...over],
    'rejected, retry': ['calling', 'send-invite session-interval'],
    unanswerable: ['terminated', 'failed 408 timeout', 'close-session', 'send-cancel', 'release'],
    hangup: ['cancel-held', 'failed 487 local', 'close-session', 'guard-final'],
    'ring-timeout': ['cancel-held', 'failed 408 timeout', 'close-session', 'guard-final'],
    'response-timeout': ['cancel-held', 'failed 408 timeout', 'close-session', 'guard-final'],
    bye: '-',
    '481 inside': '-',
    'server ends': ['terminated', 'failed 503 transport', ...over],
    'bye-done': '-',
    'connection-lost': ['terminated', 'failed 503 transport', 'close-session', 'leave-behind invite', 'release'],
  },
  calling: {
    sent: ['calling'],
    provisional: ['proceeding', 'provisional 180'],
    reliable: ['proceeding', 'send-prack A 7', 'provisional 183'],
    success: ['confirmed', 'send-ack A', 'open-session A', 'answered A'],
    'other fork': ['confirmed', 'send-ack B', 'open-session B', 'answered B'],
    'success without sdp': ['terminating', 'send-ack C', 'failed 488 remote', 'close-session', 'send-bye C awaited'],
    rejected: ['terminated', 'failed 486 remote', ...over],
    'rejected, retry': ['calling', 'send-invite session-interval'],
    unanswerable: ['terminated', 'failed 408 timeout', 'close-session', 'send-cancel', 'release'],
    hangup: ['cancelling', 'failed 487 local', 'close-session', 'send-cancel 16', 'guard-final'],
    'ring-timeout': ['cancelling', 'failed 408 timeout', 'close-session', 'send-cancel 19', 'guard-final'],
    'response-timeout': ['cancelling', 'failed 408 timeout', 'close-session', 'send-cancel', 'guard-final'],
    bye: '-',
    '481 inside': '-',
    'server ends': ['terminated', 'failed 503 transport', ...over],
    'bye-done': '-',
    'connection-lost': ['terminated', 'failed 503 transport', 'close-session', 'leave-behind invite', 'release'],
  },
  proceeding: {
    sent: '-',
    provisional: ['proceeding', 'provisional 180'],
    reliable: ['proceeding', 'send-prack A 7', 'provisional 183'],
    success: ['confirmed', 'send-ack A', 'open-session A', 'answered A'],
    'other fork': ['confirmed', 'send-ack B', 'open-session B', 'answered B'],
    'success without sdp': ['terminating', 'send-ack C', 'failed 488 remote', 'close-session', 'send-bye C awaited'],
    rejected: ['terminated', 'failed 486 remote', ...over],
    'rejected, retry': ['calling', 'send-invite session-interval'],
    unanswerable: ['terminated', 'failed 408 timeout', 'close-session', 'send-cancel', 'release'],
    hangup: ['cancelling', 'failed 487 local', 'close-session', 'send-cancel 16', 'guard-final'],
    'ring-timeout': ['cancelling', 'failed 408 timeout', 'close-session', 'send-cancel 19', 'guard-final'],
    'response-timeout': '-',
    bye: '-',
    '481 inside': '-',
    'server ends': ['terminated', 'failed 503 transport', ...over],
    'bye-done': '-',
    'connection-lost': ['terminated', 'failed 503 transport', 'close-session', 'leave-behind invite', 'release'],
  },
  'cancel-held': {
    sent: ['cancelling', 'send-cancel 16'],
    provisional: ['cancelling', 'send-cancel 16'],
    reliable: ['cancelling', 'send-cancel 16'],
    success: ['terminating', 'send-ack A', 'send-bye A awaited'],
    'other fork': ['terminating', 'send-ack B', 'send-bye B awaited'],
    'success without sdp': ['terminating', 'send-ack C', 'send-bye C awaited'],
    rejected: ['terminated', 'release'],
    'rejected, retry': ['terminated', 'release'],
    unanswerable: ['terminated', 'send-cancel 16', 'release'],
    hangup: '-',
    'ring-timeout': '-',
    'response-timeout': '-',
    bye: '-',
    '481 inside': '-',
    'server ends': ['terminated', 'release'],
    'bye-done': '-',
    'connection-lost': ['terminated', 'leave-behind invite', 'release'],
  },
  cancelling: {
    sent: '-',
    provisional: '-',
    reliable: '-',
    success: ['terminating', 'send-ack A', 'send-bye A awaited'],
    'other fork': ['terminating', 'send-ack B', 'send-bye B awaited'],
    'success without sdp': ['terminating', 'send-ack C', 'send-bye C awaited'],
    rejected: ['terminated', 'release'],
    'rejected, retry': ['terminated', 'release'],
    unanswerable: ['terminated', 'release'],
    hangup: '-',
    'ring-timeout': '-',
    'response-timeout': '-',
    bye: '-',
    '481 inside': '-',
    'server ends': ['terminated', 'release'],
    'bye-done': '-',
    'connection-lost': ['terminated', 'leave-behind invite', 'release'],
  },
  confirmed: {
    sent: '-',
    provisional: '-',
    reliable: '-',
    success: '-',
    'other fork': ['confirmed', ...refused],
    'success without sdp': ['confirmed', ...refusedC],
    rejected: '-',
    'rejected, retry': '-',
    unanswerable: '-',
    hangup: ['terminating', 'ended local', ...endedByUs],
    'ring-timeout': '-',
    'response-timeout': '-',
    bye: ['terminated', 'ended remote', ...over],
    '481 inside': ['terminating', 'ended dialog-lost', ...endedByUs],
    'server ends': ['terminated', 'ended session-timer', ...over],
    'bye-done': '-',
    'connection-lost': ['terminated', 'ended dialog-lost', 'close-session', 'leave-behind dialog', 'release'],
  },
  terminating: {
    sent: '-',
    provisional: '-',
    reliable: '-',
    success: '-',
    'other fork': ['terminating', ...refused],
    'success without sdp': ['terminating', ...refusedC],
    rejected: '-',
    'rejected, retry': '-',
    unanswerable: '-',
    hangup: '-',
    'ring-timeout': '-',
    'response-timeout': '-',
    bye: ['terminated', 'release'],
    '481 inside': ['terminated', 'release'],
    'server ends': ['terminated', 'release'],
    'bye-done': ['terminated', 'release'],
    'connection-lost': ['terminated', 'leave-behind dialog', 'release'],
  },
  terminated: {
    sent: '-',
    provisional: '-',
    reliable: '-',
    success: ['terminated', 'send-ack A', 'send-bye A'],
    'other fork': ['terminated', ...refused],
    'success without sdp': ['terminated', ...refusedC],
    rejected: '-',
    'rejected, retry': '-',
    unanswerable: '-',
    hangup: '-',
    'ring-timeout': '-',
    'response-timeout': '-',
    bye: '-',
    '481 inside': '-',
    'server ends': '-',
    'bye-done': '-',
    'connection-lost': '-',
  },
};

function inWords(effect: LegEffect): string {
  switch (effect.type) {
    case 'emit':
      switch (effect.event.type) {
        case 'failed':
          return `failed ${effect.event.failure.status} ${effect.event.failure.origin}`;
        case 'ended':
          return `ended ${effect.event.end.by}`;
        case 'provisional':
          return `provisional ${effect.event.status}`;
        case 'answered':
          return `answered ${effect.event.forkId}`;
        default:
          return effect.event.type;
      }
    case 'send-invite':
      return `send-invite ${effect.retry.kind}`;
    case 'send-prack':
      return `send-prack ${effect.forkId} ${effect.rseq}`;
    case 'send-cancel':
      return effect.cause === undefined ? 'send-cancel' : `send-cancel ${effect.cause.q850}`;
    case 'send-ack':
    case 'open-session':
      return `${effect.type} ${effect.forkId}`;
    case 'send-bye':
      return `send-bye ${effect.forkId}${effect.awaited ? ' awaited' : ''}`;
    case 'leave-behind':
      return `leave-behind ${effect.what}`;
    default:
      return effect.type;
  }
}

const keysOf = <Key extends string>(record: Record<Key, unknown>): Key[] => Object.keys(record) as Key[];

describe('every state and every input', () => {
  test('the table has no gap', () => {
    const names: Record<LegStateName, true> = {
      calling: true,
      proceeding: true,
      'cancel-held': true,
      cancelling: true,
      confirmed: true,
      terminating: true,
      terminated: true,
    };
    const types: Record<LegInputType, true> = {
      sent: true,
      provisional: true,
      success: true,
      rejected: true,
      unanswerable: true,
      hangup: true,
      'ring-timeout': true,
      'response-timeout': true,
      bye: true,
      'dialog-lost': true,
      'bye-done': true,
      'connection-lost': true,
    };
    expect(new Set(Object.values(states).map(({ name }) => name))).toEqual(new Set(keysOf(names)));
    expect(new Set(Object.values(inputs).map(({ type }) => type))).toEqual(new Set(keysOf(types)));
    for (const state of keysOf(states)) expect(keysOf(table[state]).sort()).toEqual(keysOf(inputs).sort());
  });

  describe.each(keysOf(states))('%s', (stateKey) => {
    test.each(keysOf(inputs))('%s', (inputKey) => {
      const state: LegState = states[stateKey];
      const { state: next, effects } = stepLeg(state, inputs[inputKey]);
      const expected = table[stateKey][inputKey];
      expect([next.name, ...effects.map(inWords)]).toEqual(expected === '-' ? [state.name] : expected);
      if (expected === '-') expect(next).toBe(state);
    });
  });
});

describe('details', () => {
  const run = (...given: LegInput[]): { state: LegState; effects: LegEffect[] } => {
    let state: LegState = INITIAL_LEG;
    const effects: LegEffect[] = [];
    for (const input of given) {
      const step = stepLeg(state, input);
      state = step.state;
      effects.push(...step.effects);
    }
    return { state, effects };
  };

  test('100 moves the call on and is not told', () => {
    const { state, effects } = run({ type: 'provisional', status: 100, forkId: '' });
    expect(state).toMatchObject({ name: 'proceeding', sawProvisional: false });
    expect(effects).toEqual([]);
  });

  test('thousands of forks cost no more than some, and the one that answers is taken', () => {
    const forks = Array.from({ length: 5_000 }, (_, index): LegInput => {
      return { type: 'provisional', status: 183, forkId: `fork ${index}`, sdp: 'x' };
    });
    const { effects } = run(...forks);
    expect(effects.length).toBeLessThan(100);
    expect(run(...forks, { type: 'success', forkId: 'fork 4999', sdp: 'answer' }).state.name).toBe('confirmed');
  });

  test('that it rang is known in every failure after it, over retries too', () => {
    const { effects } = run(inputs.provisional, inputs['rejected, retry'], inputs.rejected);
    expect(effects.at(-3)).toMatchObject({ event: { failure: { status: 486, sawProvisional: true } } });
  });

  test('a reliable 1xx is acknowledged once and in order', () => {
    const reliable = (rseq: number): LegInput => ({ type: 'provisional', status: 183, forkId: 'A', rseq });
    const { effects } = run(reliable(7), reliable(7), reliable(9), reliable(8), reliable(9));
    expect(effects.filter(({ type }) => type === 'send-prack')).toEqual([
      { type: 'send-prack', forkId: 'A', rseq: 7 },
      { type: 'send-prack', forkId: 'A', rseq: 8 },
      { type: 'send-prack', forkId: 'A', rseq: 9 },
    ]);
  });

  test('the early description of the fork that answers stands for an answer without one', () => {
    const { effects } = run(
      { type: 'provisional', status: 183, forkId: 'A', sdp: 'of A' },
      { type: 'provisional', status: 183, forkId: 'B', sdp: 'of B' },
      { type: 'success', forkId: 'A' },
    );
    expect(effects.at(-1)).toEqual({ type: 'emit', event: { type: 'answered', forkId: 'A', sdp: 'of A' } });
  });

  test('in any order of inputs, one end at most, nothing after it, and one release at most', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values<LegInput>(inputs)), { maxLength: 40 }), (given) => {
        const { effects, state } = run(...given);
        const events = effects.flatMap((effect) => (effect.type === 'emit' ? [effect.event.type] : []));
        const end = events.findIndex((type) => type === 'failed' || type === 'ended');
        if (end >= 0) expect(events).toHaveLength(end + 1);
        expect(events.filter((type) => type === 'answered').length).toBeLessThanOrEqual(1);
        expect(effects.filter(({ type }) => type === 'release').length).toBe(state.name === 'terminated' ? 1 : 0);
      }),
    );
  });
});
