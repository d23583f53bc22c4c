import { describe, expect, it } from 'vitest';
import { alice, buildHouse, user } from './house.ts';

describe('a call from the telephone', () => {
  it('rings, is answered, is heard, and is hung up by the telephone', async () => {
    const house = buildHouse();
    const leg = await house.call();
    expect(house.sentTo(user(alice))).toEqual(['invite']);
    await house.say('answer', { sdp: 'client-answer', partyId: 'PHONE' });
    house.connected();
    await house.settle();
    leg.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
    await house.settle();
    expect(house.ladder).toEqual([
      'media acceptRtpOffer rtp-offer-of-telephone',
      'media createWebRtcOffer',
      'journal opened',
      'matrix invite',
      'sip 180',
      'journal answered',
      'media acceptWebRtcAnswer client-answer',
      'matrix select_answer',
      'sip 200 answer-to-rtp-offer-of-telephone',
      'sip ACK',
      'media connect',
      'journal last will',
      'media close',
      'matrix hangup user_hangup',
      'journal closed',
    ]);
    expect(house.records).toMatchObject([
      {
        direction: 'in',
        trunk: 'office',
        called: '+441818118180',
        caller: { number: '+441818118181' },
        answeredBy: alice,
        rang: [{ target: user(alice), verdict: 'answered' }],
        outcome: { endedBy: 'caller', cause: 'normal' },
      },
    ]);
  });

  it('is hung up by the client', async () => {
    const house = buildHouse();
    const leg = await house.call();
    await house.say('answer', { sdp: 'client-answer', partyId: 'PHONE' });
    house.connected();
    await house.settle();
    await house.say('hangup', { partyId: 'PHONE', reason: 'user_hangup' });
    expect(leg.hangups).toBe(1);
    expect(house.records).toMatchObject([{ outcome: { endedBy: 'callee', cause: 'normal' } }]);
    expect(house.media.sessionCount).toBe(0);
  });
});
