import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmbeddedMediaEngine, type MediaEngine, type MediaSession } from '../../../media/index.ts';
import { dominantFrequency, encodeG711, tone } from '../../world/audio.ts';
import { portBound } from '../../world/peers/ports.ts';
import { freePort } from '../../world/ports.ts';
import { Process } from '../../world/process.ts';
import { BrowserPeer } from '../browser-peer.ts';
import { TelephonePeer } from '../telephone-peer.ts';

const USERNAME = 'trunkline';
const PASSWORD = 'not-a-secret';

let directory: string;
let coturn: Process;
let engine: MediaEngine;
let turnPort: number;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coturn-'));
  turnPort = await freePort();
  const args = [
    ...['-n', '--no-cli', '--no-tls', '--no-dtls', '--log-file', 'stdout', '--simple-log'],
    ...['--listening-ip', '127.0.0.1', '--listening-port', String(turnPort), '--relay-ip', '127.0.0.1'],
    ...['--lt-cred-mech', '--realm', 'test', '--user', `${USERNAME}:${PASSWORD}`, '--allow-loopback-peers'],
    ...['--userdb', join(directory, 'turndb'), '--pidfile', join(directory, 'pid')],
  ];
  coturn = await Process.start('turnserver', args, { name: 'turnserver', cwd: directory });
  await portBound('udp', turnPort, { by: coturn });
  engine = await createEmbeddedMediaEngine(
    { workers: 1, rtp: { bindAddress: '127.0.0.1' }, webrtc: { bindAddresses: ['127.0.0.1'], turn: 'always' } },
    pino({ level: process.env.TEST_LOG ?? 'silent' }),
  );
});
afterAll(async () => {
  await engine?.close();
  await coturn.stop();
  await rm(directory, { recursive: true, force: true });
});

const turn = (username = USERNAME) => ({
  uris: [`turn:127.0.0.1:${turnPort}?transport=udp`],
  username,
  password: PASSWORD,
});

const relaysOf = (sdp: string): string[] =>
  [...sdp.matchAll(/^a=candidate:.* typ relay .*$/gm)].map((match) => match[0]);

async function answerOf(session: MediaSession, browser: BrowserPeer, phone: TelephonePeer): Promise<string> {
  await session.acceptWebRtcOffer(await browser.offer());
  phone.learn(await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' }));
  await session.acceptRtpAnswer(phone.sdp(), { early: false, forkId: 'a' });
  session.connect();
  return session.createWebRtcAnswer();
}

test('a client that only the relay reaches is heard and hears', async () => {
  const phone = await TelephonePeer.open();
  let relayPort = 0;
  // Everything that does not come from the relay is lost on the way to this client.
  const browser = new BrowserPeer(['PCMU'], { iceFilterStunResponse: (_message, address) => address[1] === relayPort });
  const session = await engine.createSession({ callRef: 'turn', turn: turn() }, () => {});
  const answer = await answerOf(session, browser, phone);
  const [relay] = relaysOf(answer);
  relayPort = Number(relay?.split(' ')[5]);
  expect(relayPort).toBeGreaterThan(0);
  await browser.accept(answer.replace(/^a=candidate:.* typ host\r\n/gm, ''));
  browser.play(encodeG711(tone(440, 1000), 'PCMU'));
  phone.play(encodeG711(tone(1000, 1000), 'PCMU'));
  await phone.until(() => phone.heard.length > 5, 'audio at the telephone', 20_000);
  const [atPhone, atBrowser] = await Promise.all([phone.listen(300), browser.listen(300)]);
  expect(dominantFrequency(atPhone)?.hz).toBe(440);
  expect(dominantFrequency(atBrowser)?.hz).toBe(1000);
  await Promise.all([session.close(), browser.close()]);
  phone.close();
});

test('a relay that refuses us leaves the call with its other candidates', async () => {
  const phone = await TelephonePeer.open();
  const browser = new BrowserPeer(['PCMU']);
  const session = await engine.createSession({ callRef: 'turn', turn: turn('nobody') }, () => {});
  const answer = await answerOf(session, browser, phone);
  expect(relaysOf(answer)).toEqual([]);
  await browser.accept(answer);
  browser.play(encodeG711(tone(440, 1000), 'PCMU'));
  await phone.until(() => phone.heard.length > 5, 'audio at the telephone', 20_000);
  await Promise.all([session.close(), browser.close()]);
  phone.close();
});
