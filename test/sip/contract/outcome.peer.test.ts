/** How outbound calls come about and end, against SIPp. */

import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SippMessage } from '../../world/peers/sipp.ts';
import { startDeafPeer } from '../call/deaf-peer.ts';
import { headerOf, OFFER, received, World } from '../call/world.ts';
import { SERVERS } from './servers.ts';

describe.each(SERVERS)('on the $name server', (server) => {
  let world: World;
  beforeEach(() => {
    world = new World(server);
  });
  afterEach(() => world.stop());

  describe('answered', () => {
    test('rings, answers, and we hang up', async () => {
      const peer = await world.peer('answer');
      const { place } = await world.gateway(peer);
      const call = place();
      expect(call.events).toEqual([]);
      expect(await call.next('provisional')).toMatchObject({ status: 180, reliable: false });
      const answered = await call.next('answered');
      expect(answered.sdp).toContain('m=audio');
      call.leg.hangup({ q850: 16, text: 'Normal call clearing' });
      call.leg.hangup();
      expect(await call.next('ended')).toEqual({
        type: 'ended',
        end: { by: 'local', q850: 16, text: 'Normal call clearing' },
      });
      const { passed, messages, errors } = await peer.finished;
      expect(passed, errors).toBe(true);
      const bye = messages.find(({ startLine }) => startLine.startsWith('BYE'));
      expect(headerOf(bye, 'Reason')).toBe('Q.850;cause=16;text="Normal call clearing"');
      expect(received(messages)).toEqual(['INVITE', 'ACK', 'BYE']);
    });

    test('the far side hangs up, and says why', async () => {
      const peer = await world.peer('answer-then-bye');
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      expect(await call.next('ended')).toEqual({
        type: 'ended',
        end: { by: 'remote', q850: 31, text: 'Normal, unspecified' },
      });
      expect((await peer.finished).passed).toBe(true);
      call.leg.hangup();
      await expect(call.leg.reoffer('v=0')).rejects.toMatchObject({ failure: { status: 481, origin: 'local' } });
      expect(call.types()).toEqual(['provisional', 'answered', 'ended']);
    });

    test('over TCP', async () => {
      const peer = await world.peer('answer', { transport: 'tcp' });
      const { place } = await world.gateway(peer, { trunk: { transport: 'tcp' } });
      const call = place();
      await call.until('answered');
      call.leg.hangup();
      await call.next('ended');
      expect((await peer.finished).passed).toBe(true);
    });

    test('183 with a description, then 180 without, then an answer of its own', async () => {
      const peer = await world.peer('early-then-ringing');
      const { place } = await world.gateway(peer);
      const call = place();
      const early = await call.next('provisional');
      expect(early).toMatchObject({ status: 183, sdp: expect.stringContaining('4711 1 IN') });
      const ringing = await call.next('provisional');
      expect(ringing).toMatchObject({ status: 180, forkId: early.forkId });
      expect(ringing.sdp).toBeUndefined();
      expect(await call.next('answered')).toMatchObject({ sdp: expect.stringContaining('4711 2 IN') });
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
    });

    test('180 without a description, 183 and 180 with one, and an answer that repeats none', async () => {
      const peer = await world.peer('ringing-then-early');
      const { place } = await world.gateway(peer);
      const call = place();
      expect((await call.next('provisional')).sdp).toBeUndefined();
      expect((await call.next('provisional')).sdp).toContain('m=audio');
      expect((await call.next('provisional')).sdp).toContain('m=audio');
      expect(await call.next('answered')).toMatchObject({ sdp: expect.stringContaining('m=audio') });
      call.leg.hangup();
      expect((await peer.finished).passed).toBe(true);
    });

    test('an answer without any description is acknowledged and ended', async () => {
      const peer = await world.peer('no-description');
      const { place } = await world.gateway(peer);
      const call = place();
      expect(await call.until('failed')).toMatchObject({ failure: { status: 488, origin: 'remote' } });
      expect((await peer.finished).passed).toBe(true);
    });

    test.each([
      'answer-multipart',
      'answer-compact',
      // RFC 3261 §12.1.1 wants a Contact; a drachtio server has no target without one.
      ...(server.isEmbedded ? ['answer-without-contact'] : []),
    ])('%s', async (name) => {
      const peer = await world.peer(name);
      const { place } = await world.gateway(peer);
      const call = place();
      expect((await call.until('answered')).sdp).toMatch(/^v=0[\s\S]*m=audio \d+ RTP\/AVP 0 101/);
      call.leg.hangup();
      await call.next('ended');
      const { passed, errors } = await peer.finished;
      expect(passed, errors).toBe(true);
    });

    test.skipIf(server.isEmbedded)(
      'an answer without Contact: the call ends for us, and by time for the far side',
      async () => {
        const peer = await world.peer('answer-without-contact', { calls: 0 });
        const { place } = await world.gateway(peer);
        const call = place();
        await call.until('answered');
        call.leg.hangup();
        expect(await call.next('ended')).toMatchObject({ end: { by: 'local' } });
        expect(received(await peer.messages())).toEqual(['INVITE']);
      },
    );

    test.skipIf(server.isEmbedded)(
      'two forks answer: the first counts, the other is left to its own timers',
      async () => {
        const peer = await world.peer('forked-answer');
        const { place } = await world.gateway(peer);
        const call = place();
        expect(await call.until('answered')).toMatchObject({ forkId: 'forkA' });
        const second = ({ direction, text }: SippMessage) => direction === 'sent' && /^To:.*forkB/m.test(text);
        await peer.waitForMessage(
          (_, index, all) =>
            all.slice(0, index + 1).filter((one) => second(one) && one.startLine.includes('200')).length === 2,
        );
        call.leg.hangup();
        await call.next('ended');
        // RFC 3261 §13.2.2.4 wants both; a drachtio server names dialogs by Call-ID and From-tag alone.
        const acks = (await peer.messages()).filter(({ startLine }) => /^(?:ACK|BYE)/.test(startLine));
        expect(acks.every((message) => headerOf(message, 'To')?.includes('forkA'))).toBe(true);
      },
    );

    test.runIf(server.isEmbedded)(
      'two forks answer: the first counts, the other is acknowledged and ended',
      async () => {
        const peer = await world.peer('forked-answer');
        const { place } = await world.gateway(peer);
        const call = place();
        expect(await call.next('provisional')).toMatchObject({ forkId: 'forkA' });
        expect(await call.next('provisional')).toMatchObject({ forkId: 'forkB' });
        expect(await call.next('answered')).toMatchObject({ forkId: 'forkA' });
        const refused = await peer.waitForMessage(({ startLine }) => startLine.startsWith('BYE'));
        expect(headerOf(refused, 'To')).toContain('tag=forkB');
        call.leg.hangup();
        await call.next('ended');
        const { passed, messages } = await peer.finished;
        expect(passed).toBe(true);
        const byes = messages.filter(({ startLine }) => startLine.startsWith('BYE'));
        expect(headerOf(byes.at(-1), 'To')).toContain('tag=forkA');
      },
    );

    test('a 200 that comes again is acknowledged again', async () => {
      const peer = await startDeafPeer();
      world.onStop(peer.close);
      const { place } = await world.gateway(peer);
      const call = place();
      await call.until('answered');
      await peer.acknowledged(3);
      call.leg.hangup();
      expect(await call.next('ended')).toMatchObject({ end: { by: 'local' } });
    });

    test('reliable provisional responses are acknowledged; the answer may be in them', async () => {
      const peer = await world.peer('prack');
      const { place } = await world.gateway(peer, { trunk: { rel100: 'supported' } });
      const call = place();
      expect(await call.next('provisional')).toMatchObject({
        status: 183,
        reliable: true,
        sdp: expect.stringContaining('m=audio'),
      });
      expect(await call.next('provisional')).toMatchObject({ status: 180, reliable: true });
      expect(await call.next('answered')).toMatchObject({ sdp: expect.stringContaining('m=audio') });
      call.leg.hangup();
      const { passed, messages } = await peer.finished;
      expect(passed).toBe(true);
      const pracks = messages.filter(({ startLine }) => startLine.startsWith('PRACK'));
      const cseq = headerOf(messages[0], 'CSeq');
      expect(pracks.map((message) => headerOf(message, 'RAck'))).toEqual([`4711 ${cseq}`, `4712 ${cseq}`]);
      expect(headerOf(messages[0], 'Supported')).toContain('100rel');
    });
  });

  describe('refused', () => {
    test.each([
      [486, 'Busy Here', 'X-None: 1', {}],
      [
        404,
        'Not Found',
        'Reason: Q.850;cause=1;text="Unallocated number"',
        { q850: 1, reasonText: 'Unallocated number' },
      ],
      [480, 'Temporarily Unavailable', 'Reason: SIP;cause=480;text="x", Q.850;cause=18', { q850: 18, reasonText: 'x' }],
      [603, 'Decline', 'X-None: 1', {}],
      [503, 'Service Unavailable', 'Retry-After: 30 (in a minute);duration=60', { retryAfterS: 30 }],
      [
        488,
        'Not Acceptable Here',
        'Warning: 304 gw "Media type not available"',
        { warning: '304 Media type not available' },
      ],
      [302, 'Moved Temporarily', 'Contact: <sip:+19005550100@192.0.2.99>', {}],
      [600, 'Busy Everywhere', 'X-None: 1', {}],
    ])('%i %s after ringing', async (status, phrase, header, facts) => {
      const peer = await world.peer('refuse', { fill: { status: String(status), phrase, header } });
      const { place } = await world.gateway(peer);
      const call = place();
      await call.next('provisional');
      const { failure } = await call.next('failed');
      expect(failure).toEqual({ status, phrase, sawProvisional: true, origin: 'remote', ...facts });
      expect((await peer.finished).passed).toBe(true);
    });

    test('a number that the network names does not get into the log', async () => {
      const header = 'Reason: Q.850;cause=1;text="no such number +441818118181"';
      const peer = await world.peer('refuse-at-once', {
        fill: { status: '404', phrase: 'Unknown +441818118181', header },
      });
      const { place, log } = await world.gateway(peer);
      const { failure } = await place().next('failed');
      expect(failure).toMatchObject({ phrase: 'Unknown +441818118181', reasonText: 'no such number +441818118181' });
      expect(log.join('')).toContain('Unknown +…81');
      expect(log.join('')).not.toContain('1818118181');
    });

    test('at once, without a 1xx', async () => {
      const peer = await world.peer('refuse-at-once', { fill: { status: '403', phrase: 'D35', header: 'X-None: 1' } });
      const { place } = await world.gateway(peer);
      const { failure } = await place().next('failed');
      expect(failure).toEqual({ status: 403, phrase: 'D35', sawProvisional: false, origin: 'remote' });
    });

    test('an announcement in early media, then 404', async () => {
      const peer = await world.peer('announcement-then-404');
      const { place } = await world.gateway(peer);
      const call = place();
      expect((await call.next('provisional')).sdp).toContain('m=audio');
      expect((await call.next('failed')).failure).toMatchObject({ status: 404, q850: 1, sawProvisional: true });
      expect((await peer.finished).passed).toBe(true);
    });
  });

  describe('given up', () => {
    test('nobody answers in time: CANCEL, and the failure says that it rang', async () => {
      const peer = await world.peer('no-answer');
      const { place } = await world.gateway(peer);
      const call = place({ ringTimeoutMs: 300 });
      await call.next('provisional');
      expect((await call.next('failed')).failure).toMatchObject({
        status: 408,
        origin: 'timeout',
        sawProvisional: true,
      });
      const { passed, messages } = await peer.finished;
      expect(passed).toBe(true);
      const cancel = messages.find(({ startLine }) => startLine.startsWith('CANCEL'));
      expect(headerOf(cancel, 'Reason')).toBe('Q.850;cause=19;text="No answer"');
    });

    test('the caller hangs up while it rings', async () => {
      const peer = await world.peer('no-answer');
      const { place, calls } = await world.gateway(peer);
      const call = place();
      await call.next('provisional');
      call.leg.hangup();
      expect((await call.next('failed')).failure).toMatchObject({ status: 487, origin: 'local', sawProvisional: true });
      expect((await peer.finished).passed).toBe(true);
      await calls.close(1_000);
      expect(call.types()).toEqual(['provisional', 'failed']);
    });

    test('the caller hangs up before a 1xx: the CANCEL is held back until it comes', async () => {
      const peer = await world.peer('slow-to-ring');
      const { place } = await world.gateway(peer);
      const call = place();
      call.leg.hangup();
      expect((await call.next('failed')).failure).toMatchObject({
        status: 487,
        origin: 'local',
        sawProvisional: false,
      });
      const { passed, messages } = await peer.finished;
      expect(passed).toBe(true);
      const order = messages.map(
        ({ direction, startLine }) => `${direction} ${startLine.split(' ').slice(0, 2).join(' ')}`,
      );
      const firstRinging = order.indexOf('sent SIP/2.0 180');
      expect(firstRinging).toBeGreaterThan(0);
      expect(order.findIndex((line) => line.startsWith('received CANCEL'))).toBeGreaterThan(firstRinging);
      expect(call.types()).toEqual(['failed']);
    });

    test('the CANCEL crosses the 200: ACK and BYE, and never an answer', async () => {
      const peer = await world.peer('cancel-crosses-200');
      const { place, calls } = await world.gateway(peer);
      const call = place();
      await call.next('provisional');
      call.leg.hangup();
      await call.next('failed');
      const { passed, errors } = await peer.finished;
      expect(passed, errors).toBe(true);
      await calls.close(1_000);
      expect(call.types()).toEqual(['provisional', 'failed']);
    });

    test('a peer that never ends the cancelled INVITE does not keep the call', async () => {
      const peer = await world.peer('cancel-unanswered');
      const { place, calls } = await world.gateway(peer, { t1Ms: 20 });
      const call = place();
      await call.next('provisional');
      call.leg.hangup();
      await call.until('failed');
      await peer.finished;
      await calls.close(10_000);
      expect(calls.health().calls).toBe(0);
    });
  });

  describe('not reached', () => {
    test('nothing answers: 408 of the network', async () => {
      const peer = await startDeafPeer({ answers: false });
      world.onStop(peer.close);
      const { place } = await world.gateway(peer, { t1Ms: 10 });
      expect((await place().next('failed')).failure).toMatchObject({
        status: 408,
        origin: 'timeout',
        sawProvisional: false,
      });
    });

    test('a connection that is refused fails at once', async () => {
      const peer = await world.peer('answer');
      await peer.stop();
      const { place } = await world.gateway(peer, { trunk: { transport: 'tcp' } });
      expect((await place().next('failed')).failure).toMatchObject({ status: 503, origin: 'transport' });
    });

    test('a name that leads nowhere fails at once', async () => {
      const { place } = await world.gateway({ host: 'nowhere.invalid', port: 5060 });
      expect((await place().next('failed')).failure).toMatchObject({ status: 503, origin: 'transport' });
    });

    test('a number that cannot be dialled is not sent', async () => {
      const { place } = await world.gateway({ host: '127.0.0.1', port: 9 });
      expect((await place({ target: 'sip:@@' }).next('failed')).failure).toMatchObject({
        status: 484,
        origin: 'local',
      });
    });

    test('a full trunk refuses before anything is sent', async () => {
      const peer = await world.peer('no-answer');
      const { place } = await world.gateway(peer, { trunk: { maxCalls: 1 } });
      const first = place();
      await first.next('provisional');
      expect((await place().next('failed')).failure).toMatchObject({ status: 503, q850: 34, origin: 'local' });
      first.leg.hangup();
      await first.next('failed');
    });
  });

  test('a trunk that knows UDP alone never sees TCP, however long the INVITE is', async () => {
    const peer = await world.peer('answer');
    let connections = 0;
    const listener = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(peer.port, '127.0.0.1', resolve));
    world.onStop(() => new Promise((resolve) => listener.close(resolve)));
    const { place } = await world.gateway(peer, { trunk: { udpOnly: true } });
    const call = place({ sdp: `${OFFER}${'a=x:0123456789\r\n'.repeat(100)}` });
    await call.until('answered');
    call.leg.hangup();
    const { passed, errors } = await peer.finished;
    expect(passed, errors).toBe(true);
    expect(connections).toBe(0);
  });
});
