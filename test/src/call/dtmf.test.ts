import { describe, expect, it } from 'vitest';
import { buildHouse, route } from './house.ts';

const digit = { type: 'dtmf', from: 'webrtc', digit: '7', durationMs: 120 } as const;

describe('digits of the client', () => {
  it('that go in the media are the engine’s business', async () => {
    const house = buildHouse();
    await house.talk();
    house.media.last.listener(digit);
    await house.settle();
    expect(house.ladder).toEqual([]);
  });

  it('go by INFO, once, to a trunk that takes nothing else, which is offered no telephone events', async () => {
    const house = buildHouse({ route: { dtmf: 'info' } });
    await house.invite();
    expect(house.media.last.offered).toEqual([{ codecs: ['PCMA', 'PCMU'], srtp: 'off', events: false }]);
    house.media.last.listener(digit);
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await house.settle();
    house.ladder.length = 0;
    house.media.last.listener(digit);
    house.media.last.listener({ ...digit, from: 'rtp' });
    await house.settle();
    expect(house.ladder.filter((line) => line === 'sip INFO')).toHaveLength(1);
    expect(house.ladder).not.toContain('media sendDtmf');
  });

  it('that were dialled behind a pause go the same way', async () => {
    const house = buildHouse({ plan: { routes: [{ ...route, dtmf: 'info' }], afterAnswer: '12' } });
    await house.invite();
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await house.settle();
    house.media.last.listener({ type: 'webrtc-connected' });
    await house.settle();
    house.clock.advance(1_000);
    expect(house.ladder.filter((line) => line === 'sip INFO')).toHaveLength(2);
    expect(house.ladder).not.toContain('media sendDtmf');
  });

  it('of the telephone, by INFO, change nothing in the call', async () => {
    const house = buildHouse();
    await house.talk();
    house.sip.last.emit({ type: 'dtmf', digit: '8', durationMs: 100 });
    await house.settle();
    expect(house.ladder).toEqual([]);
  });
});
