/** After the answer a call in is a call: hold, resume, new offers, who the other is, and how it ends. */
import { describe, expect, it } from 'vitest';
import { alice, buildHouse, type HouseOptions, user } from './house.ts';

const talking = async (options: HouseOptions = {}) => {
  const house = buildHouse(options);
  const leg = await house.call();
  await house.say('answer', { sdp: 'client-answer', partyId: 'PHONE' });
  house.connected();
  await house.settle();
  house.ladder.length = 0;
  const negotiate = (sdpType: 'offer' | 'answer', sdp: string) =>
    house.say('negotiate', { partyId: 'PHONE', sdpType, sdp, lifetimeMs: 30_000 });
  return { house, leg, negotiate };
};

describe('hold', () => {
  it('by the telephone is offered to the client, and taken back', async () => {
    const { house, leg, negotiate } = await talking();
    house.media.last.direction = 'recvonly';
    expect(await leg.offer('hold')).toBe('accept answer-to-hold');
    await house.settle();
    expect(house.ladder).toContain('matrix negotiate offer webrtc-offer-sendonly');
    await negotiate('answer', 'held');
    house.media.last.direction = 'sendrecv';
    expect(await leg.offer('resume')).toBe('accept answer-to-resume');
    await house.settle();
    expect(house.ladder).toContain('matrix negotiate offer webrtc-offer-sendrecv');
  });

  it('by the client is offered to the telephone, and taken back', async () => {
    const { house, negotiate } = await talking();
    house.media.last.direction = 'recvonly';
    await negotiate('offer', 'hold');
    expect(house.ladder).toContain('matrix negotiate answer answer-to-hold');
    expect(house.ladder).toContain('sip reoffer rtp-offer-sendonly');
    house.media.last.direction = 'sendrecv';
    await negotiate('offer', 'resume');
    expect(house.ladder).toContain('sip reoffer rtp-offer-sendrecv');
  });

  it('by both at once: our offer wins, as we called; the client answers it', async () => {
    const { house, leg, negotiate } = await talking();
    house.media.last.direction = 'recvonly';
    await leg.offer('hold');
    await house.settle();
    await negotiate('offer', 'clients-own');
    expect(house.ladder).not.toContain('media renegotiateWebRtc clients-own');
    await negotiate('answer', 'after-rolling-back');
    expect(house.ladder).toContain('media acceptWebRtcReanswer after-rolling-back');
  });
});

describe('what is agreed anew', () => {
  it('a session refresh of the telephone says nothing to the client', async () => {
    const { house, leg } = await talking();
    expect(await leg.offer('same')).toBe('accept answer-to-same');
    await house.settle();
    expect(house.ladder.filter((line) => line.startsWith('matrix'))).toEqual([]);
  });

  it('a re-INVITE without an offer gets ours', async () => {
    const { house, leg } = await talking();
    expect(await leg.offer(undefined, 'late')).toBe('accept rtp-offer-sendrecv');
    await house.settle();
    expect(house.ladder).toContain('media acceptRtpReanswer late');
  });

  it('a client whose network changed restarts ICE', async () => {
    const { house, negotiate } = await talking();
    await negotiate('offer', 'ice-restart');
    expect(house.ladder).toEqual([
      'media renegotiateWebRtc ice-restart',
      'matrix negotiate answer answer-to-ice-restart',
    ]);
  });
});

describe('the other party', () => {
  it('who becomes somebody else is named', async () => {
    const { house, leg } = await talking();
    leg.emit({ type: 'identity', party: { number: '+441818118182', name: 'Emil', withheld: false } });
    await house.settle();
    expect(house.signalling.sent.at(-1)?.event).toEqual({ type: 'asserted_identity', displayName: 'Emil' });
    expect(house.signalling.sent.at(-1)?.address).toMatchObject({ roomId: '!alice:example.org', callId: 'c-1-1' });
  });
});

describe('a caller who became somebody else while it rang', () => {
  it('is named as soon as the client has answered', async () => {
    const house = buildHouse();
    const leg = await house.call();
    leg.emit({ type: 'identity', party: { number: '+441818118182', withheld: false } });
    await house.say('answer', { sdp: 'client-answer', partyId: 'PHONE' });
    expect(house.sentTo(user(alice))).toEqual(['invite', 'select_answer PHONE', 'asserted_identity']);
  });
});

describe('the end', () => {
  it('comes when no more audio comes from the telephone', async () => {
    const { house, leg } = await talking();
    house.media.last.listener({ type: 'media-timeout', side: 'rtp' });
    await house.settle();
    expect(leg.hangups).toBe(1);
    expect(house.sentTo(user(alice)).at(-1)).toBe('hangup ice_timeout');
  });

  it('comes when the longest time is over', async () => {
    const { house, leg } = await talking({ plan: { longestCallMs: 60_000 } });
    house.clock.advance(60_000);
    await house.settle();
    expect(leg.hangups).toBe(1);
    expect(house.records).toMatchObject([{ outcome: { cause: 'longest-call' }, talkMs: 60_000 }]);
  });

  it('comes when the user leaves the room', async () => {
    const { house, leg } = await talking();
    house.service.roomClosed('!alice:example.org' as never);
    await house.settle();
    expect(leg.hangups).toBe(1);
  });

  it('comes in words when the gateway stops, and whoever calls now is told to come again', async () => {
    const { house, leg } = await talking();
    await house.service.close(10_000);
    expect(leg.hangups).toBe(1);
    expect(house.sentTo(user(alice)).at(-1)).toBe('hangup unknown_error');
    const next = await house.call();
    expect(next.refusals).toMatchObject([{ status: 503, retryAfterS: 30 }]);
  });

  it('is on record with how long they talked', async () => {
    const { house, leg } = await talking();
    house.clock.advance(12_345);
    leg.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
    await house.settle();
    expect(house.records).toMatchObject([
      { direction: 'in', talkMs: 12_345, answeredBy: alice, roomId: '!alice:example.org', callId: 'c-1-1' },
    ]);
  });
});

describe('a media engine that takes no candidates later', () => {
  it('gets the answer of the client with those that came before and just after it', async () => {
    const house = buildHouse();
    house.media.capabilities = { ...house.media.capabilities, trickle: false };
    await house.call();
    await house.say('candidates', { partyId: 'PHONE', candidates: [{ candidate: 'candidate:1' }] });
    await house.say('answer', { sdp: 'm=audio', partyId: 'PHONE' });
    await house.say('candidates', { partyId: 'PHONE', candidates: [{ candidate: 'candidate:2' }, { candidate: '' }] });
    expect(house.ladder.filter((line) => line.startsWith('media acceptWebRtc'))).toEqual([
      'media acceptWebRtcAnswer m=audio\r\na=candidate:1\r\na=candidate:2\r\n',
    ]);
    expect(house.ladder.filter((line) => line.startsWith('media addWebRtc'))).toEqual([]);
  });
});
