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
        capabilities: { 'm.call.dtmf': true, 'm.call.transferee': true },
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
      capabilities: { 'm.call.dtmf': true, 'm.call.transferee': true },
    });
  });
});

describe('a call that the gateway begins', () => {
  const invite: OutgoingCallEvent = {
    type: 'invite',
    sdp: 's',
    lifetimeMs: 70_000,
    invitee: '@a:hs.test' as MatrixUserId,
  };
  const base = { call_id: 'c', party_id: 'gw', version: '1' };

  it('names who shall ring, what the gateway can, and how long it rings', () => {
    expect(composeCallEvent(one, invite)).toEqual({
      type: 'm.call.invite',
      content: {
        ...base,
        lifetime: 70_000,
        invitee: '@a:hs.test',
        offer: { type: 'offer', sdp: 's' },
        capabilities: { 'm.call.dtmf': true, 'm.call.transferee': true },
      },
    });
  });

  it('rings everybody in a room when it names nobody', () => {
    const content = composeCallEvent(one, { type: 'invite', sdp: 's', lifetimeMs: 1 })?.content;
    expect(content).not.toHaveProperty('invitee');
  });

  it('tells which answer was taken', () => {
    expect(composeCallEvent(one, { type: 'select_answer', selectedPartyId: 'PHONE' })).toEqual({
      type: 'm.call.select_answer',
      content: { ...base, selected_party_id: 'PHONE' },
    });
    expect(composeCallEvent(zero, { type: 'select_answer', selectedPartyId: 'PHONE' })).toBeUndefined();
  });

  it('tells who is talked to now, with an ID only where one is given', () => {
    const event = { type: 'asserted_identity', displayName: 'Ann\u202e' } as const;
    expect(composeCallEvent(one, event)).toEqual({
      type: 'org.matrix.call.asserted_identity',
      content: { ...base, asserted_identity: { display_name: 'Ann' } },
    });
    const named = composeCallEvent(one, { ...event, id: '@ann:hs.test' as MatrixUserId });
    expect(named?.content.asserted_identity).toEqual({ display_name: 'Ann', id: '@ann:hs.test' });
  });

  it('tells a client that its transfer came to nothing', () => {
    const event = { type: 'reject_replacement', replacementId: 'r', reason: 'failed_call' } as const;
    expect(composeCallEvent(one, event)).toEqual({
      type: 'm.call.reject_replacement',
      content: { ...base, replacement_id: 'r', reason: 'failed_call' },
    });
    expect(composeCallEvent(zero, event)).toBeUndefined();
  });

  it('has the shape of version 0 where that is asked for', () => {
    expect(composeCallEvent(zero, invite)?.content).toEqual({
      call_id: 'c',
      version: 0,
      lifetime: 70_000,
      invitee: '@a:hs.test',
      offer: { type: 'offer', sdp: 's' },
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
