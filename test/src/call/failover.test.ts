import { describe, expect, it } from 'vitest';
import { buildHouse, route } from './house.ts';

const failed = (status: number, origin: 'remote' | 'timeout' = 'remote') =>
  ({ type: 'failed', failure: { status, phrase: 'No', sawProvisional: false, origin } }) as const;

function houseWithTwoTrunks() {
  return buildHouse({
    plan: {
      routes: [
        { ...route, responseTimeoutMs: 4_000, account: 'extension-200' },
        {
          ...route,
          trunk: 'backup',
          target: '00441818118181',
          callerId: 'anonymous',
          extraHeaders: { 'X-Route': 'b' },
          rtp: { codecs: ['PCMU'], srtp: 'required' },
        },
      ],
    },
  });
}

describe('a call whose first trunk fails', () => {
  it('goes out by the second with an INVITE and an offer of its own, and the client rings on', async () => {
    const house = houseWithTwoTrunks();
    await house.invite();
    const first = house.sip.last;
    first.emit(failed(503));
    await house.settle();
    const second = house.sip.last;
    expect(first.request).toMatchObject({ trunk: 'office', responseTimeoutMs: 4_000, account: 'extension-200' });
    expect(second.request).toMatchObject({
      trunk: 'backup',
      target: '00441818118181',
      callerId: 'anonymous',
      extraHeaders: { 'X-Route': 'b' },
    });
    expect(second.request).not.toHaveProperty('account');
    expect(second.sipCallId).not.toBe(first.sipCallId);
    expect(house.ladder.filter((line) => line.startsWith('media createRtpOffer'))).toEqual([
      'media createRtpOffer PCMA,PCMU off',
      'media createRtpOffer PCMU required',
    ]);
    expect(house.signalling.sent).toEqual([]);

    second.emit({ type: 'answered', forkId: 'b', sdp: 'rtp-answer' });
    await house.settle();
    await house.say('hangup', { reason: 'user_hangup' });
    expect(second.hangups).toBe(1);
    expect(first.hangups).toBe(0);
    expect(house.records).toMatchObject([
      {
        trunk: 'backup',
        sipCallId: second.sipCallId,
        outcome: { cause: 'normal' },
        attempts: [
          { trunk: 'office', sipCallId: first.sipCallId, failure: { cause: 'network-busy', sipStatus: 503 } },
          { trunk: 'backup', sipCallId: second.sipCallId },
        ],
      },
    ]);
    expect(house.records[0]?.attempts[1]).not.toHaveProperty('failure');
  });

  it('is told in the words of what says most when the second fails, too', async () => {
    const house = houseWithTwoTrunks();
    await house.invite();
    house.sip.last.emit(failed(502));
    await house.settle();
    house.sip.last.emit(failed(408, 'timeout'));
    await house.settle();
    expect(house.signalling.sent.map(({ event }) => event.type)).toEqual(['reject']);
    expect(house.signalling.notices).toHaveLength(1);
    expect(house.records).toMatchObject([
      {
        outcome: { cause: 'destination-out-of-order', sipStatus: 502 },
        attempts: [{ failure: { sipStatus: 502 } }, { failure: { sipStatus: 408, cause: 'no-network-reply' } }],
      },
    ]);
  });

  it('does not hear what the first leg still says', async () => {
    const house = houseWithTwoTrunks();
    await house.invite();
    const first = house.sip.last;
    first.emit(failed(503));
    await house.settle();
    first.emit({ type: 'answered', forkId: 'a', sdp: 'too late' });
    await house.settle();
    expect(house.signalling.sent).toEqual([]);
    expect(house.ladder).not.toContain('media acceptRtpAnswer too late');
  });

  it('is given up by its caller while the next offer is made: there is no second INVITE', async () => {
    const house = houseWithTwoTrunks();
    await house.invite();
    const release = house.faults.hold('media.createRtpOffer');
    house.sip.last.emit(failed(503));
    await house.settle();
    await house.say('hangup', {});
    release();
    await house.settle();
    expect(house.sip.legs).toHaveLength(1);
    expect(house.media.sessionCount).toBe(0);
    expect(house.records).toMatchObject([{ outcome: { cause: 'normal', endedBy: 'caller' } }]);
  });

  it('goes on to the second when the first cannot even be begun', async () => {
    const house = houseWithTwoTrunks();
    house.faults.next('sip.placeCall', new Error('no such trunk'));
    await house.invite();
    expect(house.sip.legs.map(({ trunk }) => trunk)).toEqual(['backup']);
  });
});
