import { describe, expect, it } from 'vitest';
import {
  INVITE_CLIENT_EVENTS,
  INVITE_CLIENT_STATES,
  startInviteClient,
  stepInviteClient,
} from '../../../../sip/server/transaction/invite-client.ts';
import { describeTable, type Expected, inShort, RELIABLE, UNRELIABLE } from './table.ts';

const machine = {
  states: INVITE_CLIENT_STATES,
  events: INVITE_CLIENT_EVENTS,
  at: {
    calling: { name: 'calling', timerAMs: 500 },
    proceeding: { name: 'proceeding' },
    accepted: { name: 'accepted' },
    completed: { name: 'completed' },
    terminated: { name: 'terminated' },
  },
  step: stepInviteClient,
} as const;

const over: Expected = ['terminated'];
const terminated = {
  provisional: over,
  success: over,
  failure: over,
  timerA: over,
  timerB: over,
  timerD: over,
  timerM: over,
  transportError: over,
};
const accepted = {
  provisional: ['accepted'],
  success: ['accepted', 'deliver'],
  failure: ['accepted'],
  timerA: ['accepted'],
  timerB: ['accepted'],
  timerD: ['accepted'],
  timerM: ['terminated'],
  transportError: ['accepted'],
} as const;
const success = ['accepted', '-A', '-B', 'M=32000', 'deliver'] as const;

describeTable('INVITE client on UDP', machine, UNRELIABLE, {
  calling: {
    provisional: ['proceeding', '-A', '-B', 'deliver'],
    success,
    failure: ['completed', '-A', '-B', 'sendAck', 'D=32000', 'deliver'],
    timerA: ['calling', 'sendRequest', 'A=1000'],
    timerB: ['terminated', 'reportTimeout'],
    timerD: ['calling'],
    timerM: ['calling'],
    transportError: ['terminated', 'reportTransportError'],
  },
  proceeding: {
    provisional: ['proceeding', 'deliver'],
    success,
    failure: ['completed', '-A', '-B', 'sendAck', 'D=32000', 'deliver'],
    timerA: ['proceeding'],
    timerB: ['proceeding'],
    timerD: ['proceeding'],
    timerM: ['proceeding'],
    transportError: ['proceeding'],
  },
  accepted,
  completed: {
    provisional: ['completed'],
    success: ['completed'],
    failure: ['completed', 'sendAck'],
    timerA: ['completed'],
    timerB: ['completed'],
    timerD: ['terminated'],
    timerM: ['completed'],
    transportError: ['terminated', 'reportTransportError'],
  },
  terminated,
});

describe('INVITE client', () => {
  it('sends and starts Timers A and B on UDP', () => {
    expect(inShort(startInviteClient(UNRELIABLE))).toEqual(['calling', 'sendRequest', 'A=500', 'B=32000']);
  });

  it('does not retransmit on a reliable transport', () => {
    expect(inShort(startInviteClient(RELIABLE))).toEqual(['calling', 'sendRequest', 'B=32000']);
  });

  it('ends at once after a failure on a reliable transport, where Timer D is zero', () => {
    for (const state of [machine.at.calling, machine.at.proceeding]) {
      expect(inShort(stepInviteClient(state, 'failure', RELIABLE))).toEqual(['terminated', 'sendAck', 'deliver']);
    }
  });

  it('doubles Timer A without bound until Timer B: 0.5, 1, 2, 4, 8, 16 s', () => {
    let step = startInviteClient(UNRELIABLE);
    const intervals: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      if (step.state.name === 'calling') intervals.push(step.state.timerAMs);
      step = stepInviteClient(step.state, 'timerA', UNRELIABLE);
    }
    expect(intervals).toEqual([500, 1000, 2000, 4000, 8000, 16000]);
  });
});
