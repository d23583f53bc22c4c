import { describe, expect, it } from 'vitest';
import {
  NON_INVITE_SERVER_EVENTS,
  NON_INVITE_SERVER_STATES,
  startNonInviteServer,
  stepNonInviteServer,
} from '../../../../sip/server/transaction/non-invite-server.ts';
import { describeTable, type Expected, inShort, RELIABLE, UNRELIABLE } from './table.ts';

const machine = {
  states: NON_INVITE_SERVER_STATES,
  events: NON_INVITE_SERVER_EVENTS,
  at: {
    trying: { name: 'trying' },
    proceeding: { name: 'proceeding' },
    completed: { name: 'completed' },
    terminated: { name: 'terminated' },
  },
  step: stepNonInviteServer,
} as const;

const over: Expected = ['terminated'];

describeTable('non-INVITE server on UDP', machine, UNRELIABLE, {
  trying: {
    request: ['trying'],
    provisional: ['proceeding', 'sendResponse'],
    final: ['completed', 'sendResponse', 'J=32000'],
    timerJ: ['trying'],
    transportError: ['trying'],
  },
  proceeding: {
    request: ['proceeding', 'resendResponse'],
    provisional: ['proceeding', 'sendResponse'],
    final: ['completed', 'sendResponse', 'J=32000'],
    timerJ: ['proceeding'],
    transportError: ['terminated', 'reportTransportError'],
  },
  completed: {
    request: ['completed', 'resendResponse'],
    provisional: ['completed'],
    final: ['completed'],
    timerJ: ['terminated'],
    transportError: ['terminated', 'reportTransportError'],
  },
  terminated: { request: over, provisional: over, final: over, timerJ: over, transportError: over },
});

describe('non-INVITE server', () => {
  it('hands the request to its user', () => {
    expect(inShort(startNonInviteServer())).toEqual(['trying', 'deliver']);
  });

  it('ends at once after a final response on a reliable transport, where Timer J is zero', () => {
    for (const state of [machine.at.trying, machine.at.proceeding]) {
      expect(inShort(stepNonInviteServer(state, 'final', RELIABLE))).toEqual(['terminated', 'sendResponse']);
    }
  });
});
