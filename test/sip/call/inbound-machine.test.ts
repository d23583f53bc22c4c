import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INITIAL_INBOUND, stepInbound } from '../../../sip/call/inbound-machine.ts';
import type {
  InboundEffect,
  InboundInput,
  InboundInputType,
  InboundState,
  InboundStateName,
} from '../../../sip/call/inbound-states.ts';

const cause = { q850: 17 };

const states = {
  waiting: INITIAL_INBOUND,
  answered: { name: 'answered' },
  leaving: { name: 'leaving', cause },
  confirmed: { name: 'confirmed' },
  terminating: { name: 'terminating' },
  terminated: { name: 'terminated' },
} as const satisfies Record<InboundStateName, InboundState>;

const inputs = {
  ring: { type: 'ring' },
  progress: { type: 'progress', sdp: 'early' },
  answer: { type: 'answer', sdp: 'ours' },
  reject: { type: 'reject', refusal: { status: 404, q850: 1 } },
  hangup: { type: 'hangup', cause },
  'hangup without cause': { type: 'hangup' },
  cancelled: { type: 'cancelled', elsewhere: false },
  'cancelled, elsewhere': { type: 'cancelled', elsewhere: true },
  acknowledged: { type: 'acknowledged', described: true },
  'acknowledged without sdp': { type: 'acknowledged', described: false },
  'unsent 180': { type: 'unsent', status: 180 },
  'unsent 200': { type: 'unsent', status: 200 },
  bye: { type: 'bye', q850: 16 },
  '481 inside': { type: 'dialog-lost', serverSide: false, by: 'dialog-lost' },
  'server ends': { type: 'dialog-lost', serverSide: true, by: 'session-timer' },
  'bye-done': { type: 'bye-done' },
  'connection-lost': { type: 'connection-lost' },
} as const satisfies Record<string, InboundInput>;

type Row = Record<keyof typeof inputs, '-' | readonly [InboundStateName, ...string[]]>;

const over = ['close-session', 'release'] as const;
const failedAnswer = (status: number, origin: string) =>
  ['terminated', `fail-answer ${status}`, `failed ${status} ${origin}`, ...over] as const;

const nothing: Row = {
  ring: '-',
  progress: '-',
  answer: '-',
  reject: '-',
  hangup: '-',
  'hangup without cause': '-',
  cancelled: '-',
  'cancelled, elsewhere': '-',
  acknowledged: '-',
  'acknowledged without sdp': '-',
  'unsent 180': '-',
  'unsent 200': '-',
  bye: '-',
  '481 inside': '-',
  'server ends': '-',
  'bye-done': '-',
  'connection-lost': '-',
};

const table: Record<InboundStateName, Row> = {
  waiting: {
    ring: ['waiting', 'send-ringing'],
    progress: ['waiting', 'send-progress early'],
    answer: ['answered', 'send-answer ours'],
    reject: ['terminated', 'failed 404 local', 'close-session', 'send-refusal 404', 'release'],
    hangup: ['terminated', 'failed 486 local', 'close-session', 'send-refusal 486', 'release'],
    'hangup without cause': ['terminated', 'failed 480 local', 'close-session', 'send-refusal 480', 'release'],
    cancelled: ['terminated', 'failed 487 remote', ...over],
    'cancelled, elsewhere': ['terminated', 'failed 487 remote elsewhere', ...over],
    acknowledged: '-',
    'acknowledged without sdp': '-',
    'unsent 180': ['terminated', 'failed 487 remote', ...over],
    'unsent 200': ['terminated', 'failed 487 remote', ...over],
    bye: ['terminated', 'failed 487 remote', 'close-session', 'send-refusal 487', 'release'],
    '481 inside': '-',
    'server ends': ['terminated', 'failed 487 remote', ...over],
    'bye-done': '-',
    'connection-lost': ['terminated', 'failed 503 transport', ...over],
  },
  answered: {
    ...nothing,
    hangup: ['leaving', 'ended local', 'close-session', 'fail-answer 487'],
    'hangup without cause': ['leaving', 'ended local', 'close-session', 'fail-answer 487'],
    cancelled: failedAnswer(487, 'remote'),
    'cancelled, elsewhere': ['terminated', 'fail-answer 487', 'failed 487 remote elsewhere', ...over],
    acknowledged: ['confirmed', 'open-session', 'settle-answer'],
    'acknowledged without sdp': [
      'terminating',
      'open-session',
      'settle-answer',
      'ended local',
      'close-session',
      'send-bye 88',
    ],
    'unsent 200': failedAnswer(487, 'remote'),
    bye: failedAnswer(487, 'remote'),
    'server ends': failedAnswer(408, 'timeout'),
    'connection-lost': [
      'terminated',
      'fail-answer 503',
      'failed 503 transport',
      'close-session',
      'leave-behind',
      'release',
    ],
  },
  leaving: {
    ...nothing,
    acknowledged: ['terminating', 'send-bye 17'],
    'acknowledged without sdp': ['terminating', 'send-bye 17'],
    'unsent 200': ['terminated', 'release'],
    cancelled: ['terminated', 'release'],
    'cancelled, elsewhere': ['terminated', 'release'],
    bye: ['terminated', 'release'],
    '481 inside': ['terminated', 'release'],
    'server ends': ['terminated', 'release'],
    'connection-lost': ['terminated', 'leave-behind', 'release'],
  },
  confirmed: {
    ...nothing,
    reject: ['terminating', 'ended local', 'close-session', 'send-bye 1'],
    hangup: ['terminating', 'ended local', 'close-session', 'send-bye 17'],
    'hangup without cause': ['terminating', 'ended local', 'close-session', 'send-bye 16'],
    bye: ['terminated', 'ended remote', ...over],
    '481 inside': ['terminating', 'ended dialog-lost', 'close-session', 'send-bye 41'],
    'server ends': ['terminated', 'ended session-timer', ...over],
    'connection-lost': ['terminated', 'ended dialog-lost', 'close-session', 'leave-behind', 'release'],
  },
  terminating: {
    ...nothing,
    bye: ['terminated', 'release'],
    '481 inside': ['terminated', 'release'],
    'server ends': ['terminated', 'release'],
    'bye-done': ['terminated', 'release'],
    'connection-lost': ['terminated', 'leave-behind', 'release'],
  },
  terminated: nothing,
};

function words(effect: InboundEffect): string {
  switch (effect.type) {
    case 'emit': {
      const { event } = effect;
      if (event.type === 'failed') {
        const { status, origin, elsewhere } = event.failure;
        return `failed ${status} ${origin}${elsewhere ? ' elsewhere' : ''}`;
      }
      return event.type === 'ended' ? `ended ${event.end.by}` : event.type;
    }
    case 'send-progress':
    case 'send-answer':
      return `${effect.type} ${effect.sdp}`;
    case 'send-refusal':
      return `${effect.type} ${effect.refusal.status}`;
    case 'send-bye':
      return `${effect.type} ${effect.cause?.q850}`;
    case 'fail-answer':
      return `${effect.type} ${effect.failure.status}`;
    default:
      return effect.type;
  }
}

describe.each(Object.keys(states) as InboundStateName[])('%s', (name) => {
  test.each(Object.keys(inputs) as (keyof typeof inputs)[])('%s', (input) => {
    const state: InboundState = states[name];
    const step = stepInbound(state, inputs[input]);
    const expected = table[name][input];
    if (expected === '-') expect(step).toEqual({ state, effects: [] });
    else expect([step.state.name, ...step.effects.map(words)]).toEqual(expected);
  });
});

test('every kind of input stands in the table', () => {
  const all: Record<InboundInputType, true> = {
    ring: true,
    progress: true,
    answer: true,
    reject: true,
    hangup: true,
    cancelled: true,
    acknowledged: true,
    unsent: true,
    bye: true,
    'dialog-lost': true,
    'bye-done': true,
    'connection-lost': true,
  };
  expect(new Set(Object.values(inputs).map(({ type }) => type))).toEqual(new Set(Object.keys(all)));
});

test('whatever happens, in whatever order: one end, one release, one final response', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...(Object.values(inputs) as InboundInput[])), { maxLength: 30 }), (order) => {
      let state: InboundState = INITIAL_INBOUND;
      const effects: InboundEffect[] = [];
      for (const input of order) {
        const step = stepInbound(state, input);
        state = step.state;
        effects.push(...step.effects);
      }
      const count = (matches: (effect: InboundEffect) => boolean) => effects.filter(matches).length;
      expect(
        count(({ type, ...effect }) => type === 'emit' && 'event' in effect && /failed|ended/.test(effect.event.type)),
      ).toBeLessThanOrEqual(1);
      expect(count(({ type }) => type === 'release')).toBe(state.name === 'terminated' ? 1 : 0);
      expect(count(({ type }) => type === 'send-answer' || type === 'send-refusal')).toBeLessThanOrEqual(1);
      expect(count(({ type }) => type === 'settle-answer' || type === 'fail-answer')).toBeLessThanOrEqual(1);
      const released = effects.findIndex(({ type }) => type === 'release');
      if (released >= 0) expect(effects.slice(released + 1)).toEqual([]);
    }),
  );
});
