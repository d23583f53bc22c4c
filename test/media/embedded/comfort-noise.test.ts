import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createEmbeddedMediaEngine } from '../../../media/index.ts';
import { ELEMENT_OFFER, lines } from '../sdp/samples.ts';

test.each([true, false])('comfort noise is agreed on when the settings say so: %s', async (comfortNoise) => {
  const engine = await createEmbeddedMediaEngine(
    { workers: 1, comfortNoise, rtp: { bindAddress: '127.0.0.1' }, webrtc: { bindAddresses: ['127.0.0.1'] } },
    pino({ level: 'silent' }),
  );
  const session = await engine.createSession({ callRef: 'noise' }, () => {});
  await session.acceptWebRtcOffer(ELEMENT_OFFER);
  const offer = await session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
  const reinvite = lines('v=0', 'c=IN IP4 127.0.0.1', 'm=audio 4000 RTP/AVP 0 13');
  await session.acceptRtpAnswer(reinvite, { early: false, forkId: 'a' });
  const answer = await session.createWebRtcAnswer();
  const reanswer = await session.acceptRtpOffer(reinvite);
  for (const sdp of [offer, answer, reanswer.sdp]) expect(sdp.includes('a=rtpmap:13 CN/8000')).toBe(comfortNoise);
  await engine.close();
});
