import { describe, expect, it } from 'vitest';
import { buildHouse } from './house.ts';

const busy = { status: 486, phrase: 'Busy Here', sawProvisional: true, origin: 'remote' } as const;

describe('a call that goes well', () => {
  it('goes from the invite to two people talking', async () => {
    const house = buildHouse();
    await house.invite();
    house.sip.last.emit({ type: 'provisional', status: 180, forkId: 'a', reliable: false });
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await house.settle();
    house.media.last.listener({ type: 'webrtc-connected' });
    await house.settle();

    expect(house.ladder).toEqual([
      'journal opened',
      'media acceptWebRtcOffer webrtc-offer',
      'media createRtpOffer PCMA,PCMU off',
      'sip INVITE +441818118181 rtp-offer',
      'media acceptRtpAnswer rtp-answer',
      'media createWebRtcAnswer',
      'media connect',
      'journal answered',
      'matrix answer',
    ]);
    expect(house.service.stats).toMatchObject({ live: 1, byPhase: { talking: 1 } });
  });

  it('ends by BYE when the client hangs up, and says nothing back to it', async () => {
    const house = buildHouse();
    await house.talk();
    await house.say('hangup', { reason: 'user_hangup' });
    expect(house.ladder).toEqual(['sip hangup 16', 'media close', 'journal closed']);
    expect(house.records).toMatchObject([{ outcome: { endedBy: 'caller', cause: 'normal' } }]);
  });

  it('ends by m.call.hangup when the telephone hangs up', async () => {
    const house = buildHouse();
    await house.talk();
    house.sip.last.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
    await house.settle();
    expect(house.ladder).toEqual(['media close', 'matrix hangup user_hangup', 'journal closed']);
    expect(house.records).toMatchObject([{ outcome: { endedBy: 'callee', cause: 'normal' } }]);
  });
});

describe('a call that is not answered', () => {
  it('is rejected with reason and sentence when the line is busy', async () => {
    const house = buildHouse();
    await house.invite();
    house.sip.last.emit({ type: 'failed', failure: busy });
    await house.settle();
    expect(house.signalling.sent.map(({ event }) => event)).toEqual([{ type: 'reject', reason: 'user_busy' }]);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual(['The line is busy. Please try again later.']);
  });

  it('is cancelled when the caller hangs up while it rings', async () => {
    const house = buildHouse();
    await house.invite();
    house.sip.last.emit({ type: 'provisional', status: 180, forkId: 'a', reliable: false });
    await house.say('hangup', { reason: 'user_hangup' });
    expect(house.sip.last.hangups).toBe(1);
    expect(house.signalling.sent).toEqual([]);
  });

  it('ends when the lifetime of the invite is over', async () => {
    const house = buildHouse();
    await house.invite();
    house.sip.last.emit({ type: 'provisional', status: 180, forkId: 'a', reliable: false });
    house.clock.advance(59_950);
    await house.settle();
    expect(house.sip.last.hangups).toBe(1);
    expect(house.signalling.sent.map(({ event }) => event)).toEqual([{ type: 'reject', reason: 'invite_timeout' }]);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual(['Nobody answered.']);
  });
});
