/** What happens inside a call, and credentials, against SIPp. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseCredentials, verifyDigest } from '../../../sip/digest/index.ts';
import type { SipLegEvent } from '../../../sip/index.ts';
import { headerOf, received, sdp, World } from '../call/world.ts';

type Reoffer = Extract<SipLegEvent, { type: 'reoffer' }>;

import { SERVERS } from './servers.ts';

describe.each(SERVERS)('on the $name server', (server) => {
  let world: World;
  beforeEach(() => {
    world = new World(server);
  });
  afterEach(() => world.stop());

  const credentials = { username: 'alice', password: 'open sesame' };

  describe('credentials', () => {
    test('401, then 407, then a 407 to the BYE: each request is authorised, the secret is nowhere', async () => {
      const peer = await world.peer('challenge-401-407');
      const { place, log } = await world.gateway(peer, { trunk: { credentials } });
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      await call.next('ended');
      const { passed, messages, errors } = await peer.finished;
      expect(passed, errors).toBe(true);
      const [first, second, third] = messages.filter(({ startLine }) => startLine.startsWith('INVITE'));
      expect(headerOf(first, 'Authorization')).toBeUndefined();
      expect(headerOf(second, 'Authorization')).toContain('realm="far side"');
      expect(headerOf(third, 'Authorization')).toContain('realm="far side"');
      expect(headerOf(third, 'Proxy-Authorization')).toContain('algorithm=SHA-256');
      const [start = 0] = [first].map((message) => Number.parseInt(headerOf(message, 'CSeq') ?? '', 10));
      expect([first, second, third].map((message) => headerOf(message, 'CSeq'))).toEqual([
        `${start} INVITE`,
        `${start + 1} INVITE`,
        `${start + 2} INVITE`,
      ]);
      expect(new Set([first, second, third].map((message) => headerOf(message, 'Call-ID'))).size).toBe(1);
      const byes = messages.filter(({ startLine }) => startLine.startsWith('BYE'));
      for (const [message, header] of [
        [second, 'Authorization'],
        [third, 'Authorization'],
        [third, 'Proxy-Authorization'],
        [byes.at(-1), 'Proxy-Authorization'],
      ] as const) {
        const presented = parseCredentials(headerOf(message, header) ?? '');
        const [method = '', uri] = message?.startLine.split(' ') ?? [];
        expect(presented).toMatchObject({ username: 'alice', uri });
        expect(presented && verifyDigest(presented, { password: credentials.password, method })).toBe(true);
      }
      expect(log.join('')).not.toContain('open sesame');
      expect(log.join('')).not.toMatch(/response=/);
      expect(log.join('')).toContain('[redacted]');
    });

    test('a stale nonce is answered once more', async () => {
      const peer = await world.peer('challenge-stale');
      const { place } = await world.gateway(peer, { trunk: { credentials } });
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
    });

    // Names are looked up by a drachtio server itself.
    test.runIf(server.isEmbedded)('go to the node that challenged, whatever the name leads to next', async () => {
      const nodes = [await world.peer('challenge-once'), await world.peer('challenge-once')];
      let asked = 0;
      const { place } = await world.gateway(
        { host: 'pool.example.net', port: 5060 },
        {
          trunk: { credentials },
          locate: () => {
            const [first, second] = asked++ % 2 === 0 ? nodes : [...nodes].reverse();
            return Promise.resolve(
              [first, second].map(
                (node) => ({ transport: 'udp', address: '127.0.0.1', port: node?.port ?? 0 }) as const,
              ),
            );
          },
        },
      );
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      const { passed, messages } = (await nodes[0]?.finished) ?? {};
      expect(passed).toBe(true);
      expect(received(messages ?? []).filter((name) => name === 'INVITE')).toHaveLength(2);
      expect(received((await nodes[1]?.messages()) ?? [])).toEqual([]);
      // It is still called by its name: the pin is the way there, not who it is.
      expect(messages?.findLast(({ startLine }) => startLine.startsWith('INVITE'))?.startLine).toContain(
        '@pool.example.net',
      );
    });

    test('the same challenge twice is a failure, not a loop', async () => {
      const peer = await world.peer('challenge-again');
      const { place } = await world.gateway(peer, { trunk: { credentials } });
      expect((await place().next('failed')).failure).toMatchObject({ status: 401, origin: 'remote' });
      expect(received((await peer.finished).messages).filter((name) => name === 'INVITE')).toHaveLength(2);
    });

    test('without credentials a challenge is the failure', async () => {
      const peer = await world.peer('challenge-again', { calls: 0 });
      const { place } = await world.gateway(peer);
      expect((await place().next('failed')).failure).toMatchObject({ status: 401 });
    });

    test('a re-INVITE is authorised', async () => {
      const peer = await world.peer('challenge-reinvite');
      const { place } = await world.gateway(peer, { trunk: { credentials } });
      const call = place();
      await call.until('answered');
      expect(await call.leg.reoffer(sdp('sendonly', 2))).toContain('4711 2 IN');
      call.leg.hangup();
      const { passed, messages } = await peer.finished;
      expect(passed).toBe(true);
      const invites = messages.filter(({ startLine }) => startLine.startsWith('INVITE'));
      expect(headerOf(invites[2], 'Authorization')).toMatch(/realm="far side".*algorithm=SHA-256/);
    });
  });

  describe('our offers', () => {
    test('a re-INVITE is answered', async () => {
      const peer = await world.peer('reinvite');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      expect(await call.leg.reoffer(sdp('sendonly', 2))).toContain('a=recvonly');
      call.leg.hangup();
      const { passed, messages } = await peer.finished;
      expect(passed).toBe(true);
      const [first, second] = messages.filter(({ startLine }) => startLine.startsWith('INVITE'));
      expect(second?.text).toContain('a=sendonly');
      expect(headerOf(second, 'Contact')).toBe(headerOf(first, 'Contact'));
    });

    test('a refused re-INVITE leaves the call as it was', async () => {
      const peer = await world.peer('reinvite-refused');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      await expect(call.leg.reoffer(sdp('inactive', 2))).rejects.toMatchObject({
        failure: { status: 488, warning: '304 Media type not available', origin: 'remote' },
      });
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
    });

    test('491 is retried after the back-off of the Call-ID owner', async () => {
      const peer = await world.peer('reinvite-491');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      expect(await call.leg.reoffer(sdp('sendonly', 2))).toContain('4711 2 IN');
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
    });

    test('both sides offer at once: 491 to theirs, ours comes again, then theirs is welcome', async () => {
      const peer = await world.peer('glare');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      expect(await call.leg.reoffer(sdp('sendonly', 2))).toContain('4711 2 IN');
      const theirs = await call.next('reoffer');
      expect(theirs.sdp).toContain('4711 4 IN');
      await theirs.accept(sdp('sendrecv', 3));
      await peer.waitForMessage((message) => message.direction === 'sent' && headerOf(message, 'CSeq') === '2 ACK');
      call.leg.hangup();
      const { passed, errors } = await peer.finished;
      expect(passed, errors).toBe(true);
    });

    test('481 to a re-INVITE ends the call', async () => {
      const peer = await world.peer('reinvite-481');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      await expect(call.leg.reoffer(sdp('sendonly', 2))).rejects.toMatchObject({ failure: { status: 481 } });
      expect(await call.next('ended')).toMatchObject({ end: { by: 'dialog-lost' } });
      expect((await peer.finished).passed).toBe(true);
    });
  });

  describe('offers of the far side', () => {
    test('hold and unhold by re-INVITE', async () => {
      const peer = await world.peer('hold-by-reinvite');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      const hold = await call.next('reoffer');
      expect(hold.sdp).toContain('a=sendonly');
      await expect(hold.accept(sdp('recvonly', 2))).resolves.toBeUndefined();
      hold.reject(488);
      const unhold = await call.next('reoffer');
      expect(unhold.sdp).toContain('a=sendrecv');
      await unhold.accept(sdp('sendrecv', 3));
      await peer.waitForMessage(
        (_, index, all) => all.slice(0, index + 1).filter(({ startLine }) => startLine.startsWith('ACK')).length === 1,
      );
      await peer.waitForMessage((message) => message.direction === 'sent' && headerOf(message, 'CSeq') === '2 ACK');
      call.leg.hangup();
      const { passed, messages, errors } = await peer.finished;
      expect(passed, errors).toBe(true);
      const answers = messages.filter(
        (message) =>
          message.direction === 'received' &&
          /^\d INVITE/.test(headerOf(message, 'CSeq') ?? '') &&
          message.startLine.includes(' 200 '),
      );
      expect(answers[0]?.text).toContain('a=recvonly');
    });

    test('hold by UPDATE', async () => {
      const peer = await world.peer('hold-by-update');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      const hold = await call.next('reoffer');
      expect(hold.sdp).toContain('a=inactive');
      await hold.accept(sdp('inactive', 2));
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
    });

    test('a re-INVITE without a description: our offer in the 200, their answer in the ACK', async () => {
      const peer = await world.peer('late-offer');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      const asked = await call.next('reoffer');
      expect(asked.sdp).toBeUndefined();
      expect(await asked.accept(sdp('sendrecv', 2))).toContain('4711 2 IN');
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
    });

    test('an offer that is refused leaves the call as it was', async () => {
      const peer = await world.peer('offer-refused');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      const offer: Reoffer = await call.next('reoffer');
      offer.reject(488);
      await expect(offer.accept(sdp('sendrecv', 2))).resolves.toBeUndefined();
      await peer.waitForMessage((message) => message.direction === 'sent' && headerOf(message, 'CSeq') === '1 ACK');
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
    });

    test('early media that moves by UPDATE before the answer', async () => {
      const peer = await world.peer('update-early');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.next('provisional');
      const moved = await call.next('reoffer');
      expect(moved.sdp).toContain('4711 2 IN');
      await moved.accept(sdp('sendrecv', 2));
      await call.next('answered');
      call.leg.hangup();
      const { passed, errors } = await peer.finished;
      expect(passed, errors).toBe(true);
    });
  });

  describe('other requests inside the call', () => {
    test('DTMF by INFO', async () => {
      const peer = await world.peer('info-dtmf');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      expect(await call.next('dtmf')).toEqual({ type: 'dtmf', digit: '5', durationMs: 160 });
      expect(await call.next('dtmf')).toMatchObject({ digit: '#' });
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
    });

    test('OPTIONS, strange INFO, unknown extensions and methods, and intervals that are too short', async () => {
      const peer = await world.peer('odd-requests');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      const last = await peer.waitForMessage(
        (message) => message.direction === 'received' && headerOf(message, 'CSeq') === '6 UPDATE',
      );
      expect(headerOf(last, 'Session-Expires')).toBe('120;refresher=uac');
      expect(headerOf(last, 'Require')).toBe('timer');
      call.leg.hangup();
      const { passed, messages, errors } = await peer.finished;
      expect(passed, errors).toBe(true);
      const small = messages.find(({ startLine }) => startLine.includes(' 422 '));
      expect(headerOf(small, 'Min-SE')).toBe('90');
      expect(call.types()).not.toContain('reoffer');
    });
  });

  describe('extensions', () => {
    test('422: the interval is raised, the timer runs', async () => {
      const peer = await world.peer('interval-too-small');
      const { place } = await world.gateway(peer, { trunk: { sessionTimers: { offer: true, expiresS: 1_800 } } });
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      const { passed, messages } = await peer.finished;
      expect(passed).toBe(true);
      const [first, second] = messages.filter(({ startLine }) => startLine.startsWith('INVITE'));
      expect(headerOf(first, 'Session-Expires')).toBe('1800');
      expect(headerOf(second, 'Session-Expires')).toBe('1900');
      expect(headerOf(second, 'Min-SE')).toBe('1900');
    });

    test('a timer that nobody asked for is kept, and asked for again in a re-INVITE', async () => {
      const peer = await world.peer('unsolicited-timer');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      await call.leg.reoffer(sdp('sendonly', 2));
      call.leg.hangup();
      const { passed, messages } = await peer.finished;
      expect(passed).toBe(true);
      const second = messages.filter(({ startLine }) => startLine.startsWith('INVITE'))[1];
      expect(headerOf(second, 'Session-Expires')).toBe('1800;refresher=uas');
      expect(headerOf(messages[0], 'Session-Expires')).toBeUndefined();
    });

    test('420: again without the extension', async () => {
      const peer = await world.peer('bad-extension');
      const { place } = await world.gateway(peer, { trunk: { rel100: 'required' } });
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      const { passed, messages } = await peer.finished;
      expect(passed).toBe(true);
      const [first, second] = messages.filter(({ startLine }) => startLine.startsWith('INVITE'));
      expect(headerOf(first, 'Require')).toBe('100rel');
      expect(headerOf(second, 'Require')).toBeUndefined();
    });

    test('421: again with the extension', async () => {
      const peer = await world.peer('extension-required');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      const { passed, messages } = await peer.finished;
      expect(passed).toBe(true);
      const second = messages.filter(({ startLine }) => startLine.startsWith('INVITE'))[1];
      expect(headerOf(second, 'Supported')).toContain('100rel');
    });
  });

  describe('redirection', () => {
    test('inside the trunk, to a number that may be called, it is followed', async () => {
      const target = await world.peer('answer');
      const peer = await world.peer('moved', { fill: { contact: `<sip:+441818118182@127.0.0.1:${target.port}>` } });
      const asked: string[] = [];
      const { place } = await world.gateway(peer, {
        calls: { mayRedirectTo: (user) => asked.push(user) > 0 },
      });
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
      const { passed, messages } = await target.finished;
      expect(passed).toBe(true);
      expect(asked).toEqual(['+441818118182']);
      expect(messages[0]?.startLine).toContain('sip:+441818118182@127.0.0.1');
    });

    test('to a number that may not be called, it is the failure', async () => {
      const peer = await world.peer('moved', { fill: { contact: '<sip:+19005550100@127.0.0.1:5060>' } });
      const { place } = await world.gateway(peer, { calls: { mayRedirectTo: (user) => !user.startsWith('+1900') } });
      expect((await place().next('failed')).failure).toMatchObject({ status: 302, origin: 'remote' });
    });

    test('out of the trunk, it is the failure', async () => {
      const peer = await world.peer('moved', { fill: { contact: '<sip:+441818118182@192.0.2.7>' } });
      const { place } = await world.gateway(peer, { calls: { mayRedirectTo: () => true } });
      expect((await place().next('failed')).failure).toMatchObject({ status: 302 });
    });
  });
});
