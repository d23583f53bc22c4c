import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import type { MediaEngine } from '../../../media/index.ts';
import { TestCall } from '../contract/test-call.ts';
import { continuous, expectTone } from '../contract/world.ts';
import { FREESWITCH, openBrowser, SKIPPED, startRealEngine } from './real.ts';

const server = FREESWITCH;
if (!server) test.skip(SKIPPED, () => {});

describe.skipIf(!server)('silence on a real FreeSWITCH', () => {
  let engine: MediaEngine | undefined;
  afterEach(() => engine?.close());

  test('of the telephone is told, of a held one never', { timeout: 60_000 }, async () => {
    if (!server) return;
    engine = await startRealEngine(server, pino({ level: 'silent' }), { mediaTimeoutMs: 2_000 });
    const [held, talking] = [await TestCall.open(engine, openBrowser()), await TestCall.open(engine, openBrowser())];
    for (const call of [held, talking]) {
      call.phone.play(continuous(700));
      call.browser.play(continuous(440));
      await call.establish();
      await call.phone.listen(200);
    }
    await held.session.acceptRtpOffer(held.phone.sdp({ direction: 'inactive' }));
    held.phone.stop();
    talking.phone.stop();
    expect(await talking.event('media-timeout', 20_000)).toEqual({ type: 'media-timeout', side: 'rtp' });
    expect(held.events.map((event) => event.type)).toEqual(['webrtc-connected']);
    await held.session.acceptRtpOffer(held.phone.sdp());
    expect(await held.event('media-timeout', 20_000)).toEqual({ type: 'media-timeout', side: 'rtp' });
    await Promise.all([held.close(), talking.close()]);
  });
});

describe.skipIf(!server)('several servers', () => {
  let engine: MediaEngine | undefined;
  afterEach(() => engine?.close());

  test('telephones of calls on two of them are joined by a line between them', async () => {
    if (!server) return;
    engine = await startRealEngine(server, pino({ level: 'silent' }), {
      // One process under two names: to the engine they are two.
      servers: [
        { ...server, name: 'first' },
        { ...server, name: 'second' },
      ],
    });
    const calls = [await TestCall.open(engine, openBrowser()), await TestCall.open(engine, openBrowser())] as const;
    expect(engine.servers.map((status) => status.sessions)).toEqual([1, 1]);
    const [one, two] = calls;
    for (const call of calls) {
      call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
      await call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' });
      await call.phone.listen(100);
    }
    await one.session.joinTelephones(two.session);
    one.phone.play(continuous(700));
    two.phone.play(continuous(1100));
    await Promise.all(calls.map((call) => call.phone.listen(500)));
    const [atOne, atTwo] = await Promise.all([one.phone.listen(400), two.phone.listen(400)]);
    expectTone(atOne, 1100);
    expectTone(atTwo, 700);
    await Promise.all(calls.map((call) => call.close()));
  });
});
