/** DTMF as telephone events, both ways. */

import { expect, test } from 'vitest';
import { BROWSER_TELEPHONE_EVENT } from '../browser-peer.ts';
import { continuous, expectOneStream, frame, type World } from './world.ts';

export function digits(world: World): void {
  test('digits of the client reach the telephone once each, within limits, and are told once', async () => {
    await world.call.establish();
    world.call.browser.play(continuous(440));
    await world.call.phone.listen(100);
    world.call.browser.stop();
    await world.call.browser.sendDigit(1, 40);
    await world.call.browser.sendDigit(1, 200);
    await world.call.browser.sendDigit(10, 100);
    await world.call.phone.until(() => world.call.phone.eventEnds().length >= 9, 'nine end packets');
    const digits = world.call.phone.digits();
    const durations = digits.map(({ durationMs }) => durationMs);
    expect(digits.map(({ event }) => event)).toEqual([1, 1, 10]);
    expect(durations[0]).toBe(80);
    expect(durations[1]).toBeGreaterThanOrEqual(180);
    expect(durations[1]).toBeLessThanOrEqual(220);
    expect(world.call.events.filter((event) => event.type === 'dtmf')).toMatchObject([
      { from: 'webrtc', digit: '1' },
      { from: 'webrtc', digit: '1' },
      { from: 'webrtc', digit: '*' },
    ]);
    expectOneStream(world.call.phone.heard);
  });

  test('digits of the telephone reach the client, with payload types mapped, and are told once', async () => {
    // Another number than that of our offer is against RFC 3264 §6.1, but it happens.
    const event = world.traits.relaysPackets ? 96 : 101;
    const formats = ['0 PCMU/8000', `${event} telephone-event/8000`];
    await world.call.session.acceptWebRtcOffer(await world.call.browser.offer());
    world.call.phone.learn(await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await world.call.session.acceptRtpAnswer(world.call.phone.sdp({ formats }), { early: false, forkId: 'a' });
    await world.call.browser.accept(await world.call.session.createWebRtcAnswer());
    world.call.session.connect();
    await world.call.event('webrtc-connected');
    world.call.phone.sendFrame(frame(1000));
    await world.call.phone.sendDigit(7, 100, event);
    expect(await world.call.event('dtmf')).toMatchObject({ from: 'rtp', digit: '7', durationMs: 100 });
    const events = () =>
      world.call.browser.heard.filter((packet) => packet.header.payloadType === BROWSER_TELEPHONE_EVENT);
    const ends = () => events().filter((packet) => ((packet.payload[1] as number) & 0x80) !== 0);
    await world.call.browser.until(() => ends().length === 3, 'three end packets at the client');
    expect(events().every((packet) => packet.payload[0] === 7)).toBe(true);
    world.call.session.sendDtmf('#', 5000);
    await world.call.phone.until(() => world.call.phone.eventEnds(event).length === 3, 'the end of a digit of our own');
    expect(world.call.phone.eventEnds(event).at(-1)?.payload.readUInt16BE(2)).toBe(2000 * 8);
    expect(world.call.events.filter((event) => event.type === 'dtmf')).toHaveLength(1);
  });
}
