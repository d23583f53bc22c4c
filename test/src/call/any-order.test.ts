/** A whole call among fakes, with everything that can happen in any order: it must end on both sides and leave nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildHouse } from './house.ts';

type House = ReturnType<typeof buildHouse>;
type Act = (house: House) => unknown;

const leg = (house: House) => house.sip.legs.at(-1);
const session = (house: House) => house.media.sessions.at(-1);
const failed = { status: 486, phrase: 'Busy Here', sawProvisional: true, origin: 'remote' } as const;

const acts: Readonly<Record<string, Act>> = {
  'time passes': (house) => house.clock.advance(20_000),
  ready: (house) => house.settle(),
  'phone rings': (house) => leg(house)?.emit({ type: 'provisional', status: 180, forkId: 'a', reliable: false }),
  'phone announces': (house) =>
    leg(house)?.emit({ type: 'provisional', status: 183, forkId: 'a', sdp: 'early', reliable: true }),
  'phone answers': (house) => leg(house)?.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' }),
  'phone refuses': (house) => leg(house)?.emit({ type: 'failed', failure: failed }),
  'phone hangs up': (house) => leg(house)?.emit({ type: 'ended', end: { by: 'remote' } }),
  'phone offers': (house) => void leg(house)?.offer('phone-offer'),
  'phone asks for an offer': (house) => void leg(house)?.offer(undefined, 'late'),
  'early audio': (house) => session(house)?.listener({ type: 'early-audio', ms: 600 }),
  'audio up': (house) => session(house)?.listener({ type: 'webrtc-connected' }),
  'audio lost': (house) => session(house)?.listener({ type: 'webrtc-failed', why: 'dtls' }),
  'engine dies': (house) => session(house)?.listener({ type: 'engine-failed', message: 'x' }),
  'client repeats': (house) => house.invite(),
  'client trickles': (house) => house.say('candidates', { candidates: [{ candidate: 'c' }] }),
  'client offers': (house) => house.say('negotiate', { sdpType: 'offer', sdp: 'client-offer', lifetimeMs: 1 }),
  'client answers': (house) => house.say('negotiate', { sdpType: 'answer', sdp: 'client-answer', lifetimeMs: 1 }),
  'client hangs up': (house) => house.say('hangup', { reason: 'user_hangup' }),
  'client transfers': (house) => house.say('replaces', { replacementId: 'r' }),
  'credit is low': (house) => house.books.tell({ type: 'low', leftMs: 30_000 }),
  'credit is used up': (house) => house.books.tell({ type: 'used-up' }),
  'an administrator ends it': (house) => {
    for (const { callRef } of house.service.liveCalls) house.service.end(callRef, 'ended-by-administrator');
  },
  held: (house) => {
    const own = session(house);
    if (own) own.direction = 'recvonly';
  },
  'not held': (house) => {
    const own = session(house);
    if (own) own.direction = 'sendrecv';
  },
};
const faults = [
  'books.enter',
  'books.close',
  'journal.opened',
  'journal.updated',
  'media.createSession',
  'media.acceptWebRtcOffer',
  'media.createRtpOffer',
  'media.acceptRtpAnswer',
  'media.createWebRtcAnswer',
  'media.renegotiateWebRtc',
  'media.createWebRtcReoffer',
  'media.acceptRtpOffer',
  'media.createRtpReoffer',
  'media.acceptRtpReanswer',
  'sip.placeCall',
  'sip.reoffer',
  'matrix.answer',
  'matrix.negotiate',
  'matrix.notice',
];

describe('a call with everything in any order', () => {
  it('ends on both sides, tells each once, and leaves nothing', async () => {
    const scenario = fc.record({
      acts: fc.array(fc.constantFrom(...Object.keys(acts)), { maxLength: 30 }),
      fault: fc.option(fc.constantFrom(...faults), { nil: undefined }),
      early: fc.boolean(),
      version: fc.constantFrom('0' as const, '1' as const),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ acts: names, fault, early, version }) => {
        const house = buildHouse({ version, route: { earlyMedia: early ? 'answer-on-early-rtp' : 'ringback' } });
        if (fault !== undefined) house.faults.next(fault, new Error('fault'));
        await house.invite();
        for (const name of names) await acts[name]?.(house);
        await house.service.close(10_000);
        await house.settle();

        expect(house.service.stats).toMatchObject({ live: 0, opened: 1, finished: 1 });
        expect(house.records).toHaveLength(1);
        expect(house.media.sessionCount).toBe(0);
        expect(house.journal.entries.size).toBe(0);
        expect(house.clock.pending).toBe(0);
        expect(house.books.closed).toHaveLength(fault === 'books.close' ? 0 : 1);
        if (fault !== 'books.close') expect(house.books.open).toEqual([]);
        const finals = house.signalling.sent.filter(({ event }) => event.type === 'reject' || event.type === 'hangup');
        expect(finals.length).toBeLessThanOrEqual(1);
        expect(house.sip.legs.length).toBeLessThanOrEqual(1);
        expect(leg(house)?.hangups ?? 0).toBeLessThanOrEqual(1);
        for (const { offers } of house.sip.legs) expect(offers.map(({ told }) => told)).toEqual(offers.map(() => 1));
      }),
      { numRuns: 300 },
    );
  });
});
