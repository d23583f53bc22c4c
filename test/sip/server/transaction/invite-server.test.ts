import { describe, expect, it } from 'vitest';
import {
  INVITE_SERVER_EVENTS,
  INVITE_SERVER_STATES,
  startInviteServer,
  stepInviteServer,
} from '../../../../sip/server/transaction/invite-server.ts';
import { describeTable, type Expected, inShort, RELIABLE, UNRELIABLE } from './table.ts';

const machine = {
  states: INVITE_SERVER_STATES,
  events: INVITE_SERVER_EVENTS,
  at: {
    proceeding: { name: 'proceeding' },
    completed: { name: 'completed', timerGMs: 500 },
    confirmed: { name: 'confirmed' },
    accepted: { name: 'accepted' },
    terminated: { name: 'terminated' },
  },
  step: stepInviteServer,
} as const;

const over: Expected = ['terminated'];

describeTable('INVITE server on UDP', machine, UNRELIABLE, {
  proceeding: {
    request: ['proceeding', 'resendResponse'],
    ack: ['proceeding'],
    provisional: ['proceeding', 'sendResponse'],
    success: ['accepted', 'sendResponse', 'L=32000'],
    failure: ['completed', 'sendResponse', 'G=500', 'H=32000'],
    timerG: ['proceeding'],
    timerH: ['proceeding'],
    timerI: ['proceeding'],
    timerL: ['proceeding'],
    transportError: ['proceeding', 'reportTransportError'],
  },
  completed: {
    request: ['completed', 'resendResponse'],
    ack: ['confirmed', '-G', '-H', 'I=5000'],
    provisional: ['completed'],
    success: ['completed'],
    failure: ['completed'],
    timerG: ['completed', 'resendResponse', 'G=1000'],
    timerH: ['terminated', 'reportTimeout'],
    timerI: ['completed'],
    timerL: ['completed'],
    transportError: ['completed', 'reportTransportError'],
  },
  confirmed: {
    request: ['confirmed'],
    ack: ['confirmed'],
    provisional: ['confirmed'],
    success: ['confirmed'],
    failure: ['confirmed'],
    timerG: ['confirmed'],
    timerH: ['confirmed'],
    timerI: ['terminated'],
    timerL: ['confirmed'],
    transportError: ['confirmed'],
  },
  accepted: {
    request: ['accepted'],
    ack: ['accepted', 'deliver'],
    provisional: ['accepted'],
    success: ['accepted', 'sendResponse'],
    failure: ['accepted'],
    timerG: ['accepted'],
    timerH: ['accepted'],
    timerI: ['accepted'],
    timerL: ['terminated'],
    transportError: ['accepted', 'reportTransportError'],
  },
  terminated: {
    request: over,
    ack: over,
    provisional: over,
    success: over,
    failure: over,
    timerG: over,
    timerH: over,
    timerI: over,
    timerL: over,
    transportError: over,
  },
});

describe('INVITE server', () => {
  it('hands the INVITE to its user', () => {
    expect(inShort(startInviteServer())).toEqual(['proceeding', 'deliver']);
  });

  it('waits for the ACK on a reliable transport too, but repeats nothing', () => {
    expect(inShort(stepInviteServer(machine.at.proceeding, 'failure', RELIABLE))).toEqual([
      'completed',
      'sendResponse',
      'H=32000',
    ]);
    expect(inShort(stepInviteServer(machine.at.completed, 'ack', RELIABLE))).toEqual(['terminated']);
  });

  it('doubles Timer G up to T2', () => {
    let step = stepInviteServer(machine.at.proceeding, 'failure', UNRELIABLE);
    const intervals: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      if (step.state.name === 'completed') intervals.push(step.state.timerGMs);
      step = stepInviteServer(step.state, 'timerG', UNRELIABLE);
    }
    expect(intervals).toEqual([500, 1000, 2000, 4000, 4000, 4000]);
  });
});
