/** A browser calls a baresip, a real SIP telephone: tones both ways, keys, hold from both sides, both ends hang up. */
import { describe, expect, it } from 'vitest';
import { dominantFrequency, loudestPart, readWav, rms } from '../world/audio.ts';
import { type BaresipOptions, startBaresip } from '../world/peers/baresip.ts';
import { until } from '../world/wait.ts';
import { MICROPHONE_HZ, useWorld } from '../world/world.ts';

const BARESIP_HZ = 440;

const world = useWorld();

async function baresip(options: BaresipOptions = {}) {
  const peer = await startBaresip({ user: '+441818118181', source: { sineHz: BARESIP_HZ }, ...options });
  world.current.onReset(() => peer.stop());
  world.current.connectPeer(peer);
  return peer;
}

describe('a call to a baresip', () => {
  it('carries a different tone in each direction', async () => {
    const peer = await baresip();
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    const heard = await caller.hears(BARESIP_HZ);
    expect(heard.dbfs).toBeGreaterThan(-25);
    expect(heard.dbfs).toBeLessThan(0);
    await caller.hangUp();
    await caller.state('ended');
    await peer.waitForEvent('CALL_CLOSED');

    const [recording] = await peer.heard();
    const { samples, sampleRate } = readWav(recording ?? '');
    const beep = loudestPart(samples, sampleRate * 0.3);
    expect(dominantFrequency(beep, { sampleRate })?.hz).toBeCloseTo(MICROPHONE_HZ, -1);
    // The microphone's tone peaks at 0.4 of full scale, 0.28 RMS.
    expect(rms(beep)).toBeGreaterThan(0.2);
    expect(rms(beep)).toBeLessThan(0.36);
  });

  it('keys of the dial pad arrive as telephone events, each once and in order', async () => {
    const peer = await baresip();
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(BARESIP_HZ);
    await caller.press('159#0*');
    const keys = () =>
      peer
        .events()
        .filter(({ type }) => type === 'CALL_DTMF_START')
        .map(({ param }) => param)
        .join('');
    await until('six keys at the telephone', () => keys().length >= 6);
    await caller.hangUp();
    await caller.state('ended');
    await peer.waitForEvent('CALL_CLOSED');
    expect(keys()).toBe('159#0*');
  });

  it('hold at the caller stops the audio, resuming brings it back', async () => {
    const peer = await baresip();
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(BARESIP_HZ);
    await caller.toggle('Hold');
    await caller.hearsNothing();
    expect(await caller.phase()).toBe('On hold');
    await caller.toggle('Hold');
    await caller.hears(BARESIP_HZ);
    expect(await caller.phase()).toBe('Connected');
    await caller.hangUp();
    await caller.state('ended');
    await peer.waitForEvent('CALL_CLOSED');
  });

  it('hold at the telephone stops the audio and shows, resuming brings it back', async () => {
    const peer = await baresip();
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(BARESIP_HZ);
    await peer.command('hold');
    await until('the page to show it', async () => /on hold by the other side/.test(await caller.phase()));
    await caller.hearsNothing();
    await peer.command('resume');
    await until('the page to show it', async () => (await caller.phase()) === 'Connected');
    await caller.hears(BARESIP_HZ);
    await caller.hangUp();
    await caller.state('ended');
    await peer.waitForEvent('CALL_CLOSED');
  });

  it('ends at the caller when the telephone hangs up', async () => {
    const peer = await baresip();
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(BARESIP_HZ);
    await peer.command('hangup');
    await caller.state('ended');
    expect(await caller.sentence()).toBe('The other side hung up.');
  });

  it('rings until somebody answers', async () => {
    const peer = await baresip({ answer: 'manual' });
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await peer.waitForEvent('CALL_INCOMING');
    await caller.state('calling');
    await peer.command('accept');
    await caller.state('talking');
    await caller.hears(BARESIP_HZ);
    await caller.hangUp();
    await caller.state('ended');
  });
});
