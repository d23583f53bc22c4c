/** Calls and their books: entered before anything leaves the house, closed when the telephone is gone, ended when credit is. */
import { describe, expect, it } from 'vitest';
import type { RouteTariff } from '../../../src/call/ports.ts';
import { currency, micros } from '../../../src/money.ts';
import { buildHouse, plan, route } from './house.ts';
import { buildHouse as buildInbound } from './inbound/house.ts';

const emergency = { ...plan, emergency: true } as const;
const tooLow = { kind: 'refused', cause: 'credit-too-low' } as const;
const price = { currency: currency('EUR'), connectFee: micros(0), perMinute: micros(10_000), firstS: 1, nextS: 1 };
const tariff: RouteTariff = { price, rate: 'deck 44' };
const rings = { type: 'provisional', status: 180, forkId: 'a', reliable: false } as const;
const answers = { type: 'answered', forkId: 'a', sdp: 'rtp-answer' } as const;

describe('a call out', () => {
  it('is in the books before the journal knows it, and closed before the journal forgets it', async () => {
    const house = buildHouse({ booksInLadder: true, route: { tariff } });
    await house.invite();
    expect(house.ladder.slice(0, 2)).toEqual(['books enter out', 'journal opened']);
    expect(house.books.entered).toMatchObject([
      {
        direction: 'out',
        user: '@alice:example.org',
        roomId: '!room:example.org',
        callId: 'call-1',
        dialled: '01818118181',
        isInside: false,
        plan: { routes: [{ tariff }] },
        openedAt: house.clock.now(),
      },
    ]);
    await house.say('hangup', { reason: 'user_hangup' });
    const closed = house.ladder.indexOf('books close normal');
    expect(closed).toBeGreaterThan(0);
    expect(closed).toBeLessThan(house.ladder.indexOf('journal closed'));
    expect(house.books.closed).toEqual(house.records);
  });

  it('is refused by the books, in words: nothing leaves the house', async () => {
    const house = buildHouse();
    house.books.answer = { ...tooLow, admin: '0.01 EUR' };
    await house.invite();
    expect(house.sip.legs).toEqual([]);
    expect(house.media.sessions).toEqual([]);
    expect(house.ladder.filter((line) => line.startsWith('journal'))).toEqual([]);
    expect(house.signalling.sent.map(({ event }) => event)).toEqual([{ type: 'reject', reason: 'unknown_error' }]);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual(['You do not have enough credit for this call.']);
    expect(house.books.closed).toMatchObject([
      { attempts: [], talkMs: 0, outcome: { cause: 'credit-too-low', admin: '0.01 EUR', endedBy: 'gateway' } },
    ]);
  });

  it('says which limit was reached', async () => {
    const house = buildHouse();
    house.books.answer = { kind: 'refused', cause: 'limit-reached', params: { limit: '60 minutes of calls a day' } };
    await house.invite();
    expect(house.signalling.notices[0]?.text).toBe(
      'You have reached a limit that protects against misuse: 60 minutes of calls a day. Your administrator can lift it.',
    );
  });

  it('is not made when the books cannot be written', async () => {
    const house = buildHouse();
    house.faults.next('books.enter', new Error('disk full'));
    await house.invite();
    expect(house.sip.legs).toEqual([]);
    expect(house.records).toMatchObject([{ outcome: { cause: 'gateway-problem' } }]);
  });

  it('is not made when the books do not answer; what they wrote in the end is closed', async () => {
    const house = buildHouse();
    const answer = house.faults.hold('books.enter');
    await house.invite();
    house.clock.advance(5_000);
    await house.settle();
    expect(house.sip.legs).toEqual([]);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual([expect.stringContaining('has a problem')]);
    answer();
    await house.settle();
    expect(house.books.open).toEqual([]);
    expect(house.books.closed).toMatchObject([{ outcome: { cause: 'gateway-problem' } }]);
    expect(house.clock.pending).toBe(0);
  });

  it('that was refused before is closed in them all the same; one that is for nobody of ours is not', async () => {
    const refused = buildHouse({ decide: () => ({ kind: 'refuse', cause: 'not-permitted' }) });
    await refused.invite();
    expect(refused.books.entered).toEqual([]);
    expect(refused.books.closed).toMatchObject([{ outcome: { cause: 'not-permitted' } }]);
    const foreign = buildHouse({ decide: () => ({ kind: 'not-ours' }) });
    await foreign.invite();
    expect(foreign.books.closed).toEqual([]);
  });

  it('given up while it is being entered is not made, and closed once it was', async () => {
    const house = buildHouse({ booksInLadder: true });
    const entered = house.faults.hold('books.enter');
    await house.invite();
    await house.say('hangup', { reason: 'user_hangup' });
    expect(house.books.closed).toEqual([]);
    entered();
    await house.settle();
    expect(house.sip.legs).toEqual([]);
    expect(house.books.open).toEqual([]);
    expect(house.books.closed).toMatchObject([{ outcome: { cause: 'normal', endedBy: 'caller' } }]);
  });

  it('ends although the books cannot be closed', async () => {
    const house = buildHouse();
    await house.talk();
    house.faults.next('books.close', new Error('disk full'));
    await house.say('hangup', { reason: 'user_hangup' });
    expect(house.service.stats.live).toBe(0);
    expect(house.journal.entries.size).toBe(0);
  });

  it('tells how it gets on, by the route that it takes', async () => {
    const routes = [
      { ...route, rtp: { codecs: ['G722'], srtp: 'off' } },
      { ...route, trunk: 'down' },
      { ...route, trunk: 'backup' },
    ] as const;
    const house = buildHouse({ plan: { routes } });
    const noCodec = Object.assign(new Error('the client has PCMA'), { name: 'MediaError', code: 'no-common-codec' });
    house.faults.next('media.createRtpOffer', noCodec);
    await house.invite();
    house.sip.last.emit({
      type: 'failed',
      failure: { status: 503, phrase: 'No', sawProvisional: false, origin: 'transport' },
    });
    await house.settle();
    house.clock.advance(1_500);
    house.sip.last.emit(rings);
    house.clock.advance(2_500);
    house.sip.last.emit(answers);
    await house.settle();
    const begun = 1_000_000;
    expect(house.books.progress.map(({ callRef: _, ...progress }) => progress)).toEqual([
      { type: 'placed', attempt: 1, at: begun, sipCallId: 'call-1' },
      { type: 'placed', attempt: 2, at: begun, sipCallId: 'call-2' },
      { type: 'ringing', attempt: 2, at: begun + 1_500 },
      { type: 'answered', attempt: 2, at: begun + 4_000, sipCallId: 'call-2' },
    ]);
    await house.say('hangup', { reason: 'user_hangup' });
    expect(house.books.closed[0]).toMatchObject({
      attempts: [
        { route: 1, trunk: 'down' },
        { route: 2, trunk: 'backup' },
      ],
      times: { answeredAt: begun + 4_000 },
    });
  });
});

describe('an emergency call', () => {
  it('waits for no book', async () => {
    const house = buildHouse({ plan: emergency });
    house.faults.next('books.enter', 'hang');
    await house.invite();
    expect(house.sip.legs).toHaveLength(1);
  });

  it('is refused by none, and made when none can be written', async () => {
    const refused = buildHouse({ plan: emergency });
    refused.books.answer = tooLow;
    await refused.invite();
    expect(refused.sip.legs).toHaveLength(1);
    const broken = buildHouse({ plan: emergency });
    broken.faults.next('books.enter', new Error('disk full'));
    await broken.invite();
    expect(broken.sip.legs).toHaveLength(1);
  });

  it('hears no tone, and is ended by no credit and no administrator', async () => {
    const house = buildHouse({ plan: emergency });
    await house.talk();
    house.books.tell({ type: 'low', leftMs: 30_000 });
    house.books.tell({ type: 'used-up' });
    await house.settle();
    expect(house.service.end(house.service.liveCalls[0]?.callRef ?? '', 'ended-by-administrator')).toBe('emergency');
    await house.settle();
    expect(house.service.stats.live).toBe(1);
    expect(house.ladder).toEqual([]);
  });
});

describe('credit that ends', () => {
  it('is said before by a tone and in words', async () => {
    const house = buildHouse();
    await house.talk();
    house.books.tell({ type: 'low', leftMs: 29_600 });
    await house.settle();
    expect(house.ladder).toContain('media beep webrtc');
    expect(house.signalling.notices.map(({ text }) => text)).toEqual([
      'Your credit for this call lasts another 0:30 minutes.',
    ]);
    expect(house.service.stats.live).toBe(1);
  });

  it('is heard as soon as anything is', async () => {
    const house = buildHouse();
    await house.invite();
    house.sip.last.emit(answers);
    house.books.tell({ type: 'low', leftMs: 125_000 });
    await house.settle();
    expect(house.ladder).not.toContain('media beep webrtc');
    expect(house.signalling.notices.map(({ text }) => text)).toEqual([
      'Your credit for this call lasts another 2:05 minutes.',
    ]);
    house.media.last.listener({ type: 'webrtc-connected' });
    await house.settle();
    expect(house.ladder.filter((line) => line === 'media beep webrtc')).toHaveLength(1);
  });

  it('ends the call on both sides, with the reason', async () => {
    const house = buildHouse();
    await house.talk();
    house.clock.advance(12_000);
    house.books.tell({ type: 'used-up' });
    await house.settle();
    expect(house.sip.last.hangups).toBe(1);
    expect(house.ladder).toContain('sip hangup 16');
    expect(house.signalling.sent.at(-1)?.event).toEqual({ type: 'hangup', reason: 'user_hangup' });
    expect(house.signalling.notices.at(-1)?.text).toBe('The call ended because your credit is used up.');
    expect(house.books.closed).toMatchObject([
      { talkMs: 12_000, outcome: { cause: 'credit-used-up', endedBy: 'gateway' } },
    ]);
  });

  it('is nobody’s any more when the call is over', async () => {
    const house = buildHouse();
    await house.talk();
    const { callRef } = house.books.entered[0] ?? { callRef: '' };
    house.books.tell({ type: 'used-up' }, callRef);
    house.books.tell({ type: 'low', leftMs: 1 }, callRef);
    await house.settle();
    expect(house.signalling.notices).toHaveLength(1);
  });
});

describe('a call in', () => {
  it('is entered, taken, answered and closed', async () => {
    const house = buildInbound({ booksInLadder: true });
    const leg = await house.call();
    expect(house.ladder[0]).toBe('books enter in');
    expect(house.books.entered).toMatchObject([
      { direction: 'in', callRef: 'c-1', trunk: 'office', called: '+441818118180', callerNumber: '+441818118181' },
    ]);
    house.clock.advance(3_000);
    await house.say('answer', { sdp: 'webrtc-answer', partyId: 'A' });
    house.connected();
    await house.settle();
    expect(house.books.progress.map(({ type, at }) => [type, at - 1_000_000])).toEqual([
      ['ringing', 0],
      ['taken', 3_000],
      ['answered', 3_000],
    ]);
    expect(house.books.progress[1]).toMatchObject({ user: '@alice:example.org', callId: 'c-1-1' });
    house.clock.advance(60_000);
    leg.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
    await house.settle();
    expect(house.books.closed).toMatchObject([{ callRef: 'c-1', talkMs: 60_000, answeredBy: '@alice:example.org' }]);
    expect(house.ladder.indexOf('books close normal')).toBeLessThan(house.ladder.indexOf('journal closed'));
  });

  it('keeps the number of a caller who withholds it out of the books', async () => {
    const house = buildInbound();
    await house.call({ caller: { number: '+441818118181', withheld: true } });
    expect(house.books.entered[0]).not.toHaveProperty('callerNumber');
  });

  it('that is refused is closed without having been entered; what the books refuse rings nobody', async () => {
    const refused = buildInbound({
      decide: () => ({ kind: 'refuse', refusal: { status: 404, q850: 1 }, admin: 'no such number' }),
    });
    await refused.call();
    expect(refused.books.entered).toEqual([]);
    expect(refused.books.closed).toMatchObject([{ outcome: { sipStatus: 404 } }]);
    const limited = buildInbound();
    limited.books.answer = { kind: 'refused', cause: 'limit-reached' };
    const leg = await limited.call();
    expect(leg.refusals).toMatchObject([{ status: 480 }]);
    expect(limited.signalling.sent).toEqual([]);
  });
});

describe('an administrator', () => {
  it('sees the live calls, and ends one', async () => {
    const house = buildHouse();
    await house.talk();
    house.clock.advance(5_000);
    const [call] = house.service.liveCalls;
    expect(call).toEqual({
      callRef: expect.stringMatching(/^c-/),
      direction: 'out',
      phase: 'talking',
      user: '@alice:example.org',
      roomId: '!room:example.org',
      number: '+441818118181',
      trunk: 'office',
      since: 1_000_000,
      answeredAt: 1_000_000,
    });
    expect(house.service.end('c-0', 'ended-by-administrator')).toBe('unknown');
    expect(house.service.end(call?.callRef ?? '', 'ended-by-administrator')).toBe('ended');
    await house.settle();
    expect(house.service.liveCalls).toEqual([]);
    expect(house.sip.last.hangups).toBe(1);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual(['An administrator ended the call.']);
    expect(house.books.closed).toMatchObject([{ outcome: { cause: 'ended-by-administrator', endedBy: 'gateway' } }]);
  });

  it('ends one that only rings', async () => {
    const house = buildInbound();
    const leg = await house.call();
    expect(house.service.liveCalls).toEqual([
      {
        callRef: 'c-1',
        direction: 'in',
        phase: 'ringing',
        number: '+441818118181',
        called: '+441818118180',
        trunk: 'office',
        since: 1_000_000,
      },
    ]);
    expect(house.service.end('c-1', 'ended-by-administrator')).toBe('ended');
    await house.settle();
    expect(leg.refusals).toMatchObject([{ status: 480, q850: 31 }]);
    expect(house.books.closed).toMatchObject([{ outcome: { cause: 'ended-by-administrator' } }]);
  });
});
