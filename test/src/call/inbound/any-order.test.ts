/** A whole call in among fakes, with everything that can happen in any order: it must end on both sides and leave nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FakeInboundLeg } from './house.ts';
import { alice, bob, buildHouse, carol, office, unreachable, user } from './house.ts';

type House = ReturnType<typeof buildHouse>;
type Act = (house: House, leg: FakeInboundLeg) => unknown;

const session = (house: House) => house.media.sessions.at(-1);
const ofBob = { sender: bob, ring: 2 };
const inOffice = { sender: carol, target: office, ring: 3 };

const acts: Readonly<Record<string, Act>> = {
  'time passes': (house) => house.clock.advance(8_000),
  ready: (house) => house.settle(),
  'caller gives up': (_house, leg) => leg.cancel(),
  'taken elsewhere': (_house, leg) => leg.cancel(true),
  'no ACK': (_house, leg) =>
    leg.emit({ type: 'failed', failure: { status: 408, phrase: 'x', sawProvisional: true, origin: 'timeout' } }),
  'caller hangs up': (_house, leg) => leg.emit({ type: 'ended', end: { by: 'remote' } }),
  'caller offers': (_house, leg) => void leg.offer('offer'),
  'caller asks for an offer': (_house, leg) => void leg.offer(undefined, 'late'),
  'alice answers': (house) => house.say('answer', { sdp: 'alices', partyId: 'A' }),
  'alice answers twice': (house) => house.say('answer', { sdp: 'alices-other', partyId: 'A2' }),
  'bob answers': (house) => house.say('answer', { sdp: 'bobs', partyId: 'B' }, ofBob),
  'carol answers': (house) => house.say('answer', { sdp: 'carols', partyId: 'C' }, inOffice),
  'alice declines': (house) => house.say('reject', { partyId: 'A' }),
  'bob declines': (house) => house.say('reject', { partyId: 'B' }, ofBob),
  'carol declines': (house) => house.say('reject', { partyId: 'C' }, inOffice),
  'alice hangs up': (house) => house.say('hangup', { partyId: 'A', reason: 'user_hangup' }),
  'bob has no microphone': (house) => house.say('hangup', { partyId: 'B', reason: 'user_media_failed' }, ofBob),
  'alice trickles': (house) => house.say('candidates', { partyId: 'A', candidates: [{ candidate: 'a' }] }),
  'alice offers': (house) => house.say('negotiate', { partyId: 'A', sdpType: 'offer', sdp: 'x', lifetimeMs: 1 }),
  'alice answers our offer': (house) =>
    house.say('negotiate', { partyId: 'A', sdpType: 'answer', sdp: 'x', lifetimeMs: 1 }),
  'alice leaves': (house) => house.service.roomClosed('!alice:example.org' as never),
  'audio up': (house) => session(house)?.listener({ type: 'webrtc-connected' }),
  'audio lost': (house) => session(house)?.listener({ type: 'webrtc-failed', why: 'dtls' }),
  'engine dies': (house) => session(house)?.listener({ type: 'engine-failed', message: 'x' }),
  'an administrator ends it': (house) => {
    for (const { callRef } of house.service.liveCalls) house.service.end(callRef, 'ended-by-administrator');
  },
  held: (house) => {
    const own = session(house);
    if (own) own.direction = 'recvonly';
  },
};

const faults = [
  'books.enter',
  'books.close',
  'journal.opened',
  'journal.updated',
  'journal.closed',
  'media.createSession',
  'media.acceptRtpOffer',
  'media.createWebRtcOffer',
  'media.acceptWebRtcAnswer',
  'media.createRtpOffer',
  'media.acceptRtpAnswer',
  'media.renegotiateWebRtc',
  'media.createRtpReoffer',
  'media.createWebRtcReoffer',
  'sip.answer',
  'sip.reoffer',
  'matrix.invite',
  'matrix.select_answer',
  'matrix.hangup',
  'matrix.notice',
  `rooms ${alice}`,
  `rooms ${bob}`,
];

describe('a call in with everything in any order', () => {
  it('ends on both sides, tells each once, and leaves nothing', async () => {
    const scenario = fc.record({
      acts: fc.array(fc.constantFrom(...Object.keys(acts)), { maxLength: 25 }),
      fault: fc.option(fc.constantFrom(...faults), { nil: undefined }),
      late: fc.boolean(),
      acknowledges: fc.boolean(),
      inTurn: fc.boolean(),
      rejectEnds: fc.constantFrom('one' as const, 'all' as const),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ acts: names, fault, late, acknowledges, inTurn, rejectEnds }) => {
        const targets = [user(alice), user(bob), office];
        const steps = inTurn
          ? targets.map((target) => ({ targets: [target], forMs: 15_000 }))
          : [{ targets, forMs: 45_000 }];
        const house = buildHouse({ plan: { steps, rejectEnds } });
        if (fault !== undefined) {
          house.faults.next(fault, fault.startsWith('rooms') ? unreachable('not-joined') : new Error('fault'));
        }
        const leg = await house.call(late ? { late: true } : {});
        if (acknowledges) leg.ack = 'answer-in-ack';
        for (const name of names) await acts[name]?.(house, leg);
        await house.service.close(10_000);
        await house.settle();

        expect(house.service.stats).toMatchObject({ live: 0, opened: 1, finished: 1 });
        expect(house.records).toHaveLength(1);
        expect(house.media.sessionCount).toBe(0);
        if (fault !== 'journal.closed') expect(house.journal.entries.size).toBe(0);
        expect(house.clock.pending).toBe(0);
        expect(house.books.closed).toHaveLength(fault === 'books.close' ? 0 : 1);
        if (fault !== 'books.close') expect(house.books.open).toEqual([]);
        // The telephone hears one last word of ours at most, and none after it left.
        expect(leg.refusals.length + leg.hangups).toBeLessThanOrEqual(1);
        expect(leg.answers).toBeLessThanOrEqual(1);
        for (const { told } of leg.offers) expect(told).toBe(1);
        // One device is chosen, in one room; whoever rang is told once that it is over.
        const sent = house.signalling.sent;
        expect(sent.filter(({ event }) => event.type === 'select_answer').length).toBeLessThanOrEqual(1);
        for (const callId of new Set(sent.map(({ address }) => address.callId))) {
          const types = sent.filter(({ address }) => address.callId === callId).map(({ event }) => event.type);
          expect(types[0]).toBe('invite');
          expect(types.filter((type) => type === 'invite')).toHaveLength(1);
          expect(types.filter((type) => type === 'hangup').length).toBeLessThanOrEqual(1);
          expect(types).not.toContain('reject');
          const hasLeft =
            names.includes('alice leaves') || fault === 'matrix.hangup' || fault === 'matrix.select_answer';
          if (!types.includes('select_answer') && !hasLeft) expect(types).toContain('hangup');
        }
        expect(new Set(sent.map(({ key }) => key)).size).toBe(sent.length);
      }),
      { numRuns: 1_000 },
    );
  });
});
