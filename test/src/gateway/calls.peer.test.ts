/** Calls through the whole gateway with audio, in the ways that browsers and telephones seldom take. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { header, makeHeader } from '../../../sip/message/index.ts';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import { freePort } from '../../world/ports.ts';
import { House } from './house.ts';
import { MediaCall } from './media-call.ts';
import { ELEMENT_OFFER } from './room-call.ts';
import { answering } from './telephone.ts';

let house: House;
let media: MediaCall | undefined;

function inHouse(options: Parameters<typeof House.open>[0] = {}): void {
  beforeAll(async () => {
    house = await House.open(options);
  });
  afterEach(async () => {
    await media?.close();
    media = undefined;
    await house.quiet();
  });
  afterAll(async () => {
    await house?.close();
  });
}

/** The direction of the audio. */
const direction = (sdp: string) => /^a=(sendrecv|sendonly|recvonly|inactive)\r$/m.exec(sdp)?.[1];
const withDirection = (sdp: string, to: string) =>
  sdp.replace(/^a=(sendrecv|sendonly|recvonly|inactive)\r$/m, `a=${to}\r`);

describe('in a call', () => {
  inHouse({ config: { media: silenceAfter(2) } });

  it('a hold of the client is told to the telephone, and taken back', async () => {
    media = await MediaCall.talking(house);
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
    media = await MediaCall.talking(house);
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
    media = await MediaCall.talking(house);
    const { telephone, rtp } = media;
    const cseq = telephone.tell('INVITE');
    const ours = await telephone.response(cseq);
    expect(direction(ours.body.toString())).toBe('sendrecv');
    telephone.tell('ACK', rtp.sdp(), { CSeq: cseq.replace('INVITE', 'ACK') });
    await media.expectAudio();
    await media.hangUp();
  });

  it('a refresh of the session is answered, and the client hears nothing of it', async () => {
    media = await MediaCall.talking(house);
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
    media = await MediaCall.talking(house);
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
    media = await MediaCall.talking(house);
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

  it('a transfer by the client ends the call on both sides, in words', async () => {
    media = await MediaCall.talking(house);
    const { call, telephone } = media;
    call.send('m.call.replaces', { replacement_id: 'r', create_call: 'x', target_user: { id: '@b:hs.test' } });
    telephone.respond(await telephone.request('BYE'), 200);
    await call.next('m.call.hangup');
    expect(await call.words()).toMatch(/transfer/i);
  });

  it('an ICE restart keeps the audio', async () => {
    media = await MediaCall.talking(house);
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
    media = await MediaCall.talking(house);
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
    media = await MediaCall.talking(house);
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
    media = await MediaCall.talking(house);
    const { rtp, call, telephone } = media;
    rtp.stop();
    telephone.respond(await telephone.request('BYE'), 200);
    expect((await call.next('m.call.hangup')).reason).toBe('ice_timeout');
    expect(await call.words()).toMatch(/connection|audio/i);
  });

  it('of version 0 talks, holds the telephone’s way, and ends by its only word', async () => {
    media = await MediaCall.talking(house, { version: 0, party_id: undefined });
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

describe('before the answer', () => {
  inHouse({ trunk: { reliable_provisional: 'supported', ring_timeout_s: 60 } });

  it('a version 0 call is refused by a hang-up', async () => {
    media = await MediaCall.begin(house, { version: 0, party_id: undefined });
    media.telephone.reply(486);
    await media.telephone.request('ACK');
    expect(await media.call.next('m.call.hangup')).not.toHaveProperty('party_id');
    expect(await media.call.words()).toMatch(/busy/i);
    expect(media.call.said.map(({ type }) => type)).not.toContain('m.call.reject');
  });

  it('the invite’s lifetime ends: CANCEL, and the client reads that nobody answered', async () => {
    const call = await house.call();
    call.invite(undefined, { lifetime: 2_000 });
    const telephone = await house.telephone(call.room);
    telephone.reply(180);
    telephone.respond(await telephone.request('CANCEL'), 200);
    telephone.reply(487);
    expect((await call.next('m.call.reject')).reason).toBe('invite_timeout');
    expect(await call.words()).toMatch(/no.* answer|nobody answered/i);
  });

  it('a 200 crosses the CANCEL: ACK, BYE, and nothing more at the client', async () => {
    const call = await house.call();
    call.invite();
    const telephone = await house.telephone(call.room);
    telephone.reply(180);
    call.send('m.call.hangup', { reason: 'user_hangup' });
    const cancel = await telephone.request('CANCEL');
    telephone.reply(200, { sdp: answering() });
    telephone.respond(cancel, 200);
    await telephone.request('ACK');
    telephone.respond(await telephone.request('BYE'), 200);
    await house.quiet();
    expect(call.said.map(({ type }) => type)).not.toContain('m.call.answer');
  });

  it('the caller gives up before anything rings: the CANCEL waits for the first response', async () => {
    const call = await house.call();
    call.invite();
    const telephone = await house.telephone(call.room);
    call.send('m.call.hangup', { reason: 'user_hangup' });
    await house.quiet();
    expect(
      house.network.seen.some(
        (one) => one.kind === 'request' && one.method === 'CANCEL' && one.uri === telephone.invite.uri,
      ),
    ).toBe(false);
    telephone.reply(180);
    telephone.respond(await telephone.request('CANCEL'), 200);
    telephone.reply(487);
    await telephone.request('ACK');
  });

  it('audio is described reliably, changed by UPDATE, and heard after an answer without SDP', async () => {
    media = await MediaCall.begin(house);
    const { telephone, rtp } = media;
    const elsewhere = await TelephonePeer.open();
    try {
      telephone.reply(183, {
        sdp: elsewhere.sdp(),
        headers: [makeHeader('Require', '100rel'), makeHeader('RSeq', '1')],
      });
      telephone.respond(await telephone.request('PRACK'), 200);
      expect((await telephone.ask('UPDATE', rtp.sdp())).status).toBe(200);
      telephone.reply(200);
      await telephone.request('ACK');
      await media.clientAnswered();
      await media.expectAudio();
      await media.hangUp();
    } finally {
      elsewhere.close();
    }
  });

  it('two forks answer: the first is heard, the second is acknowledged and ended', async () => {
    media = await MediaCall.begin(house);
    const { telephone, rtp } = media;
    telephone.reply(180, { tag: 'one' });
    telephone.reply(180, { tag: 'two' });
    telephone.reply(200, { tag: 'two', sdp: rtp.sdp() });
    await telephone.request('ACK');
    telephone.reply(200, { tag: 'one', sdp: answering() });
    await telephone.request('ACK');
    const bye = await telephone.request('BYE');
    expect(bye.headers.find(({ key }) => key === 'to')?.value).toContain('one');
    telephone.respond(bye, 200);
    await media.clientAnswered();
    await media.expectAudio();
    await media.hangUp();
  });

  it.each([
    ['to another host', '<sip:0181@other.invalid>'],
    ['to another host by maddr', '<sip:0181@127.0.0.1;maddr=192.0.2.1>'],
    ['to an emergency number', '<sip:112@127.0.0.1>'],
    ['to the web', '<https://example.org/>'],
    ['to where it came from', 'itself'],
  ])('a redirection %s is not followed, in words', async (_name, contact) => {
    const call = await house.call();
    call.invite();
    const telephone = await house.telephone(call.room);
    const before = house.network.seen.filter((one) => one.kind === 'request' && one.method === 'INVITE').length;
    const value = contact === 'itself' ? `<${telephone.invite.uri}>` : contact;
    telephone.reply(302, { headers: [makeHeader('Contact', value)] });
    await telephone.request('ACK');
    expect((await call.next('m.call.reject')).reason).toBe('unknown_error');
    expect(await call.words()).toMatch(/forward/i);
    await house.quiet();
    expect(house.network.seen.filter((one) => one.kind === 'request' && one.method === 'INVITE')).toHaveLength(before);
  });

  it('a redirection inside the trunk is followed', async () => {
    media = await MediaCall.begin(house);
    const { telephone } = media;
    telephone.reply(302, { headers: [makeHeader('Contact', `<sip:+441818129999@127.0.0.1:${house.network.port}>`)] });
    await telephone.request('ACK');
    const again = await telephone.request('INVITE');
    expect(again.uri).toContain('9999');
    // RFC 3261 §8.1.3.4: the same Call-ID, From and To, the next CSeq.
    const number = (invite: typeof again) => Number.parseInt(header(invite, 'cseq') ?? '', 10);
    expect(number(again)).toBe(number(telephone.invite) + 1);
    expect(header(again, 'from')).toBe(header(telephone.invite, 'from'));
    expect(header(again, 'to')).toBe(header(telephone.invite, 'to'));
    telephone.respond(again, 200, { sdp: media.rtp.sdp() });
    await telephone.request('ACK');
    await media.clientAnswered();
    await media.expectAudio();
    await media.hangUp();
  });
});

describe('on a trunk that wants SRTP', () => {
  inHouse({ trunk: { srtp: 'required' } });

  const keyIn = (sdp: string) => {
    const match = /^a=crypto:(\d+) (\S+) inline:([^|\s]+)/m.exec(sdp);
    return { tag: match?.[1], suite: match?.[2] ?? '', key: Buffer.from(match?.[3] ?? '', 'base64') };
  };

  it('the keys are agreed on and used, and are in no log', async () => {
    media = await MediaCall.begin(house);
    const { telephone, rtp } = media;
    expect(telephone.offer).toMatch(/^m=audio \d+ RTP\/SAVP /m);
    const { tag, suite, key } = keyIn(telephone.offer);
    const ours = Buffer.alloc(30, 7);
    rtp.secure(ours, key, suite.endsWith('_32') ? 4 : 10);
    const crypto = `a=crypto:${tag} ${suite} inline:${ours.toString('base64')}`;
    telephone.reply(200, { sdp: rtp.sdp({ protocol: 'RTP/SAVP', extra: [crypto] }) });
    await telephone.request('ACK');
    await media.clientAnswered();
    await media.expectAudio();
    await media.hangUp();
    expect(house.gateway.log).toContain('a=crypto');
    expect(house.gateway.log).not.toContain(key.toString('base64'));
    expect(house.gateway.log).not.toContain(ours.toString('base64'));
  });

  it('an answer without keys ends the call in words', async () => {
    media = await MediaCall.begin(house);
    media.telephone.reply(200, { sdp: media.rtp.sdp() });
    await media.telephone.request('ACK');
    media.telephone.respond(await media.telephone.request('BYE'), 200);
    await media.call.next('m.call.reject');
    expect(await media.call.words()).toMatch(/\w/);
  });
});

describe('on a trunk that is not there', () => {
  let port = 0;
  beforeAll(async () => {
    port = await freePort('udp');
  });
  inHouse({
    get trunk() {
      return { port };
    },
  });

  it('the call ends in words, and the administrator is told', async () => {
    const call = await house.call();
    call.invite();
    expect((await call.next('m.call.reject')).reason).toBe('unknown_error');
    expect(await call.words()).toMatch(/cannot be reached/);
    expect(house.gateway.log).toContain('needs an administrator');
  });
});

describe('after the gateway was away', () => {
  inHouse();

  it('an invite whose lifetime is over does not ring, a younger one does', async () => {
    const [old, young] = [await house.call(), await house.call()];
    const offer = { lifetime: 60_000, offer: { type: 'offer', sdp: ELEMENT_OFFER } };
    await house.gateway.halt();
    await house.start();
    old.send('m.call.invite', offer, { unsigned: { age: 61_000 } });
    young.send('m.call.invite', offer, { unsigned: { age: 30_000 } });
    const telephone = await house.telephone(young.room);
    telephone.reply(486);
    await telephone.request('ACK');
    await young.next('m.call.reject');
    const digits = old.room.number.slice(1);
    expect(house.network.seen.some((one) => one.kind === 'request' && one.uri.includes(digits))).toBe(false);
    expect(old.said.filter(({ type }) => type.startsWith('m.call.'))).toEqual([]);
  });
});

function silenceAfter(seconds: number) {
  return {
    embedded: {
      silence_timeout_s: seconds,
      rtp: { bind: '127.0.0.1', port_min: 20_000, port_max: 23_999 },
      webrtc: { bind: ['127.0.0.1'], port_min: 24_000, port_max: 27_999 },
    },
  };
}
