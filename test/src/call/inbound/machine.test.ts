import { describe, expect, it } from 'vitest';
import type { InboundEventType, RingTimerName } from '../../../../src/call/inbound/events.ts';
import { stepInbound } from '../../../../src/call/inbound/machine.ts';
import { type AnsweredState, type InboundState, inboundPhases } from '../../../../src/call/inbound/state.ts';
import type { CallEvent, EventType } from '../../../../src/call/machine.ts';
import { step } from '../../../../src/call/machine.ts';
import { inWords, ownEvents, sharedEvents, states } from './samples.ts';
import { table } from './table.ts';

const phaseOf = (state: InboundState): string => (state.phase === 'answered' ? state.inCall.phase : state.phase);

function outcome(before: InboundState, name: string): string {
  const event = ownEvents[name];
  if (!event) throw new Error(`no sample of ${name}`);
  const { state, effects } = stepInbound(before, event);
  const isSame = JSON.stringify(state) === JSON.stringify(before);
  if (isSame && effects.length === 0) return '-';
  const stays = isSame ? '=' : '~';
  return [phaseOf(state) === phaseOf(before) ? stays : `→ ${phaseOf(state)}`, ...effects.map(inWords)].join(' | ');
}

function expectation(name: string, state: string): string {
  const found = Object.entries(table[name] ?? {}).filter(([group]) => group.split(' ').includes(state));
  if (found.length !== 1) throw new Error(`${name} has ${found.length} lines for ${state}`);
  return found[0]?.[1] ?? '';
}

// Complete: the compiler says so when a kind is added.
const ownTypes: Readonly<Record<Exclude<InboundEventType, EventType>, true>> = {
  'sip-invite': true,
  'sip-acknowledged': true,
  'inbound-decided': true,
  'media-ready': true,
  'ring-room': true,
  'ring-unreachable': true,
  'ring-sent': true,
  'ring-answer': true,
  'ring-candidates': true,
  'ring-reject': true,
  'ring-hangup': true,
  'ring-left': true,
  'ring-yields': true,
  'client-accepted': true,
  'forward-rings': true,
  'forward-done': true,
  'forward-failed': true,
  'ring-timer': true,
};
const timers: Readonly<Record<RingTimerName, true>> = { step: true, silence: true, again: true, audio: true };

describe('the table', () => {
  it('has every kind of event and timer of calls in, and a state of every phase', () => {
    const types = Object.values(ownEvents).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(Object.keys(ownTypes)));
    const timersHad = Object.values(ownEvents).flatMap((event) => (event.type === 'ring-timer' ? [event.timer] : []));
    expect(new Set(timersHad)).toEqual(new Set(Object.keys(timers)));
    expect(new Set(Object.values(states).map(({ phase }) => phase))).toEqual(new Set(inboundPhases));
    expect(Object.keys(table).sort()).toEqual(Object.keys(ownEvents).sort());
  });

  it('names no state that there is not', () => {
    const named = Object.values(table).flatMap((row) => Object.keys(row).flatMap((group) => group.split(' ')));
    expect(named.filter((name) => !Object.hasOwn(states, name))).toEqual([]);
  });
});

describe.each(Object.keys(states))('a call in that is %s', (name) => {
  const before = states[name] as InboundState;

  it.each(Object.keys(ownEvents))('takes %s as the table says', (event) => {
    expect(outcome(before, event)).toBe(expectation(event, name));
  });

  /** After the answer a call is a call: no second machine for hold, transfer, identity, endings. */
  it.each(Object.keys(sharedEvents))('takes %s as any call does, or not at all', (event) => {
    const sample = sharedEvents[event] as CallEvent;
    const { state, effects } = stepInbound(before, sample);
    if ((before.phase === 'ringing' || before.phase === 'forwarding') && sample.type === 'sip-identity') {
      expect(state).toEqual({ ...before, party: sample.party });
      return;
    }
    // Its telephone may have been answered by now: what that means is in the table.
    if (before.phase === 'forwarding' && sample.type === 'sip-ended') return;
    if (before.phase !== 'answered') {
      expect(state).toEqual(before);
      expect(
        effects.filter(
          ({ type }) => type !== 'refuseSipReoffer' && type !== 'refuseReferral' && type !== 'refuseReplacement',
        ),
      ).toEqual([]);
      return;
    }
    const elsewhere = step(before.inCall, sample);
    const passedOver = before.inCall.phase === 'early' && sample.type === 'sip-reoffer';
    if (passedOver || sample.type === 'sip-provisional' || sample.type === 'sip-answered') return;
    expect(effects).toEqual(elsewhere.effects);
    if (elsewhere.state.phase === 'ended') expect(state.phase).toBe('ended');
    else expect(state).toEqual({ ...before, inCall: elsewhere.state });
  });
});

describe('a call that begins on hold', () => {
  it('is held at the client as soon as it is acknowledged', () => {
    const early = states.early as AnsweredState;
    const held: AnsweredState = {
      ...early,
      ours: { sdp: 'our-answer', direction: 'recvonly' },
      inCall: { ...early.inCall, webrtcUp: true },
    };
    const answered = stepInbound(held, { type: 'ring-timer', timer: 'audio' });
    const { effects } = stepInbound(answered.state, { type: 'sip-acknowledged' });
    expect(effects).toEqual([{ type: 'reofferMatrix', direction: 'sendonly' }]);
  });
});
