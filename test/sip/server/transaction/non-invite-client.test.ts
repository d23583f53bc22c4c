import { describe, expect, it } from 'vitest';
import {
  NON_INVITE_CLIENT_EVENTS,
  NON_INVITE_CLIENT_STATES,
  startNonInviteClient,
  stepNonInviteClient,
} from '../../../../sip/server/transaction/non-invite-client.ts';
import { describeTable, type Expected, inShort, RELIABLE, UNRELIABLE } from './table.ts';

const machine = {
  states: NON_INVITE_CLIENT_STATES,
  events: NON_INVITE_CLIENT_EVENTS,
  at: {
    trying: { name: 'trying', timerEMs: 500 },
    proceeding: { name: 'proceeding' },
    completed: { name: 'completed' },
    terminated: { name: 'terminated' },
  },
  step: stepNonInviteClient,
} as const;

const over: Expected = ['terminated'];

describeTable('non-INVITE client on UDP', machine, UNRELIABLE, {
  trying: {
    provisional: ['proceeding', 'deliver'],
    final: ['completed', '-E', '-F', 'K=5000', 'deliver'],
    timerE: ['trying', 'sendRequest', 'E=1000'],
    timerF: ['terminated', 'reportTimeout'],
    timerK: ['trying'],
    transportError: ['terminated', 'reportTransportError'],
  },
  proceeding: {
    provisional: ['proceeding', 'deliver'],
    final: ['completed', '-E', '-F', 'K=5000', 'deliver'],
    timerE: ['proceeding', 'sendRequest', 'E=4000'],
    timerF: ['terminated', 'reportTimeout'],
    timerK: ['proceeding'],
    transportError: ['terminated', 'reportTransportError'],
  },
  completed: {
    provisional: ['completed'],
    final: ['completed'],
    timerE: ['completed'],
    timerF: ['completed'],
    timerK: ['terminated'],
    transportError: ['completed'],
  },
  terminated: { provisional: over, final: over, timerE: over, timerF: over, timerK: over, transportError: over },
});

describe('non-INVITE client', () => {
  it('sends and starts Timers E and F on UDP, only F on a reliable transport', () => {
    expect(inShort(startNonInviteClient(UNRELIABLE))).toEqual(['trying', 'sendRequest', 'E=500', 'F=32000']);
    expect(inShort(startNonInviteClient(RELIABLE))).toEqual(['trying', 'sendRequest', 'F=32000']);
  });

  it('ends at once after a final response on a reliable transport, where Timer K is zero', () => {
    for (const state of [machine.at.trying, machine.at.proceeding]) {
      expect(inShort(stepNonInviteClient(state, 'final', RELIABLE))).toEqual(['terminated', 'deliver']);
    }
  });

  it('doubles Timer E up to T2', () => {
    let step = startNonInviteClient(UNRELIABLE);
    const intervals: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      if (step.state.name === 'trying') intervals.push(step.state.timerEMs);
      step = stepNonInviteClient(step.state, 'timerE', UNRELIABLE);
    }
    expect(intervals).toEqual([500, 1000, 2000, 4000, 4000, 4000]);
  });
});
