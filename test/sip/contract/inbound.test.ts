/** Calls that come in, through the embedded server, from a caller by hand. */

import { createSocket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { header, makeHeader, type SipRequest } from '../../../sip/message/index.ts';
import { Caller, type InboundWorld, inboundWorld } from '../call/inbound-world.ts';
import { sdp } from '../call/world.ts';
import { SERVERS } from './servers.ts';

const ANSWER = sdp('sendrecv', 7);

describe.each(SERVERS)('on the $name server', (server) => {
  let world: InboundWorld;
  let caller: Caller;
  beforeEach(async () => {
    world = await inboundWorld({ server });
    caller = new Caller(world);
  });
  afterEach(async () => {
    await world.close();
  });

  /** An answered call. */
  async function answered() {
    caller.invite();
    const call = await world.next();
    const acknowledged = call.call.leg.answer(ANSWER);
    const ok = await caller.response(200);
    caller.ack();
    await acknowledged;
    return { call, ok };
  }

  describe('from ringing to the end', () => {
    test('rings, is answered, and the caller hangs up', async () => {
      caller.invite({ uri: `sip:+441818118181@${world.address}` });
      const call = await world.next();
      expect(call.call).toMatchObject({
        trunk: 'test',
        called: '+441818118181',
        caller: { number: '+4930901820', name: 'A Caller', withheld: false },
        divertedBy: [],
        maxForwards: 70,
      });
      expect(call.call.sdp).toContain('m=audio');
      call.call.leg.ring();
      await caller.response(180);
      const acknowledged = call.call.leg.answer(ANSWER);
      const ok = await caller.response(200);
      expect(ok.body.toString()).toBe(ANSWER);
      caller.ack();
      await expect(acknowledged).resolves.toBeUndefined();
      caller.send('BYE', { Reason: 'Q.850;cause=16;text="done"' });
      await world.peer.response(200, 'BYE');
      expect((await call.next('ended')).end).toEqual({ by: 'remote', q850: 16, text: 'done' });
      if (server.isEmbedded) expect(world.embedded?.counts()).toMatchObject({ dialogs: 0, pending: 0 });
      expect(world.calls.health().calls).toBe(0);
    });

    test('a caller of RFC 2543, whose From has no tag', async () => {
      const From = '<sip:+4930901820@127.0.0.1>';
      caller.invite({ From });
      const call = await world.next();
      const acknowledged = call.call.leg.answer(ANSWER);
      await caller.response(200);
      caller.send('ACK', { From, CSeq: '1 ACK' });
      await acknowledged;
      caller.send('BYE', { From });
      await world.peer.response(200, 'BYE');
      expect((await call.next('ended')).end).toEqual({ by: 'remote' });
    });

    test('we hang up', async () => {
      const { call } = await answered();
      call.leg.hangup({ q850: 16 });
      const bye = await world.peer.request('BYE');
      expect(header(bye, 'reason')).toBe('Q.850;cause=16');
      caller.answer(bye, 200);
      expect((await call.next('ended')).end).toEqual({ by: 'local', q850: 16 });
    });
  });

  describe('the caller gives up', () => {
    test.each([
      ['', {}],
      ['SIP;cause=200;text="Call completed elsewhere"', { elsewhere: true, reasonText: 'Call completed elsewhere' }],
      ['Q.850;cause=26', { elsewhere: true, q850: 26 }],
      ['Q.850;cause=16;text="Normal"', { q850: 16, reasonText: 'Normal' }],
    ])('CANCEL with Reason %j', async (reason, facts) => {
      caller.invite();
      const call = await world.next();
      call.call.leg.ring();
      await caller.response(180);
      caller.cancel(reason === '' ? {} : { Reason: reason });
      await world.peer.response(200, 'CANCEL');
      await caller.response(487);
      caller.ack();
      expect((await call.next('failed')).failure).toEqual({
        status: 487,
        phrase: 'The caller hung up',
        sawProvisional: false,
        origin: 'remote',
        ...facts,
      });
      await expect(call.call.leg.answer(ANSWER)).rejects.toMatchObject({ failure: { status: 487 } });
      if (server.isEmbedded) expect(world.embedded?.counts()).toMatchObject({ dialogs: 0, pending: 0 });
    });

    test('CANCEL crosses the 200: the call is answered, and the caller ends it', async () => {
      caller.invite();
      const call = await world.next();
      const acknowledged = call.call.leg.answer(ANSWER);
      await caller.response(200);
      caller.cancel();
      // RFC 3261 §9.2 asks for 200 while the transaction is there; drachtio's is over with the 200 to the INVITE.
      await world.peer.response(server.isEmbedded ? 200 : 481, 'CANCEL');
      caller.ack();
      await acknowledged;
      caller.send('BYE');
      await world.peer.response(200, 'BYE');
      expect((await call.next('ended')).end).toEqual({ by: 'remote' });
    });

    // A drachtio server answers it 481 and the INVITE 500, and tells the application nothing.
    test.runIf(server.isEmbedded)('BYE in the early dialog is taken for a CANCEL', async () => {
      caller.invite();
      const call = await world.next();
      call.call.leg.ring();
      await caller.response(180);
      caller.send('BYE');
      await world.peer.response(200, 'BYE');
      await caller.response(487);
      expect((await call.next('failed')).failure.status).toBe(487);
    });
  });

  describe('we refuse', () => {
    test('with a cause and a time to come back', async () => {
      caller.invite();
      const call = await world.next();
      call.call.leg.reject({ status: 486, q850: 17, text: 'User busy', retryAfterS: 30 });
      const response = await caller.response(486);
      expect(header(response, 'reason')).toBe('Q.850;cause=17;text="User busy"');
      expect(header(response, 'retry-after')).toBe('30');
      caller.ack();
      expect((await call.next('failed')).failure).toMatchObject({ status: 486, origin: 'local' });
    });

    test('to another number', async () => {
      caller.invite();
      const call = await world.next();
      call.call.leg.reject({ status: 302, contact: '+441818118199' });
      expect(header(await caller.response(302), 'contact')).toBe('<sip:+441818118199@127.0.0.1>');
      caller.ack();
    });

    test.each([433, 607, 608])('with %i, which drachtio-srf does not know', async (status) => {
      caller.invite();
      const call = await world.next();
      call.call.leg.reject({ status });
      await caller.response(status);
      caller.ack();
    });

    test('by hanging up: the cause says the status', async () => {
      caller.invite();
      const call = await world.next();
      call.leg.hangup({ q850: 17 });
      await caller.response(486);
      caller.ack();
    });
  });

  describe('no ACK', () => {
    test.runIf(server.isEmbedded)('the 200 is repeated, then the call is ended by BYE', async () => {
      await world.close();
      world = await inboundWorld({ server, t1Ms: 10 });
      caller = new Caller(world);
      caller.invite();
      const call = await world.next();
      const acknowledged = call.call.leg.answer(ANSWER);
      await caller.response(200);
      await caller.response(200);
      await expect(acknowledged).rejects.toMatchObject({ failure: { status: 408, origin: 'timeout' } });
      expect((await call.next('failed')).failure.status).toBe(408);
      caller.answer(await world.peer.request('BYE'), 200);
    });

    test('we hang up before it: the BYE waits for it', async () => {
      caller.invite();
      const call = await world.next();
      const acknowledged = call.call.leg.answer(ANSWER);
      await caller.response(200);
      call.leg.hangup();
      await expect(acknowledged).rejects.toMatchObject({ failure: { status: 487 } });
      expect((await call.next('ended')).end).toMatchObject({ by: 'local' });
      expect(world.peer.seen.some((one) => one.kind === 'request')).toBe(false);
      caller.ack();
      caller.answer(await world.peer.request('BYE'), 200);
    });
  });

  describe('late offer', () => {
    test('our offer in the 200, the answer in the ACK', async () => {
      caller.invite({}, '');
      const call = await world.next();
      expect(call.call.sdp).toBeUndefined();
      const acknowledged = call.call.leg.answer(ANSWER);
      expect((await caller.response(200)).body.toString()).toBe(ANSWER);
      caller.ack(sdp('recvonly', 3));
      expect(await acknowledged).toContain('a=recvonly');
      call.leg.hangup();
      caller.answer(await world.peer.request('BYE'), 200);
    });

    test('no answer in the ACK: BYE', async () => {
      caller.invite({}, '');
      const call = await world.next();
      const acknowledged = call.call.leg.answer(ANSWER);
      await caller.response(200);
      caller.ack();
      expect(await acknowledged).toBeUndefined();
      expect((await call.next('ended')).end).toMatchObject({ by: 'local', q850: 88 });
      const bye = await world.peer.request('BYE');
      expect(header(bye, 'reason')).toContain('cause=88');
      caller.answer(bye, 200);
    });

    test('a reliable 183 has our offer, the PRACK its answer, the 200 nothing more', async () => {
      caller.invite({ Require: '100rel' }, '');
      const call = await world.next();
      call.call.leg.progress(ANSWER);
      const early = await caller.response(183);
      expect(early.body.toString()).toBe(ANSWER);
      caller.send('PRACK', { RAck: `${header(early, 'rseq')} 1 INVITE` }, sdp('sendonly', 2));
      await world.peer.response(200, 'PRACK');
      const acknowledged = call.call.leg.answer(ANSWER);
      expect((await caller.response(200)).body).toHaveLength(0);
      caller.ack();
      expect(await acknowledged).toContain('a=sendonly');
    });

    test('an unreliable 183 cannot carry an offer', async () => {
      caller.invite({}, '');
      const call = await world.next();
      call.call.leg.progress(ANSWER);
      expect((await caller.response(183)).body).toHaveLength(0);
      call.call.leg.reject({ status: 480 });
      await caller.response(480);
      caller.ack();
    });
  });

  describe('reliable provisional responses', () => {
    test('required by the caller: each is numbered, and the 200 waits for the PRACK', async () => {
      caller.invite({ Require: '100rel' });
      const call = await world.next();
      call.call.leg.ring();
      call.call.leg.progress(ANSWER);
      const acknowledged = call.call.leg.answer(ANSWER);
      const ringing = await caller.response(180);
      caller.send('PRACK', { RAck: `${header(ringing, 'rseq')} 1 INVITE` });
      const early = await caller.response(183);
      expect(Number(header(early, 'rseq'))).toBe(Number(header(ringing, 'rseq')) + 1);
      caller.send('PRACK', { RAck: `${header(early, 'rseq')} 1 INVITE` });
      await caller.response(200);
      caller.ack();
      await acknowledged;
    });

    test('supported by the caller, not configured: unreliable', async () => {
      caller.invite({ Supported: '100rel' });
      const call = await world.next();
      call.call.leg.progress(ANSWER);
      expect(header(await caller.response(183), 'rseq')).toBeUndefined();
      call.call.leg.reject({ status: 480 });
      await caller.response(480);
      caller.ack();
    });
  });

  describe('UPDATE before the answer', () => {
    test('with an offer: 500 until ours is answered reliably, then it is asked about', async () => {
      caller.invite({ Require: '100rel' });
      const call = await world.next();
      call.call.leg.progress(ANSWER);
      const early = await caller.response(183);
      caller.send('UPDATE', {}, sdp('sendonly', 2));
      expect(header(await world.peer.response(500, 'UPDATE'), 'retry-after')).toMatch(/^\d+$/);
      caller.send('PRACK', { RAck: `${header(early, 'rseq')} 1 INVITE` });
      await world.peer.response(200, 'PRACK');
      caller.send('UPDATE', {}, sdp('sendonly', 3));
      const offer = await call.next('reoffer');
      expect(offer.sdp).toContain('a=sendonly');
      await offer.accept(sdp('recvonly', 8));
      expect((await world.peer.response(200, 'UPDATE')).body.toString()).toContain('a=recvonly');
      call.call.leg.reject({ status: 480 });
      await caller.response(480);
      caller.ack();
    });

    test('without one: who calls has changed', async () => {
      caller.invite();
      const call = await world.next();
      call.call.leg.ring();
      await caller.response(180);
      caller.send('UPDATE', { 'P-Asserted-Identity': '"The Boss" <sip:+4930555555@127.0.0.1>' });
      await world.peer.response(200, 'UPDATE');
      expect((await call.next('identity')).party).toEqual({ number: '+4930555555', name: 'The Boss', withheld: false });
      call.call.leg.reject({ status: 480 });
      await caller.response(480);
      caller.ack();
    });
  });

  describe('session timers (RFC 4028)', () => {
    test('the caller asks for one and names no refresher: it goes on to refresh', async () => {
      caller.invite({ Supported: 'timer', 'Session-Expires': '1800' });
      const call = await world.next();
      const acknowledged = call.call.leg.answer(ANSWER);
      const ok = await caller.response(200);
      expect(header(ok, 'session-expires')).toBe('1800;refresher=uac');
      expect(header(ok, 'require')).toBe('timer');
      caller.ack();
      await acknowledged;
    });

    test('too short: 422 with ours, and no call', async () => {
      await world.close();
      world = await inboundWorld({ server, trunk: { sessionTimers: { minSeS: 120 } } });
      caller = new Caller(world);
      caller.invite({ Supported: 'timer', 'Session-Expires': '100' });
      expect(header(await caller.response(422), 'min-se')).toBe('120');
      expect(world.came).toHaveLength(0);
    });

    test('a trunk that wants timers sets one up for a caller that knows them', async () => {
      await world.close();
      world = await inboundWorld({ server, trunk: { sessionTimers: { offer: true, expiresS: 600 } } });
      caller = new Caller(world);
      caller.invite({ Supported: 'timer' });
      const call = await world.next();
      const acknowledged = call.call.leg.answer(ANSWER);
      expect(header(await caller.response(200), 'session-expires')).toBe('600;refresher=uac');
      caller.ack();
      await acknowledged;
    });
  });

  describe('checks before a call is one', () => {
    const refusals: [string, Record<string, string>, string | undefined, number][] = [
      ['an unknown extension is required', { Require: 'gruu, 100rel' }, undefined, 420],
      ['no hop is left', { 'Max-Forwards': '0' }, undefined, 483],
      ['a body that is no session description', { 'Content-Type': 'text/plain' }, 'hello', 415],
      ['Replaces of nothing here', { Replaces: 'x;to-tag=a;from-tag=b' }, undefined, 481],
      ['Replaces without tags', { Replaces: 'x' }, undefined, 400],
      ['nobody is named', { uri: 'sip:127.0.0.1', To: '<sip:127.0.0.1>' }, undefined, 404],
    ];
    test.each(refusals)('%s', async (_, headers, body, status) => {
      caller.invite(headers, body);
      await caller.response(status);
      expect(world.came).toHaveLength(0);
    });

    test('the body may be one part of several, another may be ignored', async () => {
      const parts = [
        '--b',
        'Content-Type: application/sdp',
        '',
        sdp('sendrecv', 1),
        '--b',
        'Content-Type: application/isup;version=x',
        'Content-Disposition: signal;handling=optional',
        '',
        'binary',
        '--b--',
        '',
      ].join('\r\n');
      caller.invite({ 'Content-Type': 'multipart/mixed;boundary=b' }, parts);
      expect((await world.next()).call.sdp).toContain('m=audio');
    });

    test('binary signalling beside the description, as carriers send it, costs nothing of it', async () => {
      const isup = Array.from({ length: 60 }, (_, index) => String.fromCharCode(0x80 + index)).join('');
      const body = [
        '--b',
        'Content-Type: application/isup;version=itu-t92+',
        'Content-Disposition: signal;handling=optional',
        '',
        isup,
        '--b',
        'Content-Type: application/sdp',
        '',
        sdp('sendrecv', 1),
        '--b--',
        '',
      ].join('\r\n');
      const text = world.peer.write(
        'INVITE',
        { 'Content-Type': 'multipart/mixed;boundary=b', 'Content-Length': String(body.length) },
        body,
      );
      world.peer.send(Buffer.from(text, 'latin1'));
      const call = await world.next();
      expect(call.call.sdp?.trim()).toBe(sdp('sendrecv', 1).trim());
      call.call.leg.reject({ status: 480 });
    });

    test('a long INVITE of a carrier, with audio and fax', async () => {
      const offer = `${sdp('sendrecv', 1)}m=image 40002 udptl t38\r\na=T38FaxVersion:0\r\n`;
      caller.invite(
        {
          'P-Charging-Vector': 'icid-value="1;2,3";icid-generated-at=192.0.2.1;orig-ioi="a b"',
          'P-Access-Network-Info': '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp="0123",GEN-ACCESS;"x',
          'P-Early-Media': 'supported',
          'User-to-User': '00ff;encoding=hex',
          Geolocation: '<cid:x@y>;inserted-by="z"',
          'X-Padding': 'x'.repeat(4000),
        },
        offer,
      );
      const call = await world.next();
      expect(call.call.sdp).toBe(offer);
      expect(call.call.caller.number).toBe('+4930901820');
    });

    test('the same call by another way: 482', async () => {
      caller.invite();
      await world.next();
      const again = new Caller(world, caller.callId);
      again.invite();
      await again.response(482);
      expect(world.came).toHaveLength(1);
    });

    test('OPTIONS of a trunk is answered', async () => {
      world.peer.send(world.peer.write('OPTIONS'));
      await world.peer.response(200, 'OPTIONS');
    });

    test('nobody takes calls: 503; the taker fails: 503', async () => {
      world.calls.onCall(() => {
        throw new Error('no');
      });
      caller.invite();
      await caller.response(503);
      caller.ack();
      expect(world.calls.health().calls).toBe(0);
    });

    test('all lines of the trunk are in use: 503 with a time', async () => {
      await world.close();
      world = await inboundWorld({ server, trunk: { maxCalls: 1 } });
      new Caller(world).invite();
      await world.next();
      const second = new Caller(world);
      second.invite();
      const refused = await second.response(503);
      expect([header(refused, 'retry-after'), header(refused, 'reason')]).toEqual(['10', 'Q.850;cause=34']);
    });
  });

  describe('inside the call', () => {
    test('hold by re-INVITE, by UPDATE, and a late offer', async () => {
      const { call } = await answered();
      caller.send('INVITE', {}, sdp('sendonly', 2));
      const hold = await call.next('reoffer');
      expect(hold.sdp).toContain('a=sendonly');
      await Promise.all([
        hold.accept(sdp('recvonly', 8)),
        world.peer.response(200, 'INVITE').then(() => caller.ackLast()),
      ]);
      caller.send('UPDATE', {}, sdp('inactive', 3));
      await (await call.next('reoffer')).accept(sdp('inactive', 9));
      await world.peer.response(200, 'UPDATE');
      caller.send('INVITE');
      const late = await call.next('reoffer');
      expect(late.sdp).toBeUndefined();
      const theirs = late.accept(sdp('sendrecv', 10));
      await world.peer.response(200, 'INVITE');
      caller.ackLast(sdp('sendrecv', 4));
      expect(await theirs).toContain('a=sendrecv');
    });

    test('our re-INVITE meets theirs: 491, and again after the short back-off of the one who was called', async () => {
      const { call } = await answered();
      const answer = call.leg.reoffer(sdp('sendonly', 8));
      const ours = await world.peer.request('INVITE');
      caller.send('INVITE', {}, sdp('sendonly', 2));
      await world.peer.response(491, 'INVITE');
      caller.answer(ours, 491);
      const again = await world.peer.next(
        'the INVITE again',
        (one) => one.kind === 'request' && one.method === 'INVITE' && header(one, 'cseq') !== header(ours, 'cseq'),
      );
      caller.answer(again as SipRequest, 200, { sdp: true });
      expect(await answer).toContain('m=audio');
    });

    test('digits by INFO, both ways', async () => {
      const { call } = await answered();
      caller.send('INFO', { 'Content-Type': 'application/dtmf-relay' }, 'Signal=5\r\nDuration=100\r\n');
      await world.peer.response(200, 'INFO');
      expect(await call.next('dtmf')).toMatchObject({ digit: '5', durationMs: 100 });
      call.leg.sendDtmfInfo('#', 120);
      const info = await world.peer.request('INFO');
      expect(header(info, 'content-type')).toBe('application/dtmf-relay');
      expect(info.body.toString()).toBe('Signal=#\r\nDuration=120\r\n');
      caller.answer(info, 200);
    });

    test('somebody else takes over on the far side', async () => {
      const { call } = await answered();
      caller.send('UPDATE', { 'P-Asserted-Identity': '"A Caller" <sip:+4930901820@127.0.0.1>' });
      await world.peer.response(200, 'UPDATE');
      caller.send('UPDATE', { 'P-Asserted-Identity': '<sip:004915155555@127.0.0.1>', Privacy: 'none' });
      await world.peer.response(200, 'UPDATE');
      expect((await call.next('identity')).party).toEqual({ number: '+4915155555', withheld: false });
      caller.send('UPDATE', { 'P-Asserted-Identity': '<sip:004915155555@127.0.0.1>', Privacy: 'id' });
      await world.peer.response(200, 'UPDATE');
      expect((await call.next('identity')).party).toEqual({ withheld: true });
    });

    test('requests of ours carry credentials when they are asked for', async () => {
      await world.close();
      world = await inboundWorld({ server, trunk: { credentials: { username: 'alice', password: 'open sesame' } } });
      caller = new Caller(world);
      const { call } = await answered();
      call.leg.hangup();
      const bye = await world.peer.request('BYE');
      const challenge = 'Digest realm="far", nonce="n", algorithm=MD5, qop="auth"';
      caller.answer(bye, 401, { headers: [makeHeader('WWW-Authenticate', challenge)] });
      const again = (await world.peer.next(
        'BYE with credentials',
        (one) => one.kind === 'request' && one.method === 'BYE' && header(one, 'authorization') !== undefined,
      )) as SipRequest;
      caller.answer(again, 200);
      expect(world.log.join('')).not.toContain('open sesame');
    });
  });

  describe('who may talk to us', () => {
    /** Sends from another address, and says what came back after somebody who is known was answered. */
    async function strangerHears(messages: readonly string[]): Promise<number> {
      const socket = createSocket('udp4');
      let heard = 0;
      socket.on('message', () => heard++);
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.2', resolve));
      const port = Number(world.address.split(':').at(-1));
      for (const message of messages)
        await new Promise((resolve) => socket.send(Buffer.from(message), port, '127.0.0.1', resolve));
      world.peer.send(world.peer.write('OPTIONS', { 'Call-ID': 'probe' }));
      await world.peer.response(200, 'OPTIONS');
      socket.close();
      return heard;
    }
    const methods = [
      'OPTIONS',
      'INVITE',
      'REGISTER',
      'MESSAGE',
      'SUBSCRIBE',
      'NOTIFY',
      'REFER',
      'BYE',
      'CANCEL',
      'FOO',
    ];

    // A drachtio server says 100, 405 and 481 by itself: only its firewall can keep strangers away from it.
    test.runIf(server.isEmbedded)(
      'nobody we know gets no answer, whatever it claims to be, and one line in the log',
      async () => {
        const probes = methods.map((method) => world.peer.write(method, { 'Call-ID': `stranger-${method}` }));
        const inside = world.peer.write('BYE', { To: '<sip:x@127.0.0.1>;tag=1', 'Call-ID': 'stranger' });
        const broken = 'INVITE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2\r\n\r\n';
        expect(await strangerHears([...probes, inside, broken])).toBe(0);
        expect(world.came).toHaveLength(0);
        expect(world.embedded?.counts().transactions).toBeLessThanOrEqual(1);
        expect(world.log.filter((line) => line.includes('dropped a request'))).toHaveLength(1);
      },
    );

    test('an address of `allowFrom` is welcome', async () => {
      await world.close();
      world = await inboundWorld({ server, trunk: { inbound: { allowFrom: ['127.0.0.0/30'] } } });
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(0, '127.0.0.2', resolve));
      const answer = new Promise<string>((resolve) => socket.once('message', (bytes) => resolve(bytes.toString())));
      const via = `SIP/2.0/UDP 127.0.0.2:${socket.address().port};rport;branch=z9hG4bKfriend`;
      const options = world.peer.write('OPTIONS', { 'Call-ID': 'friend', Via: via });
      socket.send(Buffer.from(options), Number(world.address.split(':').at(-1)), '127.0.0.1');
      expect(await answer).toContain('SIP/2.0 200');
      socket.close();
    });
  });
});
