/** Prompts. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tone, writeWav } from '../../world/audio.ts';
import { continuous, expectTone, type World } from './world.ts';

export function playing(world: World): void {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'prompts-'));
    writeWav(join(directory, 'short.wav'), tone(1500, 400), 8000);
    writeWav(join(directory, 'long.wav'), tone(1500, 20_000), 8000);
    writeFileSync(join(directory, 'broken.wav'), 'not a sound');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('a file is played to the client to its end', async () => {
    await world.call.establish();
    const playing = await world.call.session.play('webrtc', join(directory, 'short.wav'));
    expectTone(await world.call.browser.listen(200), 1500);
    await playing.done;
  });

  test('a file is played to the telephone until it is stopped, in place of what the client says', async () => {
    const { session, browser, phone } = world.call;
    await world.call.establish();
    browser.play(continuous(440, browser.sends), browser.sends);
    await phone.listen(100);
    const playing = await session.play('rtp', join(directory, 'long.wav'));
    await phone.listen(200);
    expectTone(await phone.listen(300), 1500);
    playing.stop();
    await playing.done;
    await phone.listen(200);
    expectTone(await phone.listen(300), 440);
  });

  test('what cannot be played is told', async () => {
    await world.call.establish();
    for (const file of ['missing.wav', 'broken.wav']) {
      await expect(world.call.session.play('webrtc', join(directory, file))).rejects.toMatchObject({
        name: 'MediaError',
        code: 'not-supported',
      });
    }
  });

  test('both sides are recorded, one on each channel, where the engine can', async () => {
    const { session, browser, phone } = world.call;
    await world.call.establish();
    const file = join(directory, 'recording.wav');
    if (!world.engine.capabilities.record) {
      await expect(session.record(file)).rejects.toMatchObject({ name: 'MediaError', code: 'not-supported' });
      return;
    }
    browser.play(continuous(440));
    phone.play(continuous(1000));
    await phone.listen(300);
    const recording = await session.record(file);
    await phone.listen(1000);
    await recording.stop();
    const wav = readFileSync(file);
    expect(wav.readUInt16LE(22)).toBe(2);
    const samples = new Int16Array(wav.buffer, wav.byteOffset + 44, (wav.length - 44) >> 1);
    const channel = (which: number) => samples.filter((_, i) => i % 2 === which);
    // The last half second: a recording begins with silence.
    expectTone(channel(0).subarray(-4000), 1000);
    expectTone(channel(1).subarray(-4000), 440);
  });

  test('what is still playing ends with the call', async () => {
    await world.call.establish();
    const playing = await world.call.session.play('webrtc', join(directory, 'long.wav'));
    await world.call.browser.listen(100);
    await world.call.session.close();
    await playing.done.catch(() => {});
  });
}
