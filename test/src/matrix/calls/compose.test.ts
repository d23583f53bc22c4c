import { describe, expect, it } from 'vitest';
import { composeCallEvent } from '../../../../src/matrix/calls/compose.ts';
import type { CallAddress, CallId, MatrixUserId, OutgoingCallEvent, RoomId } from '../../../../src/matrix/index.ts';

const one: CallAddress = {
  roomId: '!r:hs.test' as RoomId,
  ghost: '@ghost:hs.test' as MatrixUserId,
  callId: 'c' as CallId,
  partyId: 'gw',
  version: '1',
};
const zero: CallAddress = { ...one, version: '0' };

describe('version 1', () => {
  it.each<[OutgoingCallEvent, string, Record<string, unknown>]>([
    [{ type: 'candidates', candidates: [{ candidate: '' }] }, 'm.call.candidates', { candidates: [{ candidate: '' }] }],
    [{ type: 'reject', reason: 'user_busy' }, 'm.call.reject', { reason: 'user_busy' }],
    [{ type: 'hangup', reason: 'ice_failed' }, 'm.call.hangup', { reason: 'ice_failed' }],
    [
      { type: 'negotiate', sdpType: 'offer', sdp: 's', lifetimeMs: 9_000 },
      'm.call.negotiate',
      {
        lifetime: 9_000,
        description: { type: 'offer', sdp: 's' },
        capabilities: { 'm.call.dtmf': true, 'm.call.transferee': false },
      },
    ],
  ])('%j', (event, type, content) => {
    expect(composeCallEvent(one, event)).toEqual({
      type,
      content: { call_id: 'c', party_id: 'gw', version: '1', ...content },
    });
  });

  it('answers with what the gateway can, and without stream metadata', () => {
    expect(composeCallEvent(one, { type: 'answer', sdp: 's' })?.content).toEqual({
      call_id: 'c',
      party_id: 'gw',
      version: '1',
      answer: { type: 'answer', sdp: 's' },
      capabilities: { 'm.call.dtmf': true, 'm.call.transferee': false },
    });
  });
});

describe('version 0', () => {
  it.each<[OutgoingCallEvent, string, Record<string, unknown>]>([
    [{ type: 'answer', sdp: 's' }, 'm.call.answer', { answer: { type: 'answer', sdp: 's' } }],
    [{ type: 'candidates', candidates: [] }, 'm.call.candidates', { candidates: [] }],
    [{ type: 'reject', reason: 'user_busy' }, 'm.call.hangup', {}],
    [{ type: 'reject', reason: 'invite_timeout' }, 'm.call.hangup', { reason: 'invite_timeout' }],
    [{ type: 'hangup', reason: 'ice_failed' }, 'm.call.hangup', { reason: 'ice_failed' }],
  ])('%j has no party and no newer event', (event, type, content) => {
    expect(composeCallEvent(zero, event)).toEqual({ type, content: { call_id: 'c', version: 0, ...content } });
  });

  it('has nothing to say to a negotiation', () => {
    const event: OutgoingCallEvent = { type: 'negotiate', sdpType: 'answer', sdp: 's', lifetimeMs: 1 };
    expect(composeCallEvent(zero, event)).toBeUndefined();
  });
});
