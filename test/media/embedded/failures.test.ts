import { createSocket } from 'node:dgram';
import { pino } from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createEmbeddedMediaEngine, type EmbeddedMediaSettings, type MediaEngine } from '../../../media/index.ts';
import { encodeG711, tone } from '../../world/audio.ts';
import { freePort } from '../../world/ports.ts';
import { TestCall } from '../contract/test-call.ts';

/** Every worker that the engine starts, so that a test can kill it. */
const workers = vi.hoisted(() => [] as import('node:worker_threads').Worker[]);
vi.mock(import('node:worker_threads'), async (importOriginal) => {
  const original = await importOriginal();
  class RecordedWorker extends original.Worker {
    constructor(...args: ConstructorParameters<typeof original.Worker>) {
      super(...args);
      workers.push(this);
    }
  }
  return { ...original, Worker: RecordedWorker };
});

let engine: MediaEngine;

async function start(settings: EmbeddedMediaSettings = {}): Promise<void> {
  workers.length = 0;
  engine = await createEmbeddedMediaEngine(
    {
      workers: 1,
      ...settings,
      rtp: { bindAddress: '127.0.0.1', ...settings.rtp },
      webrtc: { bindAddresses: ['127.0.0.1'], ...settings.webrtc },
    },
    pino({ level: 'silent' }),
  );
}

afterEach(() => engine.close());

describe('a worker that dies', () => {
  test('fails its calls, and new calls go on', async () => {
    await start();
    const call = await TestCall.open(engine);
    const pending = call.session.stats();
    await workers[0]?.terminate();
    await expect(call.event('engine-failed')).resolves.toMatchObject({ message: expect.stringContaining('died') });
    await pending.catch(() => {});
    await expect(call.session.stats()).rejects.toMatchObject({ name: 'MediaError', code: 'engine-failed' });
    await vi.waitUntil(() => workers.length === 2);
    const next = await TestCall.open(engine);
    await next.establish();
    expect(engine.sessionCount).toBe(1);
    await Promise.all([call.close(), next.close()]);
  });

  test('leaves the calls of the other workers alone', async () => {
    await start({ workers: 2 });
    const calls = [await TestCall.open(engine), await TestCall.open(engine)];
    await workers[0]?.terminate();
    await vi.waitUntil(() => calls.some((call) => call.events.some((event) => event.type === 'engine-failed')));
    expect(engine.sessionCount).toBe(1);
    const results = await Promise.allSettled(calls.map((call) => call.session.stats()));
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    await Promise.all(calls.map((call) => call.close()));
  });
});

describe('telephones of calls in different threads', () => {
  const openTelephone = async (): Promise<TestCall> => {
    const call = await TestCall.open(engine);
    call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
    await call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' });
    return call;
  };

  test('are joined, and one that is left alone is told to be silent', async () => {
    await start({ workers: 2, mediaTimeoutMs: 700 });
    const [one, two] = [await openTelephone(), await openTelephone()];
    await one.session.joinTelephones(two.session);
    one.phone.play(encodeG711(tone(700, 1000), 'PCMU'));
    two.phone.play(encodeG711(tone(1100, 1000), 'PCMU'));
    await Promise.all([one.phone.listen(300), two.phone.listen(300)]);
    await two.close();
    one.phone.stop();
    expect(await one.event('media-timeout')).toEqual({ type: 'media-timeout', side: 'rtp' });
    expect(one.events).toHaveLength(1);
    await one.close();
    expect(engine.sessionCount).toBe(0);
  });
});

describe('silence', () => {
  test('of the telephone is told once, of a held call never', async () => {
    await start({ mediaTimeoutMs: 700 });
    const held = await TestCall.open(engine);
    const talking = await TestCall.open(engine);
    await held.establish();
    await talking.establish();
    for (const call of [held, talking]) call.browser.play(encodeG711(tone(440, 1000), 'PCMU'));
    await held.session.acceptRtpOffer(held.phone.sdp({ direction: 'sendonly' }));
    await talking.session.acceptRtpOffer(talking.phone.sdp());
    expect(await talking.event('media-timeout')).toEqual({ type: 'media-timeout', side: 'rtp' });
    expect(held.events.map((event) => event.type)).toEqual(['webrtc-connected']);
    await held.session.acceptRtpOffer(held.phone.sdp());
    expect(await held.event('media-timeout')).toEqual({ type: 'media-timeout', side: 'rtp' });
    expect(talking.events.filter((event) => event.type === 'media-timeout')).toHaveLength(1);
    await Promise.all([held.close(), talking.close()]);
  });

  test('of the client is told as its own', async () => {
    await start({ mediaTimeoutMs: 700 });
    const call = await TestCall.open(engine);
    await call.establish();
    call.phone.play(encodeG711(tone(440, 1000), 'PCMU'));
    await call.browser.close();
    expect(await call.event('media-timeout')).toEqual({ type: 'media-timeout', side: 'webrtc' });
    await call.close();
  });

  test('a client that never connects is told as a failure of ICE', async () => {
    await start({ webrtc: { connectTimeoutMs: 300 } });
    const call = await TestCall.open(engine);
    await call.session.acceptWebRtcOffer(await call.browser.offer());
    await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
    await call.session.createWebRtcAnswer();
    expect(await call.event('webrtc-failed')).toEqual({ type: 'webrtc-failed', why: 'ice' });
    await call.close();
  });
});

describe('ports', () => {
  test('a range that is used up is told, and serves again after a call has ended', async () => {
    const min = await freePort({ even: true });
    await start({ rtp: { ports: { min, max: min + 3 } }, portQuarantineMs: 0 });
    const calls = [await TestCall.open(engine), await TestCall.open(engine)];
    await expect(engine.createSession({ callRef: 'x' }, () => {})).rejects.toMatchObject({ code: 'no-port-free' });
    await calls[0]?.close();
    const next = await TestCall.open(engine);
    await Promise.all([next.close(), calls[1]?.close()]);
    expect(engine.sessionCount).toBe(0);
  });

  test('a port that another program holds is passed over', async () => {
    const taken = await freePort({ even: true });
    const squatter = createSocket('udp4');
    await new Promise<void>((resolve) => squatter.bind(taken + 1, '127.0.0.1', resolve));
    await start({ rtp: { ports: { min: taken, max: taken + 3 } } });
    const call = await TestCall.open(engine);
    await call.session.acceptWebRtcOffer(await call.browser.offer());
    expect(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' })).toContain(`m=audio ${taken + 2} `);
    await call.close();
    squatter.close();
  });
});

describe('addresses', () => {
  test('one of several that is not the machine’s is passed over', async () => {
    await start({ webrtc: { bindAddresses: ['192.0.2.254', '127.0.0.1'] } });
    const call = await TestCall.open(engine);
    await call.establish();
    await call.close();
  });

  test('a lone one is told, and costs no port', async () => {
    const min = await freePort({ even: true });
    await start({
      webrtc: { bindAddresses: ['192.0.2.254'] },
      rtp: { ports: { min, max: min + 1 } },
      portQuarantineMs: 0,
    });
    for (let i = 0; i < 3; i++) {
      await expect(engine.createSession({ callRef: 'x' }, () => {})).rejects.toMatchObject({
        code: 'engine-failed',
        message: expect.stringContaining('192.0.2.254 is not an address of this machine'),
      });
    }
    expect(engine.sessionCount).toBe(0);
  });
});

test('rubbish on every port harms nobody', async () => {
  await start();
  const call = await TestCall.open(engine);
  await call.establish();
  const answer = call.browser.connection.remoteDescription?.sdp ?? '';
  const webrtcPort = Number(/a=candidate:\S+ 1 udp \d+ \S+ (\d+)/.exec(answer)?.[1]);
  const socket = createSocket('udp4');
  const rubbish = [0, 1, 19, 20, 22, 63, 64, 128, 129, 191, 255].flatMap((first) =>
    [0, 1, 4, 11, 12, 13, 20, 100, 1400].map((length) =>
      Buffer.concat([Buffer.from([first]), Buffer.alloc(length, first)]),
    ),
  );
  for (const packet of [...rubbish, Buffer.alloc(0)]) {
    for (const port of [webrtcPort, call.phone.remote?.port ?? 0, (call.phone.remote?.port ?? 0) + 1]) {
      socket.send(packet, port, '127.0.0.1');
    }
    call.phone.sendRaw(packet);
    call.phone.sendRtcp(packet);
  }
  call.browser.play(encodeG711(tone(440, 1000), 'PCMU'));
  call.phone.play(encodeG711(tone(800, 1000), 'PCMU'));
  await Promise.all([call.phone.listen(200), call.browser.listen(200)]);
  expect(call.events.map((event) => event.type)).toEqual(['webrtc-connected']);
  socket.close();
  await call.close();
});
