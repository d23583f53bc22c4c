import { describe, expect, it } from 'vitest';
import type { MatrixSend, MediaTask } from '../../../../src/call/machine/events.ts';
import type { EventType, TimerName } from '../../../../src/call/machine.ts';
import { type Phase, phases, step } from '../../../../src/call/machine.ts';
import { events, inWords, states } from './samples.ts';
import { table } from './table.ts';

function expectation(name: string, phase: Phase): string | undefined {
  const found = Object.entries(table[name] ?? {}).filter(([group]) => group.split(' ').includes(phase));
  if (found.length > 1) throw new Error(`${name} has two lines for ${phase}`);
  return found[0]?.[1];
}

function outcome(name: string, phase: Phase): string {
  const event = events[name];
  if (!event) throw new Error(`no sample of ${name}`);
  const before = states[phase];
  const { state, effects } = step(before, event);
  const isSame = JSON.stringify(state) === JSON.stringify(before);
  if (isSame && effects.length === 0) return '-';
  const stays = isSame ? '=' : '~';
  return [state.phase === phase ? stays : `→ ${state.phase}`, ...effects.map(inWords)].join(' | ');
}

// Each of these lists is complete: the compiler says so when a kind is added.
const eventTypes: Readonly<Record<EventType, true>> = {
  'matrix-invite': true,
  'matrix-candidates': true,
  'matrix-answer': true,
  'matrix-select-answer': true,
  'matrix-reject': true,
  'matrix-hangup': true,
  'matrix-offer': true,
  'matrix-reanswer': true,
  'matrix-muted': true,
  'matrix-replaces': true,
  'matrix-left': true,
  'sip-provisional': true,
  'sip-answered': true,
  'sip-failed': true,
  'sip-ended': true,
  'sip-reoffer': true,
  'sip-identity': true,
  'sip-refer': true,
  'sip-replacement': true,
  'sip-dtmf': true,
  'webrtc-connected': true,
  'webrtc-failed': true,
  'early-audio': true,
  'webrtc-closed': true,
  'media-dtmf': true,
  'media-timeout': true,
  'engine-failed': true,
  'transfer-done': true,
  'transfer-failed': true,
  'telephone-replaced': true,
  decided: true,
  prepared: true,
  'matrix-answer-ready': true,
  'matrix-renegotiated': true,
  'matrix-reoffer-ready': true,
  'sip-renegotiated': true,
  'sip-reoffer-answered': true,
  'sip-reoffer-failed': true,
  'media-failed': true,
  'matrix-send-failed': true,
  'gateway-failed': true,
  timer: true,
  shutdown: true,
  'credit-low': true,
  'credit-used-up': true,
  'end-now': true,
};
const timers: Readonly<Record<TimerName, true>> = {
  lifetime: true,
  connect: true,
  reanswer: true,
  left: true,
  'longest-call': true,
};
const mediaTasks: Readonly<Record<MediaTask, true>> = {
  prepare: true,
  candidates: true,
  'early-media': true,
  'matrix-answer': true,
  'final-media': true,
  'matrix-renegotiation': true,
  'matrix-reoffer': true,
  'matrix-reanswer': true,
  'sip-reoffer': true,
};
const matrixSends: Readonly<Record<MatrixSend, true>> = {
  answer: true,
  reject: true,
  hangup: true,
  reanswer: true,
  reoffer: true,
  notice: true,
  invite: true,
  'select-answer': true,
  identity: true,
  replacement: true,
};

describe('the table', () => {
  it('has every kind of event, of timer, of media task and of Matrix event', () => {
    const samples = Object.values(events);
    expect(new Set(samples.map(({ type }) => type))).toEqual(new Set(Object.keys(eventTypes)));
    const timersHad = samples.flatMap((event) => (event.type === 'timer' ? [event.timer] : []));
    expect(new Set(timersHad)).toEqual(new Set(Object.keys(timers)));
    const tasksHad = samples.flatMap((event) => (event.type === 'media-failed' ? [event.during] : []));
    expect(new Set(tasksHad)).toEqual(new Set(Object.keys(mediaTasks)));
    const sendsHad = samples.flatMap((event) => (event.type === 'matrix-send-failed' ? [event.what] : []));
    expect(new Set(sendsHad)).toEqual(new Set(Object.keys(matrixSends)));
    expect(Object.keys(table).sort()).toEqual(Object.keys(events).sort());
  });

  it('has a state for every phase', () => {
    expect(Object.keys(states).sort()).toEqual([...phases].sort());
    for (const phase of phases) expect(states[phase].phase).toBe(phase);
  });

  it('names no phase that there is not', () => {
    const known: readonly string[] = phases;
    const named = Object.values(table).flatMap((row) => Object.keys(row).flatMap((group) => group.split(' ')));
    expect(named.filter((phase) => !known.includes(phase))).toEqual([]);
  });
});

describe.each(phases)('a call that is %s', (phase) => {
  it.each(Object.keys(events))('takes %s as the table says', (name) => {
    expect(outcome(name, phase)).toBe(expectation(name, phase) ?? 'a line of the table');
  });
});
