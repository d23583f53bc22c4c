/** Reaching the client, and refusing what cannot be. */

import { expect, test } from 'vitest';
import type { World } from './world.ts';

export function connecting(world: World): void {
  test('candidates may come before the offer, after it, or not at all', async () => {
    const offer = await world.call.browser.offer({ candidates: false });
    const candidates = world.call.browser
      .candidates()
      .map((candidate) => ({ candidate, sdpMid: '0', sdpMLineIndex: 0 }));
    await world.call.session.addWebRtcCandidates([
      { candidate: 'candidate:9 1 udp 2122260223 0a1b2c3d-1111-2222-3333-444455556666.local 50000 typ host' },
      { candidate: 'candidate:8 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active' },
      { candidate: 'nonsense' },
      ...candidates.slice(0, 1),
    ]);
    await world.call.session.acceptWebRtcOffer(offer);
    await world.call.session.addWebRtcCandidates([...candidates.slice(1), { candidate: '' }]);
    await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
    await world.call.browser.accept(await world.call.session.createWebRtcAnswer());
    await world.call.event('webrtc-connected');
  });

  test('a client whose candidates are all unusable is reached where its checks come from', async () => {
    await world.call.session.acceptWebRtcOffer(await world.call.browser.offer({ candidates: false }));
    await world.call.session.createRtpOffer({ codecs: ['PCMU'], srtp: 'off' });
    await world.call.browser.accept(await world.call.session.createWebRtcAnswer());
    await world.call.event('webrtc-connected');
  });

  test('a video m-line offered during the call is refused in its place', async () => {
    await world.call.establish();
    const offer = world.call.browser.connection.localDescription?.sdp ?? '';
    const withVideo = `${offer.trimEnd()}\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n`;
    const { sdp, direction, iceRestart } = await world.call.session.renegotiateWebRtc(withVideo);
    expect({ direction, iceRestart }).toEqual({ direction: 'sendrecv', iceRestart: false });
    expect(sdp).toMatch(/m=video 0 UDP\/TLS\/RTP\/SAVPF 96\r\n/);
  });
}
