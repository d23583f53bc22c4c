import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SDP_CHARS, parseCallEvent } from '../../../../src/matrix/calls/parse.ts';

const NOW = 1_800_000_000_000;

function raw(type: string, content: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return {
    type,
    event_id: '$1',
    room_id: '!r:hs.test',
    sender: '@alice:hs.test',
    origin_server_ts: NOW,
    content: { call_id: 'c', party_id: 'P', version: '1', ...content },
    ...more,
  };
}

const base = {
  roomId: '!r:hs.test',
  eventId: '$1',
  sender: '@alice:hs.test',
  callId: 'c',
  partyId: 'P',
  version: '1',
  ageMs: 0,
};
const offer = { type: 'offer', sdp: 'v=0' };

describe('events of calls', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['m.call.invite', { offer, lifetime: 90_000 }, { type: 'invite', sdp: 'v=0', lifetimeMs: 90_000 }],
    ['m.call.invite', { offer }, { type: 'invite', sdp: 'v=0', lifetimeMs: 60_000 }],
    [
      'm.call.invite',
      { offer, lifetime: 60_000, invitee: '@ghost:hs.test' },
      { type: 'invite', sdp: 'v=0', lifetimeMs: 60_000, invitee: '@ghost:hs.test' },
    ],
    [
      'm.call.candidates',
      { candidates: [{ candidate: 'a', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'x' }, { candidate: '' }] },
      { type: 'candidates', candidates: [{ candidate: 'a', sdpMid: '0', sdpMLineIndex: 0 }, { candidate: '' }] },
    ],
    ['m.call.answer', { answer: { type: 'answer', sdp: 'v=0' } }, { type: 'answer', sdp: 'v=0' }],
    ['m.call.select_answer', { selected_party_id: 'Q' }, { type: 'select_answer', selectedPartyId: 'Q' }],
    ['m.call.reject', {}, { type: 'reject' }],
    ['m.call.hangup', { reason: 'user_hangup' }, { type: 'hangup', reason: 'user_hangup' }],
    ['m.call.hangup', { reason: 7 }, { type: 'hangup' }],
    [
      'm.call.negotiate',
      { description: { type: 'answer', sdp: 'v=0' }, lifetime: 10_000 },
      { type: 'negotiate', sdpType: 'answer', sdp: 'v=0', lifetimeMs: 10_000 },
    ],
    [
      'org.matrix.call.sdp_stream_metadata_changed',
      { 'org.matrix.msc3077.sdp_stream_metadata': { s: { purpose: 'm.usermedia', audio_muted: true } } },
      { type: 'metadata_changed', audioMuted: true },
    ],
    ['m.call.sdp_stream_metadata_changed', {}, { type: 'metadata_changed' }],
    [
      'm.call.replaces',
      { replacement_id: 'r', target_user: { id: '@bob:hs.test', display_name: 'Bob' }, create_call: 'n' },
      { type: 'replaces', replacementId: 'r', targetUser: '@bob:hs.test', createCall: 'n' },
    ],
    [
      'm.call.replaces',
      { replacement_id: 'r', await_call: 'n' },
      { type: 'replaces', replacementId: 'r', awaitCall: 'n' },
    ],
  ])('%s with %j', (type, content, wanted) => {
    expect(parseCallEvent(raw(type, content), NOW)).toEqual({ ok: true, event: { ...base, ...wanted } });
  });

  it('reads all events that a real Element sent', () => {
    const events = JSON.parse(readFileSync(new URL('../data/element-dial.json', import.meta.url), 'utf8')) as {
      type: string;
    }[];
    const calls = events.filter(({ type }) => type.startsWith('m.call.'));
    expect(calls.length).toBeGreaterThan(2);
    for (const event of calls) expect(parseCallEvent(event, NOW)).toMatchObject({ ok: true, event: { version: '1' } });
  });

  it.each([
    [0, '0'],
    ['0', '0'],
    [undefined, '0'],
    ['1', '1'],
    [1, '1'],
    ['org.example.2', '1'],
    [null, '1'],
  ])('version %j counts as %s', (version, wanted) => {
    const parsed = parseCallEvent(raw('m.call.invite', { offer, version, party_id: undefined }), NOW);
    expect(parsed).toMatchObject({ ok: true, event: { version: wanted } });
  });

  it.each([
    [{ unsigned: { age: 1_200 } }, 1_200],
    [{ age: 900 }, 900],
    [{ unsigned: { age: -5 } }, 0],
    [{ unsigned: { age: 'old' }, origin_server_ts: NOW - 3_000 }, 3_000],
    [{ origin_server_ts: NOW - 2_000 }, 2_000],
    [{ origin_server_ts: NOW + 9_000 }, 0],
    [{ origin_server_ts: 'now' }, 0],
    [{ unsigned: 7, origin_server_ts: NOW }, 0],
  ])('the age of %j is %i ms', (more, ageMs) => {
    expect(parseCallEvent(raw('m.call.hangup', {}, more), NOW)).toMatchObject({ ok: true, event: { ageMs } });
  });

  it.each([
    [-1, 1_000],
    [0, 1_000],
    [1e300, 180_000],
    [Number.POSITIVE_INFINITY, 180_000],
    [120_000, 120_000],
  ])('a lifetime of %d is %i ms', (lifetime, lifetimeMs) => {
    expect(parseCallEvent(raw('m.call.invite', { offer, lifetime }), NOW)).toMatchObject({
      ok: true,
      event: { lifetimeMs },
    });
  });

  it.each<[string, unknown, string, string]>([
    ['another event', raw('m.room.message', {}), 'not-a-call-event', 'type'],
    ['an inherited name', raw('constructor', {}), 'not-a-call-event', 'type'],
    ['a state event', raw('m.call.invite', { offer }, { state_key: '' }), 'not-a-call-event', 'type'],
    ['no object', 'm.call.invite', 'not-a-call-event', 'type'],
    ['no content', raw('m.call.invite', {}, { content: [] }), 'wrong-type', 'content'],
    ['no call_id', raw('m.call.invite', { offer, call_id: undefined }), 'missing', 'call_id'],
    ['a number as call_id', raw('m.call.invite', { offer, call_id: 1 }), 'wrong-type', 'call_id'],
    ['a call_id without end', raw('m.call.invite', { offer, call_id: 'x'.repeat(256) }), 'too-large', 'call_id'],
    ['a party_id that is a list', raw('m.call.invite', { offer, party_id: [] }), 'wrong-type', 'party_id'],
    ['no offer', raw('m.call.invite', {}), 'missing', 'offer'],
    ['an answer as offer', raw('m.call.invite', { offer: { type: 'answer', sdp: '' } }), 'wrong-type', 'offer.type'],
    ['no SDP', raw('m.call.invite', { offer: { type: 'offer' } }), 'wrong-type', 'offer.sdp'],
    [
      'a huge SDP',
      raw('m.call.invite', { offer: { type: 'offer', sdp: 'x'.repeat(MAX_SDP_CHARS + 1) } }),
      'too-large',
      'offer.sdp',
    ],
    ['a lifetime in words', raw('m.call.invite', { offer, lifetime: 'long' }), 'wrong-type', 'lifetime'],
    ['an invitee that is nobody', raw('m.call.invite', { offer, invitee: 'bob' }), 'wrong-type', 'invitee'],
    ['candidates that are no list', raw('m.call.candidates', { candidates: {} }), 'wrong-type', 'candidates'],
    [
      'candidates without end',
      raw('m.call.candidates', { candidates: Array.from({ length: 201 }, () => ({ candidate: 'a' })) }),
      'too-large',
      'candidates',
    ],
    [
      'a rollback',
      raw('m.call.negotiate', { description: { type: 'rollback', sdp: '' } }),
      'wrong-type',
      'description.type',
    ],
    ['no selection', raw('m.call.select_answer', {}), 'missing', 'selected_party_id'],
    ['no sender', raw('m.call.hangup', {}, { sender: undefined }), 'missing', 'sender'],
  ])('refuses %s', (_what, event, why, field) => {
    expect(parseCallEvent(event, NOW)).toEqual({ ok: false, problem: { why, field } });
  });

  it('leaves out candidates that are none', () => {
    const candidates = [
      null,
      7,
      {},
      { candidate: 7 },
      { candidate: 'x'.repeat(3_000) },
      { candidate: 'a', sdpMLineIndex: -1 },
    ];
    expect(parseCallEvent(raw('m.call.candidates', { candidates }), NOW)).toMatchObject({
      event: { candidates: [{ candidate: 'a' }] },
    });
  });

  it('never throws, whatever the type of any field', () => {
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true });
    const type = fc.constantFrom(
      'm.call.invite',
      'm.call.candidates',
      'm.call.answer',
      'm.call.select_answer',
      'm.call.reject',
      'm.call.hangup',
      'm.call.negotiate',
      'm.call.sdp_stream_metadata_changed',
      'm.call.replaces',
    );
    const honest = {
      offer,
      answer: { type: 'answer', sdp: 'v=0' },
      description: offer,
      candidates: [{ candidate: 'a' }],
      selected_party_id: 'P',
      replacement_id: 'R',
      target_user: { id: '@a:b' },
      sdp_stream_metadata: { s: { purpose: 'm.usermedia', audio_muted: true } },
      lifetime: 60_000,
    };
    const fields = fc.constantFrom(
      ...Object.keys({ ...honest, call_id: 1, party_id: 1, version: 1, reason: 1, invitee: 1 }),
    );
    fc.assert(
      fc.property(
        type,
        fields,
        anything,
        fc.option(
          fc.tuple(
            fc.constantFrom('content', 'unsigned', 'sender', 'event_id', 'origin_server_ts', 'room_id', 'age'),
            anything,
          ),
        ),
        (name, field, value, outer) => {
          const event = raw(name, { ...honest, [field]: value }, outer === null ? {} : { [outer[0]]: outer[1] });
          const parsed = parseCallEvent(event, NOW);
          if (parsed.ok) {
            expect(parsed.event.ageMs).toBeGreaterThanOrEqual(0);
            expect(typeof parsed.event.callId).toBe('string');
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
