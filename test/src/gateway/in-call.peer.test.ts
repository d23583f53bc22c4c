/** What browsers and telephones seldom do in a call with audio, through the whole gateway. */
import { describe, expect, it } from 'vitest';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import { MEDIA } from './house.ts';
import { direction, useHouse, withDirection } from './use-house.ts';

describe('in a call', () => {
  const gateway = useHouse(() => ({ config: { media: { embedded: { silence_timeout_s: 2, ...MEDIA } } } }));

  it('a hold of the client is told to the telephone, and taken back', async () => {
    const media = await gateway.talking();
    const { browser, telephone, rtp } = media;
    const offer = browser.connection.localDescription?.sdp ?? '';
    const answering = media.negotiate(withDirection(offer, 'sendonly'));
    const held = await telephone.request('INVITE');
    expect(direction(held.body.toString())).toBe('sendonly');
    telephone.respond(held, 200, { sdp: rtp.sdp({ direction: 'recvonly' }) });
    await telephone.request('ACK');
    expect(direction(await answering)).toBe('recvonly');

    const resuming = media.negotiate(offer);
    const resumed = await telephone.request('INVITE');
    expect(direction(resumed.body.toString())).toBe('sendrecv');
    telephone.respond(resumed, 200, { sdp: rtp.sdp() });
    await telephone.request('ACK');
    expect(direction(await resuming)).toBe('sendrecv');
    await media.expectAudio();
    await media.hangUp();
  });

  it.each([
    ['sendonly', { direction: 'sendonly' }],
    ['inactive', { direction: 'inactive' }],
    ['0.0.0.0', { connection: '0.0.0.0' }],
  ])('a hold of the telephone by %s is told to the client, repeated, and taken back', async (_name, how) => {
    const media = await gateway.talking();
    const { browser, telephone, rtp } = media;
    const hold = await telephone.ask('INVITE', rtp.sdp(how));
    expect(hold.status).toBe(200);
    expect(direction(hold.body.toString())).toMatch(/^(recvonly|inactive)$/);
    const told = await media.negotiated('offer');
    expect(direction(told)).toMatch(/^(sendonly|inactive)$/);
    const answer = withDirection(browser.connection.localDescription?.sdp ?? '', 'recvonly');
    media.call.send('m.call.negotiate', { lifetime: 30_000, description: { type: 'answer', sdp: answer } });
    expect((await telephone.ask('UPDATE', rtp.sdp(how))).status).toBe(200);
    // Held, so silence is no fault, however long it lasts.
    browser.stop();
    rtp.stop();

    const resume = await telephone.ask('INVITE', rtp.sdp());
    expect(direction(resume.body.toString())).toBe('sendrecv');
    expect(direction(await media.negotiated('offer'))).toBe('sendrecv');
    const resumed = withDirection(browser.connection.localDescription?.sdp ?? '', 'sendrecv');
    media.call.send('m.call.negotiate', { lifetime: 30_000, description: { type: 'answer', sdp: resumed } });
    await media.expectAudio();
    await media.hangUp();
  });

  it('a re-INVITE without SDP gets our offer, and its answer is taken', async () => {
    const media = await gateway.talking();
    const { telephone, rtp } = media;
    const cseq = telephone.tell('INVITE');
    const ours = await telephone.response(cseq);
    expect(direction(ours.body.toString())).toBe('sendrecv');
    telephone.tell('ACK', rtp.sdp(), { CSeq: cseq.replace('INVITE', 'ACK') });
    await media.expectAudio();
    await media.hangUp();
  });

  it('a refresh of the session is answered, and the client hears nothing of it', async () => {
    const media = await gateway.talking();
    const { telephone, rtp, call } = media;
    const before = call.said.length;
    const timer = { 'Session-Expires': '1800;refresher=uac', Supported: 'timer' };
    const refreshed = await telephone.ask('INVITE', rtp.sdp(), timer);
    expect(refreshed.status).toBe(200);
    expect((await telephone.ask('UPDATE', '', timer)).status).toBe(200);
    await media.expectAudio();
    expect(call.said.slice(before)).toEqual([]);
    await media.hangUp();
  });

  it('both hold at once: theirs is refused with 491, ours is taken, and they try again', async () => {
    const media = await gateway.talking();
    const { browser, telephone, rtp } = media;
    const offer = browser.connection.localDescription?.sdp ?? '';
    const answering = media.negotiate(withDirection(offer, 'sendonly'));
    const ours = await telephone.request('INVITE');
    expect((await telephone.ask('INVITE', rtp.sdp({ direction: 'sendonly' }))).status).toBe(491);
    telephone.respond(ours, 200, { sdp: rtp.sdp({ direction: 'recvonly' }) });
    await telephone.request('ACK');
    expect(direction(await answering)).toBe('recvonly');
    const theirs = await telephone.ask('INVITE', rtp.sdp({ direction: 'sendonly' }));
    expect([theirs.status, direction(theirs.body.toString())]).toEqual([200, 'inactive']);
    await media.hangUp();
  });

  it('our offer is refused with 491: it is made again, and the hold is told', async () => {
    const media = await gateway.talking();
    const { browser, telephone, rtp } = media;
    const answering = media.negotiate(withDirection(browser.connection.localDescription?.sdp ?? '', 'sendonly'));
    telephone.respond(await telephone.request('INVITE'), 491);
    await telephone.request('ACK');
    const again = await telephone.request('INVITE');
    expect(direction(again.body.toString())).toBe('sendonly');
    telephone.respond(again, 200, { sdp: rtp.sdp({ direction: 'recvonly' }) });
    await telephone.request('ACK');
    expect(direction(await answering)).toBe('recvonly');
    await media.hangUp();
  });

  it('an ICE restart keeps the audio', async () => {
    const media = await gateway.talking();
    const { browser } = media;
    const ufrag = (sdp: string) => /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1];
    const before = browser.connection.localDescription?.sdp ?? '';
    browser.connection.restartIce();
    const offer = await browser.offer();
    expect(ufrag(offer)).not.toBe(ufrag(before));
    await browser.accept(await media.negotiate(offer));
    await media.expectAudio();
    await media.hangUp();
  });

  it('the client offers video: it is refused in the answer, the audio goes on', async () => {
    const media = await gateway.talking();
    const offer = media.browser.connection.localDescription?.sdp ?? '';
    const video =
      'm=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendrecv\r\na=rtpmap:96 VP8/90000\r\n';
    const answer = await media.negotiate(offer.replace(/^a=group:BUNDLE 0/m, 'a=group:BUNDLE 0 1') + video);
    expect(answer.match(/^m=.*$/gm)?.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      expect.stringMatching(/^m=audio [1-9]/),
      'm=video 0',
    ]);
    await media.expectAudio();
    await media.hangUp();
  });

  it('rubbish in place of RTP, and audio from a stranger, are not heard', async () => {
    const media = await gateway.talking();
    const { rtp } = media;
    const stranger = await TelephonePeer.open();
    try {
      stranger.remote = rtp.remote;
      for (let index = 0; index < 500; index++) {
        const junk = Buffer.from(Array.from({ length: index % 300 }, (_, at) => (at * index * 31 + index) % 256));
        rtp.sendRaw(junk);
        stranger.sendRaw(junk);
        rtp.sendRtcp(junk);
        stranger.sendPacket(0, Buffer.alloc(160, index % 256));
      }
      rtp.sendRaw(Buffer.concat([Buffer.from([0x80, 0]), Buffer.alloc(60_000)]));
      await media.expectAudio();
    } finally {
      stranger.close();
    }
    await media.hangUp();
  });

  it('whose telephone falls silent ends on both sides, in words', async () => {
    const media = await gateway.talking();
    const { rtp, call, telephone } = media;
    rtp.stop();
    telephone.respond(await telephone.request('BYE'), 200);
    expect((await call.next('m.call.hangup')).reason).toBe('ice_timeout');
    expect(await call.words()).toMatch(/connection|audio/i);
  });

  it('of version 0 talks, holds the telephone’s way, and ends by its only word', async () => {
    const media = await gateway.talking({ version: 0, party_id: undefined });
    const { telephone, rtp, call } = media;
    expect((await telephone.ask('INVITE', rtp.sdp({ direction: 'inactive' }))).status).toBe(200);
    expect((await telephone.ask('INVITE', rtp.sdp())).status).toBe(200);
    await media.expectAudio();
    telephone.tell('BYE');
    const hangup = await call.next('m.call.hangup');
    expect(hangup).toMatchObject({ version: 0 });
    expect(hangup).not.toHaveProperty('party_id');
    expect(call.said.map(({ type }) => type)).not.toContain('m.call.negotiate');
  });
});
