/** What every media engine must do, as scenarios that run against any of them. */

import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MediaEngine, MediaEvent, MediaSession } from '../../media/index.ts';
import { dominantFrequency, encodeG711, type Law, rms, tone, toneLevel } from '../world/audio.ts';
import { BROWSER_TELEPHONE_EVENT, BrowserPeer } from './browser-peer.ts';
import { type HeardPacket, TelephonePeer } from './telephone-peer.ts';

/** A call with its peers, its events and what it takes to wait for them. */
export class TestCall {
  readonly browser: BrowserPeer;
  readonly phone: TelephonePeer;
  readonly events: MediaEvent[] = [];
  session!: MediaSession;
  readonly #waiters = new Set<() => void>();

  private constructor(browser: BrowserPeer, phone: TelephonePeer) {
    this.browser = browser;
    this.phone = phone;
  }

  static async open(engine: MediaEngine, browser = new BrowserPeer()): Promise<TestCall> {
    const call = new TestCall(browser, await TelephonePeer.open());
    call.session = await engine.createSession({ callRef: 'test' }, (event) => {
      call.events.push(event);
      for (const check of [...call.#waiters]) check();
    });
    return call;
  }

  async event<T extends MediaEvent['type']>(
    type: T,
    timeoutMs = 8000,
  ): Promise<Extract<MediaEvent, { readonly type: T }>> {
    const find = () =>
      this.events.find((event): event is Extract<MediaEvent, { readonly type: T }> => event.type === type);
    const found = find();
    if (found) return found;
    return new Promise((resolve, reject) => {
      const check = () => {
        const event = find();
        if (!event) return;
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve(event);
      };
      const timer = setTimeout(() => {
        reject(new Error(`no ${type} within ${timeoutMs} ms; seen: ${this.events.map((event) => event.type)}`));
      }, timeoutMs);
      this.#waiters.add(check);
    });
  }

  /** Both sides agreed and connected, audio may flow. */
  async establish(): Promise<void> {
    await this.session.acceptWebRtcOffer(await this.browser.offer());
    this.phone.learn(await this.session.createRtpOffer({ codecs: ['PCMU', 'PCMA'], srtp: 'off' }));
    await this.session.acceptRtpAnswer(this.phone.sdp(), { early: false, forkId: 'a' });
    await this.browser.accept(await this.session.createWebRtcAnswer());
    this.session.connect();
    await this.event('webrtc-connected');
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.browser.close();
    this.phone.close();
  }
}

/** Registers the scenarios. `create` starts an engine that binds to loopback. */
export function describeMediaEngine(name: string, create: () => Promise<MediaEngine>): void {
  describe(name, () => {
    let engine: MediaEngine;
    let call: TestCall;

    beforeAll(async () => {
      engine = await create();
    });
    afterAll(() => engine.close());
    beforeEach(async () => {
      call = await TestCall.open(engine);
    });
    afterEach(() => call.close());

    /** Sequence numbers without a gap, timestamps that never go back, one SSRC. */
    const expectOneStream = (packets: readonly { sequence: number; timestamp: number; ssrc: number }[]) => {
      expect(new Set(packets.map((packet) => packet.ssrc)).size).toBe(1);
      packets.slice(1).forEach((packet, i) => {
        const before = packets[i] as (typeof packets)[number];
        expect((packet.sequence - before.sequence) & 0xffff).toBe(1);
        expect((packet.timestamp - before.timestamp) | 0).toBeGreaterThanOrEqual(0);
      });
    };
    const browserStream = () =>
      call.browser.heard.map(({ header }) => ({
        sequence: header.sequenceNumber,
        timestamp: header.timestamp,
        ssrc: header.ssrc,
      }));
    const frame = (hz: number) => encodeG711(tone(hz, 20), 'PCMU');
    const continuous = (hz: number, law: Law = 'PCMU') => encodeG711(tone(hz, 1000), law);
    const heardHz = (samples: Int16Array) => dominantFrequency(samples)?.hz;

    test.each(['PCMU', 'PCMA'] as const)('a tone is heard in both directions in %s', async (law) => {
      call.phone.law = law;
      await call.establish();
      call.browser.play(continuous(440, law), law);
      call.phone.play(continuous(1000, law));
      await call.phone.until(() => call.phone.heard.length > 5, 'audio at the telephone');
      const [atPhone, atBrowser] = await Promise.all([call.phone.listen(500), call.browser.listen(500)]);
      expect(heardHz(atPhone)).toBe(440);
      expect(heardHz(atBrowser)).toBe(1000);
      expect(dominantFrequency(atBrowser)?.level).toBeCloseTo(0.5, 1);
      expect(call.browser.heard.at(-1)?.header.payloadType).toBe(law === 'PCMU' ? 0 : 8);
      const stats = await call.session.stats();
      expect(stats).toMatchObject({
        codec: law,
        webrtc: { packetsLost: 0 },
        rtp: { packetsLost: 0, packetsForeign: 0 },
      });
      expect(stats.rtp.packetsIn).toBeGreaterThan(20);
    });

    test('candidates may come before the offer, after it, or not at all', async () => {
      const offer = await call.browser.offer({ candidates: false });
      const candidates = call.browser.candidates().map((candidate) => ({ candidate, sdpMid: '0', sdpMLineIndex: 0 }));
      await call.session.addWebRtcCandidates([
        { candidate: 'candidate:9 1 udp 2122260223 0a1b2c3d-1111-2222-3333-444455556666.local 50000 typ host' },
        { candidate: 'candidate:8 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active' },
        { candidate: 'nonsense' },
        ...candidates.slice(0, 1),
      ]);
      await call.session.acceptWebRtcOffer(offer);
      await call.session.addWebRtcCandidates([...candidates.slice(1), { candidate: '' }]);
      await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      await call.browser.accept(await call.session.createWebRtcAnswer());
      await call.event('webrtc-connected');
    });

    test('a client whose candidates are all unusable is reached where its checks come from', async () => {
      await call.session.acceptWebRtcOffer(await call.browser.offer({ candidates: false }));
      await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      await call.browser.accept(await call.session.createWebRtcAnswer());
      await call.event('webrtc-connected');
    });

    test('nothing of the telephone is heard before it is let through; early audio is told', async () => {
      await call.session.acceptWebRtcOffer(await call.browser.offer());
      call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
      await call.session.acceptRtpAnswer(call.phone.sdp(), { early: true, forkId: 'a' });
      await call.browser.accept(await call.session.createWebRtcAnswer());
      await call.event('webrtc-connected');
      call.phone.play(continuous(500));
      expect((await call.event('early-audio')).ms).toBeGreaterThanOrEqual(100);
      expect(call.browser.heard).toHaveLength(0);
      call.session.connect();
      expect(heardHz(await call.browser.listen(300))).toBe(500);
    });

    test('ringback plays until audio comes, in one stream with it', async () => {
      await call.session.acceptWebRtcOffer(await call.browser.offer());
      call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
      await call.browser.accept(await call.session.createWebRtcAnswer());
      await call.event('webrtc-connected');
      call.session.startRingback();
      expect(heardHz(await call.browser.listen(400))).toBe(425);
      await call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' });
      call.session.connect();
      call.phone.play(continuous(1000));
      await call.phone.until(() => call.phone.heard.length > 0, 'a first packet to the telephone');
      await call.browser.listen(200);
      expect(heardHz(await call.browser.listen(300))).toBe(1000);
      expectOneStream(browserStream());
    });

    test('ringback of a country, stopped by hand', async () => {
      await call.establish();
      call.session.startRingback('US');
      const heard = await call.browser.listen(400);
      expect(toneLevel(heard, 440)).toBeGreaterThan(0.05);
      expect(toneLevel(heard, 480)).toBeGreaterThan(0.05);
      call.session.stopRingback();
      const [from] = [call.browser.heard.length];
      call.phone.play(continuous(700));
      await call.browser.listen(200);
      expect(heardHz(call.browser.audio(from + 3))).toBe(700);
    });

    test('of two forks the one that answered is heard, without a seam', async () => {
      const other = await TelephonePeer.open();
      try {
        await call.session.acceptWebRtcOffer(await call.browser.offer());
        const offer = await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
        call.phone.learn(offer);
        other.learn(offer);
        await call.session.acceptRtpAnswer(call.phone.sdp(), { early: true, forkId: 'a' });
        await call.browser.accept(await call.session.createWebRtcAnswer());
        await call.event('webrtc-connected');
        call.session.connect();
        call.phone.play(continuous(600));
        await call.browser.listen(200);
        await call.session.acceptRtpAnswer(other.sdp(), { early: false, forkId: 'b' });
        other.play(continuous(1500));
        await call.browser.listen(200);
        const heard = await call.browser.listen(300);
        expect(heardHz(heard)).toBe(1500);
        expect(toneLevel(heard, 600)).toBeLessThan(0.01);
        call.browser.play(continuous(440));
        await other.until(() => other.heard.length > 5, 'audio at the second fork');
        expectOneStream(browserStream());
        // What the first fork still says is too late.
        await call.session.acceptRtpAnswer(call.phone.sdp(), { early: true, forkId: 'a' });
        expect(heardHz(await call.browser.listen(200))).toBe(1500);
      } finally {
        other.close();
      }
    });

    test('a stranger is not heard, and is counted', async () => {
      const stranger = await TelephonePeer.open();
      try {
        await call.establish();
        call.phone.sendFrame(frame(1000));
        await call.browser.until(() => call.browser.heard.length === 1, 'the first frame');
        stranger.remote = call.phone.remote;
        for (let i = 0; i < 20; i++) stranger.sendFrame(frame(2000));
        call.phone.sendFrame(frame(1000));
        await call.browser.until(() => call.browser.heard.length >= 2, 'the second frame');
        expect(call.browser.heard).toHaveLength(2);
        expect((await call.session.stats()).rtp.packetsForeign).toBe(20);
      } finally {
        stranger.close();
      }
    });

    test('a telephone behind a NAT is answered where it sends from', async () => {
      await call.session.acceptWebRtcOffer(await call.browser.offer());
      call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
      await call.session.acceptRtpAnswer(call.phone.sdp({ connection: '192.0.2.77', port: 4000 }), {
        early: false,
        forkId: 'a',
      });
      await call.browser.accept(await call.session.createWebRtcAnswer());
      call.session.connect();
      await call.event('webrtc-connected');
      call.phone.play(continuous(800));
      call.browser.play(continuous(440));
      await call.phone.until(() => call.phone.heard.length > 5, 'audio at the telephone behind the NAT');
      expect(heardHz(await call.phone.listen(300))).toBe(440);
    });

    describe('the telephone holds', () => {
      test.each<[string, Parameters<TelephonePeer['sdp']>[0], string, boolean]>([
        ['sendonly', { direction: 'sendonly' }, 'recvonly', true],
        ['inactive', { direction: 'inactive' }, 'inactive', false],
        ['0.0.0.0', { connection: '0.0.0.0' }, 'recvonly', true],
        ['0.0.0.0 and inactive', { connection: '0.0.0.0', direction: 'inactive' }, 'inactive', false],
      ])('by %s, twice, and resumes', async (_name, held, direction, isMusicHeard) => {
        await call.establish();
        call.browser.play(continuous(440));
        await call.phone.listen(200);
        for (let i = 0; i < 2; i++) {
          const answer = await call.session.acceptRtpOffer(call.phone.sdp(held));
          expect(answer.direction).toBe(direction);
          expect(answer.sdp).toContain(`a=${direction}`);
        }
        const before = call.phone.heard.length;
        const beforeAtBrowser = call.browser.heard.length;
        for (let i = 0; i < 10; i++) call.phone.sendFrame(frame(600));
        await call.browser.until(
          () => !isMusicHeard || call.browser.heard.length >= beforeAtBrowser + 10,
          'music on hold',
        );
        const resumed = await call.session.acceptRtpOffer(call.phone.sdp());
        expect(resumed.direction).toBe('sendrecv');
        expect(call.browser.heard.length - beforeAtBrowser).toBe(isMusicHeard ? 10 : 0);
        expect(call.phone.heard.length - before).toBeLessThanOrEqual(1);
        expect(heardHz(await call.phone.listen(300))).toBe(440);
        call.phone.play(continuous(900));
        await call.browser.listen(100);
        expect(heardHz(await call.browser.listen(300))).toBe(900);
      });
    });

    test('the client holds and resumes; the telephone is re-invited', async () => {
      await call.establish();
      call.browser.play(continuous(440));
      await call.phone.listen(100);
      const offer = await call.session.createRtpReoffer('inactive');
      expect(offer).toContain('a=inactive');
      const held = await call.session.acceptRtpReanswer(call.phone.sdp({ direction: 'inactive' }));
      expect(held.direction).toBe('inactive');
      // A session refresh of the telephone must not undo the client's hold.
      expect((await call.session.acceptRtpOffer(call.phone.sdp())).direction).toBe('inactive');
      const resumed = await call.session.createRtpReoffer('sendrecv');
      expect(Number(/^o=- \d+ (\d+)/m.exec(resumed)?.[1])).toBeGreaterThan(Number(/^o=- \d+ (\d+)/m.exec(offer)?.[1]));
      expect((await call.session.acceptRtpReanswer(call.phone.sdp())).direction).toBe('sendrecv');
      expect(heardHz(await call.phone.listen(300))).toBe(440);
    });

    const endsOf = (packets: readonly HeardPacket[], payloadType: number) =>
      packets.filter((packet) => packet.payloadType === payloadType && ((packet.payload[1] as number) & 0x80) !== 0);

    test('digits of the client reach the telephone once each, within limits, and are told once', async () => {
      await call.establish();
      call.browser.play(continuous(440));
      await call.phone.listen(100);
      call.browser.stop();
      await call.browser.sendDigit(1, 40);
      await call.browser.sendDigit(1, 200);
      await call.browser.sendDigit(10, 100);
      await call.phone.until(() => endsOf(call.phone.heard, 101).length >= 9, 'nine end packets');
      const ends = endsOf(call.phone.heard, 101);
      const digits = [...new Map(ends.map((packet) => [packet.timestamp, packet])).values()];
      const durations = digits.map((packet) => packet.payload.readUInt16BE(2) / 8);
      expect(digits.map((packet) => packet.payload[0])).toEqual([1, 1, 10]);
      expect(durations[0]).toBe(80);
      expect(durations[1]).toBeGreaterThanOrEqual(180);
      expect(durations[1]).toBeLessThanOrEqual(220);
      expect(call.events.filter((event) => event.type === 'dtmf')).toMatchObject([
        { from: 'webrtc', digit: '1' },
        { from: 'webrtc', digit: '1' },
        { from: 'webrtc', digit: '*' },
      ]);
      expectOneStream(call.phone.heard);
    });

    test('digits of the telephone reach the client, with payload types mapped, and are told once', async () => {
      const formats = ['0 PCMU/8000', '96 telephone-event/8000'];
      await call.session.acceptWebRtcOffer(await call.browser.offer());
      call.phone.learn(await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
      await call.session.acceptRtpAnswer(call.phone.sdp({ formats }), { early: false, forkId: 'a' });
      await call.browser.accept(await call.session.createWebRtcAnswer());
      call.session.connect();
      await call.event('webrtc-connected');
      call.phone.sendFrame(frame(1000));
      await call.phone.sendDigit(7, 100, 96);
      expect(await call.event('dtmf')).toMatchObject({ from: 'rtp', digit: '7', durationMs: 100 });
      const events = () => call.browser.heard.filter((packet) => packet.header.payloadType === BROWSER_TELEPHONE_EVENT);
      const ends = () => events().filter((packet) => ((packet.payload[1] as number) & 0x80) !== 0);
      await call.browser.until(() => ends().length === 3, 'three end packets at the client');
      expect(events().every((packet) => packet.payload[0] === 7)).toBe(true);
      call.session.sendDtmf('#', 5000);
      await call.phone.until(() => endsOf(call.phone.heard, 96).length === 3, 'the end of a digit of our own');
      expect(endsOf(call.phone.heard, 96).at(-1)?.payload.readUInt16BE(2)).toBe(2000 * 8);
      expect(call.events.filter((event) => event.type === 'dtmf')).toHaveLength(1);
    });

    test('audio is converted when both sides end up with different laws', async () => {
      await call.establish();
      const reinvite = call.phone.sdp({ formats: ['8 PCMA/8000', '101 telephone-event/8000'] });
      expect((await call.session.acceptRtpOffer(reinvite)).sdp).toContain('m=audio');
      call.phone.law = 'PCMA';
      call.phone.play(continuous(1000, 'PCMA'));
      call.browser.play(continuous(440, 'PCMU'));
      await call.phone.until(() => call.phone.heard.at(-1)?.payloadType === 8, 'PCMA at the telephone');
      const [atPhone, atBrowser] = await Promise.all([call.phone.listen(400), call.browser.listen(400)]);
      expect(heardHz(atPhone)).toBe(440);
      expect(heardHz(atBrowser)).toBe(1000);
      expect(call.browser.heard.at(-1)?.header.payloadType).toBe(0);
      expect(dominantFrequency(atBrowser)?.level).toBeCloseTo(0.5, 1);
    });

    test('comfort noise that was not agreed on is dropped without a hole in the numbers', async () => {
      await call.establish();
      call.phone.sendFrame(frame(1000));
      call.phone.sendPacket(13, Buffer.from([60]));
      call.phone.sendFrame(frame(1000));
      await call.browser.until(() => call.browser.heard.length === 2, 'two frames');
      expectOneStream(browserStream());
    });

    test('lost frames stay lost, late ones come late', async () => {
      await call.establish();
      call.phone.sendFrame(frame(1000));
      call.phone.skipFrames(3);
      call.phone.sendFrame(frame(1000));
      await call.browser.until(() => call.browser.heard.length === 2, 'two frames');
      const [first, second] = browserStream();
      expect(((second?.sequence ?? 0) - (first?.sequence ?? 0)) & 0xffff).toBe(4);
      expect((await call.session.stats()).rtp.packetsLost).toBe(3);
    });

    describe('SRTP towards the trunk', () => {
      const keyOf = (sdp: string, tag: number) =>
        Buffer.from(new RegExp(`a=crypto:${tag} \\S+ inline:(\\S+)`).exec(sdp)?.[1] ?? '', 'base64');

      test.each([
        ['AES_CM_128_HMAC_SHA1_80', 1, 10],
        ['AES_CM_128_HMAC_SHA1_32', 2, 4],
      ] as const)('%s', async (suite, tag, tagBytes) => {
        await call.session.acceptWebRtcOffer(await call.browser.offer());
        const offer = await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'required' });
        expect(offer).toContain('RTP/SAVP 0');
        call.phone.learn(offer);
        const key = randomBytes(30);
        call.phone.secure(key, keyOf(offer, tag), tagBytes);
        const crypto = `a=crypto:${tag} ${suite} inline:${key.toString('base64')}`;
        const answer = call.phone.sdp({ protocol: 'RTP/SAVP', extra: [crypto] });
        await call.session.acceptRtpAnswer(answer, { early: false, forkId: 'a' });
        await call.browser.accept(await call.session.createWebRtcAnswer());
        call.session.connect();
        await call.event('webrtc-connected');
        call.phone.play(continuous(1000));
        call.browser.play(continuous(440));
        await call.phone.listen(100);
        const [atPhone, atBrowser] = await Promise.all([call.phone.listen(300), call.browser.listen(300)]);
        expect(heardHz(atPhone)).toBe(440);
        expect(heardHz(atBrowser)).toBe(1000);
      });

      test('each attempt has new keys on the same port; off never says SAVP', async () => {
        await call.session.acceptWebRtcOffer(await call.browser.offer());
        const first = await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'optional' });
        const second = await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'optional' });
        expect(keyOf(first, 1)).toHaveLength(30);
        expect(keyOf(first, 1)).not.toEqual(keyOf(second, 1));
        expect(/m=audio (\d+)/.exec(first)?.[1]).toBe(/m=audio (\d+)/.exec(second)?.[1]);
        const plain = await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
        expect(plain).not.toMatch(/SAVP|crypto/);
      });

      test('a peer that will not is refused with words', async () => {
        await call.session.acceptWebRtcOffer(await call.browser.offer());
        await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'required' });
        await expect(
          call.session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' }),
        ).rejects.toMatchObject({ name: 'MediaError', code: 'srtp-required' });
      });
    });

    test('RTCP reports go to both sides and measure the round trip', async () => {
      await call.establish();
      call.browser.play(continuous(440));
      await call.phone.until(() => call.phone.rtcpHeard.length > 0, 'a report at the telephone', 12_000);
      const report = call.phone.rtcpHeard[0] as Buffer;
      expect(report[1]).toBe(200);
      const answer = Buffer.alloc(32);
      answer.writeUInt16BE(0x81c9, 0);
      answer.writeUInt16BE(7, 2);
      answer.writeUInt32BE(call.phone.ssrc, 4);
      report.copy(answer, 8, 4, 8);
      // Last SR: the middle of the NTP timestamp; the delay since then is told as nothing.
      report.copy(answer, 24, 10, 14);
      call.phone.sendRtcp(answer);
      await vi.waitUntil(async () => (await call.session.stats()).roundTripMs !== undefined);
      expect((await call.session.stats()).roundTripMs).toBeLessThan(5000);
    });

    test('a video m-line offered during the call is refused in its place', async () => {
      await call.establish();
      const offer = call.browser.connection.localDescription?.sdp ?? '';
      const withVideo = `${offer.trimEnd()}\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n`;
      const { sdp, direction, iceRestart } = await call.session.renegotiateWebRtc(withVideo);
      expect({ direction, iceRestart }).toEqual({ direction: 'sendrecv', iceRestart: false });
      expect(sdp).toMatch(/m=video 0 UDP\/TLS\/RTP\/SAVPF 96\r\n/);
    });

    test.each([
      [['a=ptime:30'], 30],
      [['a=ptime:20', 'a=maxptime:150'], 20],
      [['a=maxptime:10'], 10],
      [['a=ptime:1000'], 60],
      [[], 20],
    ])('the client is asked for the packets that the telephone wants: %s', async (extra, ptime) => {
      await call.session.acceptWebRtcOffer(await call.browser.offer());
      await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      await call.session.acceptRtpAnswer(call.phone.sdp({ extra }), { early: false, forkId: 'a' });
      expect(await call.session.createWebRtcAnswer()).toContain(`a=ptime:${ptime}\r\n`);
    });

    test('the telephone hears from us before there is anything to relay', async () => {
      await call.session.acceptWebRtcOffer(await call.browser.offer());
      await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      await call.session.acceptRtpAnswer(call.phone.sdp(), { early: true, forkId: 'a' });
      await call.phone.until(() => call.phone.heard.length >= 2, 'two frames of silence');
      expect(rms(call.phone.audio())).toBeLessThan(0.001);
      expectOneStream(call.phone.heard);
    });

    test.each([
      ['an address of the other family', { connection: '::1' }],
      ['a name that nobody knows', { connection: 'nowhere.invalid' }],
    ])('%s is told', async (_name, options) => {
      await call.session.acceptWebRtcOffer(await call.browser.offer());
      await call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      const sdp = call.phone.sdp(options).replace('IN IP4 ::1', 'IN IP6 ::1');
      await expect(call.session.acceptRtpAnswer(sdp, { early: false, forkId: 'a' })).rejects.toMatchObject({
        name: 'MediaError',
        code: 'malformed-sdp',
      });
    });

    test('the order of calls is guarded, and codecs that do not meet are told', async () => {
      const { session } = call;
      const wrongState = { name: 'MediaError', code: 'wrong-state' };
      await expect(session.createWebRtcAnswer()).rejects.toMatchObject(wrongState);
      await expect(session.createWebRtcReoffer('inactive')).rejects.toMatchObject(wrongState);
      await expect(session.acceptRtpAnswer(call.phone.sdp(), { early: false, forkId: 'a' })).rejects.toMatchObject(
        wrongState,
      );
      await session.acceptWebRtcOffer(await call.browser.offer());
      await expect(session.acceptWebRtcOffer(await call.browser.offer())).rejects.toMatchObject(wrongState);
      await expect(session.createRtpOffer({ codecs: [], srtp: 'off' })).rejects.toMatchObject({
        code: 'no-common-codec',
      });
      await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
      const onlyAlaw = call.phone.sdp({ formats: ['8 PCMA/8000'] });
      await expect(session.acceptRtpAnswer(onlyAlaw, { early: false, forkId: 'a' })).rejects.toMatchObject({
        code: 'no-common-codec',
      });
      await session.createWebRtcAnswer();
      await expect(session.createWebRtcAnswer()).rejects.toMatchObject(wrongState);
    });

    test('closing twice is harmless, and a closed session says so', async () => {
      const before = engine.sessionCount;
      await Promise.all([call.session.close(), call.session.close()]);
      expect(engine.sessionCount).toBe(before - 1);
      await expect(call.session.stats()).rejects.toMatchObject({ code: 'wrong-state' });
      call.session.connect();
      call.session.sendDtmf('1', 100);
    });
  });
}
