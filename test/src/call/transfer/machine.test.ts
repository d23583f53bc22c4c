import { describe, expect, it } from 'vitest';
import type { Decided, Plan, Route } from '../../../../src/call/machine.ts';
import {
  beginTransfer,
  stepTransfer,
  type TransferEffect,
  type TransferMachineEvent,
  type TransferPhase,
  type TransferState,
} from '../../../../src/call/transfer/machine.ts';

const route: Route = {
  trunk: 'office',
  target: '+441818118182',
  rtp: { codecs: ['PCMA'], srtp: 'off' },
  earlyMedia: 'ringback',
  ringTimeoutMs: 60_000,
};
const plan: Plan = { routes: [route, { ...route, trunk: 'backup' }] };
const trying = { plan, attempt: 0, failed: [], heard: false };

const states: { readonly [P in TransferPhase]: Extract<TransferState, { phase: P }> } = {
  deciding: { phase: 'deciding', trunk: 'office' },
  referring: { phase: 'referring', plan },
  offering: { phase: 'offering', ...trying } as Extract<TransferState, { phase: 'offering' }>,
  calling: { phase: 'calling', ...trying } as Extract<TransferState, { phase: 'calling' }>,
  ringing: { phase: 'ringing', ...trying } as Extract<TransferState, { phase: 'ringing' }>,
  taking: { phase: 'taking', ...trying } as Extract<TransferState, { phase: 'taking' }>,
  over: { phase: 'over' },
};
const phases = Object.keys(states) as TransferPhase[];

const failed = (status: number, origin: 'remote' | 'transport' = 'remote'): TransferMachineEvent => ({
  type: 'sip-failed',
  failure: { status, phrase: 'No', sawProvisional: false, origin },
});
const inside: Decided = { kind: 'inside', plan, called: '+4930901820', caller: { withheld: false } };
const referable: Plan = { ...plan, routes: [{ ...route, refer: true }] };

const events: Readonly<Record<string, TransferMachineEvent>> = {
  'decided allow': { type: 'decided', decision: { kind: 'allow', plan } },
  'decided allow by a trunk that takes REFER': { type: 'decided', decision: { kind: 'allow', plan: referable } },
  'decided inside': { type: 'decided', decision: inside },
  'decided refuse': { type: 'decided', decision: { kind: 'refuse', cause: 'destination-denied', admin: 'premium' } },
  'decided not-ours': { type: 'decided', decision: { kind: 'not-ours' } },
  'trunk-did-it': { type: 'trunk-did-it' },
  'trunk-refused': { type: 'trunk-refused', message: '405' },
  offered: { type: 'offered', sdp: 'rtp' },
  taken: { type: 'taken' },
  'media-failed': { type: 'media-failed', code: 'no-common-codec', message: 'none' },
  'gateway-failed': { type: 'gateway-failed', message: 'broken' },
  '100': { type: 'sip-provisional', status: 100, forkId: 'a', reliable: false },
  '180': { type: 'sip-provisional', status: 180, forkId: 'a', reliable: false },
  '183 sdp': { type: 'sip-provisional', status: 183, forkId: 'a', reliable: false, sdp: 'early' },
  'sip-answered': { type: 'sip-answered', forkId: 'a', sdp: 'answer' },
  'sip-failed 486': failed(486),
  'sip-failed 503': failed(503, 'transport'),
  'sip-ended': { type: 'sip-ended', end: { by: 'remote', q850: 16 } },
  cancel: { type: 'cancel' },
};

function inWords(effect: TransferEffect): string {
  switch (effect.type) {
    case 'hangup':
      return `hangup ${effect.cause.q850}`;
    case 'fail': {
      const { cause, status, sentence, telephone } = effect.failure;
      return `fail ${cause} ${status} ${sentence?.key ?? '-'} q850 ${telephone.q850}`;
    }
    default: {
      const { type, ...rest } = effect;
      return [type, ...Object.values(rest)].join(' ');
    }
  }
}

function outcome(name: string, phase: TransferPhase): string {
  const event = events[name];
  if (!event) throw new Error(`no sample of ${name}`);
  const before = states[phase];
  const { state, effects } = stepTransfer(before, event);
  if (effects.length === 0 && JSON.stringify(state) === JSON.stringify(before)) return '-';
  return [state.phase === phase ? '~' : `→ ${state.phase}`, ...effects.map(inWords)].join(' | ');
}

/** As the table of a call: a pair that is missing fails. */
const table: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'decided allow': {
    'referring offering calling ringing taking over': '-',
    deciding: '→ offering | accept | offer 0',
  },
  'decided allow by a trunk that takes REFER': {
    'referring offering calling ringing taking over': '-',
    deciding: '→ referring | accept | askTrunk +441818118182',
  },
  'decided inside': {
    'referring offering calling ringing taking over': '-',
    deciding: '→ offering | accept | offer 0',
  },
  'decided refuse': {
    'referring offering calling ringing taking over': '-',
    deciding: '→ over | report 403 | fail destination-denied 403 destination-denied q850 31',
  },
  'decided not-ours': {
    'referring offering calling ringing taking over': '-',
    deciding: '→ over | report 404 | fail number-unusable 404 - q850 31',
  },
  'trunk-did-it': {
    'deciding offering calling ringing taking over': '-',
    referring: '→ over | succeed true',
  },
  'trunk-refused': {
    'deciding offering calling ringing taking over': '-',
    referring: '→ offering | offer 0',
  },
  offered: {
    'deciding referring calling ringing taking over': '-',
    offering: '→ calling | place 0 rtp',
  },
  taken: {
    'deciding referring offering calling ringing over': '-',
    taking: '→ over | report 200 | succeed false',
  },
  'media-failed': {
    'deciding referring calling ringing over': '-',
    offering: '→ over | report 500 | fail no-common-codec 500 no-common-codec q850 31',
    taking: '→ over | hangup 31 | report 488 | fail no-common-codec 488 no-common-codec q850 31',
  },
  'gateway-failed': {
    over: '-',
    'deciding referring offering': '→ over | report 500 | fail gateway-problem 500 gateway-problem q850 31',
    'calling ringing taking': '→ over | hangup 31 | report 500 | fail gateway-problem 500 gateway-problem q850 31',
  },
  '100': { 'deciding referring offering calling ringing taking over': '-' },
  '180': {
    'deciding referring offering taking over': '-',
    calling: '→ ringing | report 180 | ringback',
    ringing: '-',
  },
  '183 sdp': {
    'deciding referring offering taking over': '-',
    calling: '→ ringing | report 183 | early early a',
    ringing: '~ | early early a',
  },
  'sip-answered': {
    'deciding referring offering taking over': '-',
    'calling ringing': '→ taking | take answer a',
  },
  'sip-failed 486': {
    'deciding referring offering over': '-',
    'calling ringing': '→ over | report 486 | fail line-busy 486 line-busy q850 17',
    taking: '→ over | report 480 | fail ended-at-once 480 ended-at-once q850 16',
  },
  'sip-failed 503': {
    'deciding referring offering over': '-',
    'calling ringing': '→ offering | offer 1',
    taking: '→ over | report 480 | fail ended-at-once 480 ended-at-once q850 16',
  },
  'sip-ended': {
    'deciding referring offering over': '-',
    'calling ringing taking': '→ over | report 480 | fail ended-at-once 480 ended-at-once q850 16',
  },
  cancel: {
    over: '-',
    'deciding referring offering': '→ over | report 487 | abandon',
    'calling ringing taking': '→ over | hangup 16 | report 487 | abandon',
  },
};

describe.each(phases)('a transfer that is %s', (phase) => {
  it.each(Object.keys(events))('takes %s as the table says', (name) => {
    const found = Object.entries(table[name] ?? {}).filter(([group]) => group.split(' ').includes(phase));
    expect(found.map(([, expected]) => expected)).toEqual([outcome(name, phase)]);
  });
});

describe('a transfer', () => {
  it('begins with a decision', () => {
    expect(beginTransfer('office')).toEqual({ state: states.deciding, effects: [{ type: 'decide' }] });
  });

  it('asks a trunk only for its own telephones', () => {
    const allow = events['decided allow by a trunk that takes REFER'] as TransferMachineEvent;
    for (const trunk of ['other', undefined]) {
      const { state } = stepTransfer({ phase: 'deciding', trunk }, allow);
      expect(state.phase).toBe('offering');
    }
  });

  it('does not go on to another route after its announcement was heard', () => {
    const heard: TransferState = { phase: 'ringing', ...trying, heard: true };
    const { state, effects } = stepTransfer(heard, failed(503, 'transport'));
    expect([state.phase, ...effects.map(inWords)]).toEqual([
      'over',
      'report 503',
      'fail trunk-unreachable 503 trunk-unreachable q850 31',
    ]);
  });

  it('is told in the words of what says most when every route failed', () => {
    const first = stepTransfer(states.calling, failed(502)).state;
    const second = stepTransfer(first, { type: 'offered', sdp: 'rtp' }).state;
    const { effects } = stepTransfer(second, failed(503, 'transport'));
    expect(effects.map(inWords)).toEqual([
      'report 502',
      'fail destination-out-of-order 502 destination-out-of-order q850 31',
    ]);
  });

  it('says in the refusal what the decision said', () => {
    const decision: Decided = { kind: 'refuse', cause: 'caller-limit', params: { limit: '2' } };
    const { effects } = stepTransfer(states.deciding, { type: 'decided', decision });
    expect(effects).toMatchObject([
      { type: 'report' },
      { failure: { sentence: { key: 'caller-limit', params: { limit: '2' } } } },
    ]);
  });
});
