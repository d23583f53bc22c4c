/** The caller's side: who gives up when, what never comes, and who it says it is. */
import { describe, expect, it } from 'vitest';
import { SipRequestError } from '../../../../sip/leg.ts';
import type { FakeInboundLeg } from './house.ts';
import { alice, buildHouse, user } from './house.ts';

type House = ReturnType<typeof buildHouse>;

const answered = async (house: House): Promise<FakeInboundLeg> => {
  const leg = await house.call();
  await house.say('answer', { sdp: 'client-answer', partyId: 'PHONE' });
  return leg;
};

const talking = async (house: House): Promise<FakeInboundLeg> => {
  const leg = await answered(house);
  house.connected();
  await house.settle();
  return leg;
};

const nothingIsLeft = (house: House): void => {
  expect(house.service.stats).toMatchObject({ live: 0, opened: 1, finished: 1 });
  expect(house.media.sessionCount).toBe(0);
  expect(house.journal.entries.size).toBe(0);
  expect(house.clock.pending).toBe(0);
};

describe('a caller who gives up', () => {
  it('while it is being decided whom the call rings', async () => {
    const { promise, resolve } = Promise.withResolvers<never>();
    const house = buildHouse({ decide: () => promise });
    const leg = await house.call();
    leg.cancel();
    resolve({ kind: 'refuse', refusal: { status: 404 }, admin: '' } as never);
    await house.settle();
    expect(house.ladder).toEqual([]);
    expect(leg.refusals).toEqual([]);
    nothingIsLeft(house);
  });

  it('before there is a room: nothing rings, not even later', async () => {
    const house = buildHouse();
    const found = house.faults.hold(`rooms ${alice}`);
    const leg = await house.call();
    leg.cancel();
    found();
    await house.settle();
    expect(house.rooms.aborted).toBe(1);
    expect(house.sentTo(user(alice))).toEqual([]);
    nothingIsLeft(house);
  });

  it('before the media are there', async () => {
    const house = buildHouse();
    const made = house.faults.hold('media.createWebRtcOffer');
    const leg = await house.call();
    leg.cancel();
    made();
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual([]);
    nothingIsLeft(house);
  });

  it('while the call is being written down: it never rings', async () => {
    const house = buildHouse();
    const written = house.faults.hold('journal.opened');
    const leg = await house.call();
    leg.cancel();
    written();
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual([]);
    nothingIsLeft(house);
  });

  it('while it rings: it stops, and whoever was rung reads of it', async () => {
    const house = buildHouse();
    const leg = await house.call();
    house.clock.advance(5_000);
    leg.cancel();
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual(['invite', 'hangup user_hangup']);
    expect(house.signalling.notices).toEqual([
      { text: 'Missed call from Dora (+441818118181).', key: 'c-1-1/notice/missed' },
    ]);
    expect(house.records).toMatchObject([
      { rang: [{ verdict: 'called-off' }], talkMs: 0, outcome: { endedBy: 'caller', cause: 'cancelled' } },
    ]);
    nothingIsLeft(house);
  });

  it('as the call was answered elsewhere: nobody has missed it', async () => {
    const house = buildHouse();
    const leg = await house.call();
    leg.cancel(true);
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual(['invite', 'hangup answered_elsewhere']);
    expect(house.signalling.notices).toEqual([]);
    expect(house.records).toMatchObject([{ outcome: { cause: 'answered-elsewhere' } }]);
    nothingIsLeft(house);
  });

  it('just as the client answers: its client is told', async () => {
    const house = buildHouse();
    const leg = await answered(house);
    leg.cancel();
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual(['invite', 'select_answer PHONE', 'hangup user_hangup']);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual(['The call ended as soon as it was answered.']);
    expect(leg.answers).toBe(0);
    expect(house.records).toMatchObject([{ talkMs: 0, outcome: { endedBy: 'caller' } }]);
    nothingIsLeft(house);
  });

  it('so that CANCEL and 200 cross: there is no call', async () => {
    const house = buildHouse();
    const failure = { status: 487, phrase: 'Cancelled', sawProvisional: true, origin: 'remote' } as const;
    house.faults.next('sip.answer', new SipRequestError(failure));
    const leg = await talking(house);
    leg.cancel();
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual(['invite', 'select_answer PHONE', 'hangup unknown_error']);
    expect(leg.hangups).toBe(0);
    nothingIsLeft(house);
  });
});

describe('a 200', () => {
  it('waits for the client’s audio, so that nobody pays for a call that is not heard', async () => {
    const house = buildHouse();
    const leg = await answered(house);
    expect(leg.answers).toBe(0);
    house.connected();
    await house.settle();
    expect(leg.answers).toBe(1);
  });

  it('does not wait for ever', async () => {
    const house = buildHouse();
    const leg = await answered(house);
    house.clock.advance(2_000);
    await house.settle();
    expect(leg.answers).toBe(1);
    house.clock.advance(30_000);
    await house.settle();
    expect(leg.hangups).toBe(1);
    expect(house.sentTo(user(alice)).at(-1)).toBe('hangup ice_failed');
    nothingIsLeft(house);
  });

  it('is not sent when the client’s answer cannot be used: the caller hears so, the client too', async () => {
    const house = buildHouse();
    house.faults.next('media.acceptWebRtcAnswer', new Error('no audio in it'));
    const leg = await answered(house);
    expect(leg.refusals).toMatchObject([{ status: 480, q850: 31 }]);
    expect(house.sentTo(user(alice)).at(-1)).toBe('hangup unknown_error');
    nothingIsLeft(house);
  });

  it('is not sent when the client cannot be reached by audio', async () => {
    const house = buildHouse();
    const leg = await answered(house);
    house.media.last.listener({ type: 'webrtc-failed', why: 'ice' });
    await house.settle();
    expect(leg.refusals).toMatchObject([{ status: 480, q850: 31 }]);
    nothingIsLeft(house);
  });

  it('that nobody acknowledges is no call', async () => {
    const house = buildHouse();
    house.faults.next('sip.answer', 'hang');
    const leg = await talking(house);
    leg.emit({
      type: 'failed',
      failure: { status: 408, phrase: 'no ACK', sawProvisional: true, origin: 'timeout' },
    });
    await house.settle();
    expect(house.sentTo(user(alice)).at(-1)).toBe('hangup unknown_error');
    expect(house.signalling.notices.map(({ text }) => text)).toEqual(['The connection was lost.']);
    nothingIsLeft(house);
  });

  it('is followed by no offer of ours before its ACK', async () => {
    const house = buildHouse();
    const acknowledge = house.faults.hold('sip.answer');
    await talking(house);
    house.media.last.direction = 'recvonly';
    await house.say('negotiate', { partyId: 'PHONE', sdpType: 'offer', sdp: 'hold', lifetimeMs: 1_000 });
    expect(house.sentTo(user(alice)).at(-1)).toBe('negotiate');
    expect(house.ladder.filter((line) => line.startsWith('sip reoffer'))).toEqual([]);
    acknowledge();
    await house.settle();
    expect(house.ladder.filter((line) => line.startsWith('sip reoffer'))).toEqual(['sip reoffer rtp-offer-sendonly']);
  });
});

describe('a telephone that asks for our offer', () => {
  it('gets it in the 200 and answers it in the ACK', async () => {
    const house = buildHouse();
    const leg = await house.call({ late: true });
    leg.ack = 'answer-in-ack';
    await house.say('answer', { sdp: 'client-answer', partyId: 'PHONE' });
    house.connected();
    await house.settle();
    expect(house.ladder.filter((line) => /^(media|sip)/.test(line))).toEqual([
      'media createWebRtcOffer',
      'sip 180',
      'media acceptWebRtcAnswer client-answer',
      'media createRtpOffer PCMA,PCMU off',
      'sip 200 rtp-offer',
      'sip ACK',
      'media acceptRtpAnswer answer-in-ack',
      'media connect',
    ]);
  });

  it('and does not answer it has no call', async () => {
    const house = buildHouse();
    const leg = await house.call({ late: true });
    await house.say('answer', { sdp: 'client-answer', partyId: 'PHONE' });
    house.connected();
    await house.settle();
    expect(leg.hangups).toBe(1);
    expect(house.ladder).toContain('sip BYE 88');
    nothingIsLeft(house);
  });

  it('and answers what cannot be used has no call', async () => {
    const house = buildHouse();
    const leg = await house.call({ late: true });
    leg.ack = 'nonsense';
    house.faults.next(
      'media.acceptRtpAnswer',
      Object.assign(new Error('G729'), { name: 'MediaError', code: 'no-common-codec' }),
    );
    await house.say('answer', { sdp: 'client-answer', partyId: 'PHONE' });
    house.connected();
    await house.settle();
    expect(house.ladder).toContain('sip BYE 88');
    nothingIsLeft(house);
  });
});

describe('a caller whose offer cannot be met', () => {
  it('is told 488 before anybody rings', async () => {
    const house = buildHouse();
    const none = Object.assign(new Error('G729 only'), { name: 'MediaError', code: 'no-common-codec' });
    house.faults.next('media.acceptRtpOffer', none);
    const leg = await house.call();
    expect(leg.refusals).toMatchObject([{ status: 488, q850: 88 }]);
    expect(house.signalling.sent).toEqual([]);
    expect(house.signalling.notices).toEqual([]);
    nothingIsLeft(house);
  });

  it('as all ports are in use is told to come again', async () => {
    const house = buildHouse();
    const full = Object.assign(new Error('full'), { name: 'MediaError', code: 'no-port-free' });
    house.faults.next('media.createSession', full);
    const leg = await house.call();
    expect(leg.refusals).toMatchObject([{ status: 503, q850: 34, retryAfterS: 30 }]);
    nothingIsLeft(house);
  });
});

describe('a caller who is refused', () => {
  it('rings nobody, and the record says why', async () => {
    const house = buildHouse({
      decide: () => ({ kind: 'refuse', refusal: { status: 404, q850: 1 }, admin: 'nobody has this number' }),
    });
    const leg = await house.call();
    expect(leg.refusals).toEqual([{ status: 404, q850: 1 }]);
    expect(house.ladder).toEqual(['sip 404 cause 1']);
    expect(house.records).toMatchObject([
      { rang: [], outcome: { cause: 'number-not-in-service', admin: 'nobody has this number', sipStatus: 404 } },
    ]);
    nothingIsLeft(house);
  });

  it('as the decision broke', async () => {
    const house = buildHouse({ decide: () => Promise.reject(new Error('no database')) });
    const leg = await house.call();
    expect(leg.refusals).toMatchObject([{ status: 503, q850: 41 }]);
    nothingIsLeft(house);
  });
});

/** What Alice reads of a call that its caller gave up. */
async function missed(caller: Parameters<House['call']>[0], rangMs = 5_000): Promise<string | undefined> {
  const house = buildHouse();
  const leg = await house.call(caller);
  house.clock.advance(rangMs);
  leg.cancel();
  await house.settle();
  return house.signalling.notices[0]?.text;
}

describe('who a caller is', () => {
  it('is said by number alone, by name alone, and not at all', async () => {
    expect(await missed({ caller: { number: '+441818118181', withheld: false } })).toBe(
      'Missed call from +441818118181.',
    );
    expect(await missed({ caller: { number: '200', name: '200', withheld: false } })).toBe('Missed call from 200.');
    expect(await missed({ caller: { number: '+441818118181', name: 'Dora', withheld: true } })).toBe(
      'Missed call. The caller withheld their number.',
    );
  });
});

describe('a caller who lets it ring for a moment only', () => {
  const brief = 'It rang for a moment only: to call an unknown number back can be expensive.';

  it('may want to be called back at a high price: whoever missed it is warned', async () => {
    const number = { number: '+3751234567', withheld: false };
    expect(await missed({ caller: number }, 4_999)).toBe(`Missed call from +3751234567. ${brief}`);
    expect(await missed({ caller: number }, 5_000)).toBe('Missed call from +3751234567.');
  });

  it('is nobody to warn of when they are in the house, or nobody can call them back', async () => {
    expect(await missed({ caller: { number: '200', withheld: false } }, 1_000)).toBe('Missed call from 200.');
    expect(await missed({ trunk: 'inside', caller: { number: '+441818118182', withheld: false } }, 1_000)).toBe(
      'Missed call from +441818118182.',
    );
    expect(await missed({ caller: { withheld: true } }, 1_000)).toBe('Missed call. The caller withheld their number.');
  });
});

describe('silence', () => {
  it('of a second while a room is looked for becomes a ringing tone', async () => {
    const house = buildHouse();
    house.faults.next(`rooms ${alice}`, 'hang');
    await house.call();
    expect(house.ladder).not.toContain('sip 180');
    house.clock.advance(1_000);
    await house.settle();
    expect(house.ladder).toContain('sip 180');
  });

  it('is ended again each minute, for networks that would give up', async () => {
    const house = buildHouse({ plan: { steps: [{ targets: [user(alice)], forMs: 150_000 }] } });
    await house.call();
    house.clock.advance(149_000);
    await house.settle();
    expect(house.ladder.filter((line) => line === 'sip 180')).toHaveLength(3);
  });

  it('is ended once', async () => {
    const house = buildHouse();
    await house.call();
    house.clock.advance(1_000);
    await house.settle();
    expect(house.ladder.filter((line) => line === 'sip 180')).toHaveLength(1);
  });
});

describe('fifty callers at once', () => {
  it('all ring at once', async () => {
    const house = buildHouse();
    house.rooms.eachCallsOwn = true;
    await Promise.all(Array.from({ length: 50 }, () => house.call()));
    expect(house.ladder.filter((line) => line === 'sip 180')).toHaveLength(50);
    expect(house.service.stats).toMatchObject({ live: 50, opened: 50 });
  });
});
