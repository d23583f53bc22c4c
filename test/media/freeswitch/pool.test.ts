import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createFreeswitchMediaEngine } from '../../../media/freeswitch/engine.ts';
import { sipAddressOf } from '../../../media/freeswitch/fsmrf.ts';
import { chooseServer } from '../../../media/freeswitch/pool.ts';
import { retryDelayMs } from '../../../media/freeswitch/server.ts';
import type { FreeswitchServerSettings } from '../../../media/freeswitch/settings.ts';
import type { MediaEngine, MediaEvent } from '../../../media/index.ts';
import { connectTo, FakeFreeswitch, fakeSignalling } from './fake.ts';

const member = (name: string, load: number, changes: { isUp?: boolean; isDraining?: boolean } = {}) => ({
  name,
  load,
  isUp: true,
  isDraining: false,
  ...changes,
});

test.each([
  ['the least load', [member('a', 3), member('b', 2)], 'b'],
  ['of equals the first', [member('a', 1), member('b', 1)], 'a'],
  ['none that is down', [member('a', 0, { isUp: false }), member('b', 9)], 'b'],
  ['none that drains', [member('a', 0, { isDraining: true }), member('b', 9)], 'b'],
  ['nobody', [member('a', 0, { isUp: false })], undefined],
])('chooses %s', (_name, servers, expected) => {
  expect(chooseServer(servers)?.name).toBe(expected);
});

test('tries to connect less and less often', () => {
  expect([1, 2, 3, 7, 8, 100].map(retryDelayMs)).toEqual([500, 1000, 2000, 30_000, 30_000, 30_000]);
});

describe('the SIP profile in "sofia status"', () => {
  const status = `                     Name	   Type	                                      Data	State
=================================================================================================
                    other	profile	             sip:mod_sofia@192.0.2.1:5060	RUNNING (0)
                trunkline	profile	             sip:mod_sofia@192.0.2.1:5081	RUNNING (0) (TLS)
                trunkline	profile	             sip:mod_sofia@192.0.2.1:5080	RUNNING (2)
                   broken	profile	             sip:mod_sofia@192.0.2.1:5090	DOWN
`;
  test.each([
    ['trunkline', '192.0.2.1:5080'],
    ['other', '192.0.2.1:5060'],
    ['broken', undefined],
    ['missing', undefined],
  ])('%s', (profile, expected) => {
    expect(sipAddressOf(status, profile)).toBe(expected);
  });
});

describe('the pool', () => {
  let first: FakeFreeswitch;
  let second: FakeFreeswitch;
  let engine: MediaEngine;

  beforeEach(() => {
    vi.useFakeTimers();
    first = new FakeFreeswitch();
    second = new FakeFreeswitch();
  });
  afterEach(async () => {
    await engine.close();
    vi.useRealTimers();
  });

  const start = async (changes: Partial<FreeswitchServerSettings>[] = [{}, {}], answer?: string) => {
    engine = await createFreeswitchMediaEngine(
      {
        servers: changes.map((change, i) => ({
          name: `m${i + 1}`,
          host: '192.0.2.1',
          port: i + 1,
          secret: 's',
          ...change,
        })),
        signalling: { host: '127.0.0.1', port: 1, secret: 's', sipAddress: '127.0.0.1:5070' },
      },
      pino({ level: 'silent' }),
      { signalling: fakeSignalling(answer), connect: connectTo({ 1: first, 2: second }) },
    );
  };
  const open = (events: MediaEvent[] = []) => engine.createSession({ callRef: 'x' }, (event) => events.push(event));
  const sessions = () => engine.servers.map((server) => server.sessions);

  test('sessions are spread by load and weight', async () => {
    await start([{ weight: 2 }, {}]);
    for (let i = 0; i < 6; i++) await open();
    expect(sessions()).toEqual([4, 2]);
  });

  test('channels of others count, too', async () => {
    first.channels = 10;
    await start();
    for (let i = 0; i < 3; i++) await open();
    expect(sessions()).toEqual([0, 3]);
  });

  test('one that drains keeps what it has and gets nothing new', async () => {
    await start([{ draining: true }, {}]);
    for (let i = 0; i < 2; i++) await open();
    expect(sessions()).toEqual([0, 2]);
    expect(engine.servers.map((server) => server.state)).toEqual(['draining', 'up']);
  });

  test('one that dies loses its calls; new ones go elsewhere, and back when it is there again', async () => {
    await start();
    const [lost, kept]: MediaEvent[][] = [[], []];
    const session = await open(lost);
    await open(kept);
    first.refusal = 'connection refused';
    first.die();
    expect(lost).toEqual([{ type: 'engine-failed', message: expect.stringContaining('is lost') }]);
    expect(kept).toEqual([]);
    await expect(session.stats()).resolves.toBeDefined();
    await session.close();
    expect(engine.servers[0]).toMatchObject({ state: 'down', sessions: 0 });
    await open();
    expect(sessions()).toEqual([0, 2]);
    await vi.advanceTimersByTimeAsync(1400);
    expect(engine.servers[0]).toMatchObject({ state: 'down', detail: 'connection refused' });
    first.refusal = undefined;
    await vi.advanceTimersByTimeAsync(2000);
    expect(engine.servers[0]?.state).toBe('up');
    await open();
    expect(sessions()).toEqual([1, 2]);
  });

  test('one that answers no more is taken for dead', async () => {
    await start([{}]);
    first.reply = (command) => {
      if (command === 'status') throw new Error('no answer within 5000 ms');
      return '+OK';
    };
    const events: MediaEvent[] = [];
    await open(events);
    await vi.advanceTimersByTimeAsync(5000);
    expect(events).toMatchObject([{ type: 'engine-failed' }]);
    await vi.advanceTimersByTimeAsync(500);
    expect(first.connections).toBe(2);
  });

  test('no server at all is told in words', async () => {
    first.refusal = 'connection refused';
    await start([{}]);
    await expect(open()).rejects.toMatchObject({
      code: 'engine-failed',
      message: 'no media server takes calls: m1 is down (connection refused)',
    });
  });

  test('an INVITE that nobody answers is given up', async () => {
    await start([{}]);
    const session = await open();
    const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
    const pending = session.acceptRtpOffer(offer, { codecs: ['PCMU'], srtp: 'off' });
    const check = expect(pending).rejects.toMatchObject({ code: 'engine-failed' });
    await vi.advanceTimersByTimeAsync(5000);
    await check;
    expect(first.commands.at(-1)).toMatch(/^uuid_kill /);
  });

  test('an offer that FreeSWITCH does not make is given up', async () => {
    vi.useRealTimers();
    engine = await createFreeswitchMediaEngine(
      {
        servers: [{ name: 'm1', host: '192.0.2.1', port: 1, secret: 's' }],
        signalling: { host: '127.0.0.1', port: 1, secret: 's', sipAddress: '127.0.0.1:5070' },
        requestTimeoutMs: 20,
      },
      pino({ level: 'silent' }),
      { signalling: fakeSignalling(undefined), connect: connectTo({ 1: first }) },
    );
    const session = await open();
    await expect(session.createRtpOffer({ codecs: ['G722', 'PCMA'], srtp: 'required' })).rejects.toMatchObject({
      code: 'engine-failed',
    });
    expect(first.commands[0]).toMatch(
      /^originate \{\^\^;origination_uuid=[^;]+;absolute_codec_string=G722,PCMA;rtp_secure_media=mandatory:/,
    );
  });

  test('a BYE that never settles does not keep a session from closing', async () => {
    await start([{}], 'v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 17000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n');
    const session = await open();
    const offer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';
    const { sdp } = await session.acceptRtpOffer(offer, { codecs: ['PCMU'], srtp: 'off' });
    expect(sdp).toContain('m=audio 17000 RTP/AVP 0');
    const closing = session.close();
    await vi.advanceTimersByTimeAsync(1000);
    await closing;
    expect(engine.sessionCount).toBe(0);
  });
});
