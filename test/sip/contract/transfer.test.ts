/** Transfers inside calls that came in: REFER both ways, Replaces (RFC 3515, RFC 3891, RFC 4488, RFC 5589). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { header, makeHeader, type SipRequest } from '../../../sip/message/index.ts';
import { Caller, type CallIn, type InboundWorld, inboundWorld } from '../call/inbound-world.ts';
import { OFFER, sdp, TestCall } from '../call/world.ts';
import { SERVERS } from './servers.ts';

const ANSWER = sdp('sendrecv', 7);

describe.each(SERVERS)('on the $name server', (server) => {
  let world: InboundWorld;
  beforeEach(async () => {
    world = await inboundWorld({ server });
  });
  afterEach(() => world.close());

  async function answered(): Promise<{ call: CallIn; caller: Caller }> {
    const caller = new Caller(world);
    caller.invite();
    const call = await world.next();
    const acknowledged = call.call.leg.answer(ANSWER);
    await caller.response(200);
    caller.ack();
    await acknowledged;
    return { call, caller };
  }

  /** The next NOTIFY, answered: what it says. */
  async function notified(caller: Caller): Promise<{ state: string; says: string; event: string }> {
    const notify = await world.peer.request('NOTIFY');
    caller.answer(notify, 200);
    return {
      event: header(notify, 'event') ?? '',
      state: header(notify, 'subscription-state') ?? '',
      says: notify.body.toString().trim(),
    };
  }

  describe('the far side asks for a transfer', () => {
    test('to a number: it hears of the new call until that is answered', async () => {
      const { call, caller } = await answered();
      caller.send('REFER', {
        'Refer-To': '<sip:%2A31%23200@127.0.0.1;user=phone>',
        'Referred-By': '<sip:100@127.0.0.1>',
      });
      const refer = await call.next('refer');
      expect(refer.to).toEqual({ target: '*31#200', referredBy: '100' });
      const progress = refer.accept();
      await world.peer.response(202, 'REFER');
      expect(await notified(caller)).toMatchObject({ event: 'refer', says: 'SIP/2.0 100 Trying' });
      progress.notify(180);
      const ringing = await notified(caller);
      expect(ringing.says).toBe('SIP/2.0 180 Ringing');
      expect(ringing.state).toMatch(/^active;expires=\d+$/);
      progress.notify(200);
      progress.notify(486);
      expect(await notified(caller)).toMatchObject({ state: 'terminated;reason=noresource', says: 'SIP/2.0 200 OK' });
      refer.reject(603);
      caller.send('BYE');
      await world.peer.response(200, 'BYE');
      await call.next('ended');
      expect(world.peer.seen.filter((one) => one.kind === 'request' && one.method === 'NOTIFY')).toHaveLength(3);
    });

    test.each(['127.0.0.1', 'the address of ours', 'the domain of its From'])('to a number at %s', async (where) => {
      await world.close();
      world = await inboundWorld({ server, trunk: { host: 'pbx.example', inbound: { allowFrom: ['127.0.0.0/8'] } } });
      const { call, caller } = await answered();
      const From = `<sip:+4930901820@office.example>;tag=${caller.tag}`;
      const hosts = { '127.0.0.1': '127.0.0.1', 'the address of ours': world.address };
      const host = hosts[where as keyof typeof hosts] ?? 'office.example';
      caller.send('REFER', { From, 'Refer-To': `<sip:300@${host}>` });
      const refer = await call.next('refer');
      expect(refer.to.target).toBe('300');
      refer.reject(603);
      await world.peer.response(603, 'REFER');
    });

    test('and wants to hear no more of it (Refer-Sub: false)', async () => {
      const { call, caller } = await answered();
      caller.send('REFER', { 'Refer-To': '<sip:bob@elsewhere.example:5070;transport=tcp>', 'Refer-Sub': 'false' });
      const refer = await call.next('refer');
      expect(refer.to.target).toBe('sip:bob@elsewhere.example:5070;transport=tcp');
      refer.accept().notify(200);
      expect(header(await world.peer.response(202, 'REFER'), 'refer-sub')).toBe('false');
      caller.send('BYE');
      await world.peer.response(200, 'BYE');
      expect(world.peer.seen.some((one) => one.kind === 'request')).toBe(false);
    });

    test('and then for another one: its news are told apart', async () => {
      const { call, caller } = await answered();
      for (const [number, event] of [
        ['200', 'refer'],
        ['201', 'refer;id=3'],
      ] as const) {
        caller.send('REFER', { 'Refer-To': `<sip:${number}@127.0.0.1>` });
        const progress = (await call.next('refer')).accept();
        await world.peer.response(202, 'REFER');
        progress.notify(486);
        expect(await notified(caller)).toMatchObject({ event, says: 'SIP/2.0 100 Trying' });
        expect(await notified(caller)).toMatchObject({ event, says: 'SIP/2.0 486 Busy Here' });
      }
    });

    test('and hears that it is done before our BYE comes', async () => {
      const { call, caller } = await answered();
      caller.send('REFER', { 'Refer-To': '<sip:200@127.0.0.1>' });
      const progress = (await call.next('refer')).accept();
      await world.peer.response(202, 'REFER');
      progress.notify(200);
      call.leg.hangup();
      expect((await notified(caller)).says).toContain(' 100 ');
      expect((await notified(caller)).says).toContain(' 200 ');
      caller.answer(await world.peer.request('BYE'), 200);
      await call.next('ended');
      const methods = world.peer.seen.filter((one) => one.kind === 'request').map(({ method }) => method);
      expect(methods).toEqual(['NOTIFY', 'NOTIFY', 'BYE']);
    });

    test('to another call of ours', async () => {
      const first = await answered();
      const second = await answered();
      const replaces = `${second.caller.callId};to-tag=${second.caller.remoteTag};from-tag=${second.caller.tag}`;
      first.caller.send('REFER', { 'Refer-To': `<sip:us@127.0.0.1?Replaces=${encodeURIComponent(replaces)}>` });
      const refer = await first.call.next('refer');
      expect(refer.to.replaces).toBe(second.call.leg);
      expect(refer.to.foreignReplaces).toBeUndefined();
      refer.reject(603);
      await world.peer.response(603, 'REFER');
    });

    test('to a call that is not ours: the value goes with the new INVITE', async () => {
      const { call, caller } = await answered();
      const replaces = 'other@host;to-tag=a;from-tag=b';
      caller.send('REFER', { 'Refer-To': `<sip:300@127.0.0.1?Replaces=${encodeURIComponent(replaces)}>` });
      const refer = await call.next('refer');
      expect(refer.to).toEqual({ target: '300', foreignReplaces: replaces });
      refer.reject(403);
      await world.peer.response(403, 'REFER');
    });

    const unusable: [string, Record<string, string>][] = [
      ['no Refer-To', {}],
      ['something else than a call', { 'Refer-To': '<sip:200@127.0.0.1;method=MESSAGE>' }],
      ['an address that cannot be called', { 'Refer-To': '<mailto:x@example.org>' }],
      ['nobody', { 'Refer-To': '<sip:127.0.0.1>' }],
      ['a Replaces without tags', { 'Refer-To': '<sip:200@127.0.0.1?Replaces=x>' }],
      ['rubbish', { 'Refer-To': '<<>>' }],
    ];
    test.each(unusable)('%s: 400', async (_, headers) => {
      const { call, caller } = await answered();
      caller.send('REFER', headers);
      await world.peer.response(400, 'REFER');
      expect(call.types()).toEqual([]);
    });

    test('the call ends before anybody decided: refused', async () => {
      const { call, caller } = await answered();
      caller.send('REFER', { 'Refer-To': '<sip:200@127.0.0.1>' });
      const refer = await call.next('refer');
      caller.send('BYE');
      // A drachtio server ends by itself with 500 what is open in a dialog that is over.
      await world.peer.response(server.isEmbedded ? 603 : 500, 'REFER');
      refer.accept().notify(200);
    });
  });

  describe('we ask for a transfer', () => {
    async function referred(to: Parameters<CallIn['leg']['refer']>[0] = '+441818118181') {
      const { call, caller } = await answered();
      const outcome = call.leg.refer(to);
      outcome.catch(() => undefined);
      const request = await world.peer.request('REFER');
      return { call, caller, outcome, request };
    }

    /** Tells what becomes of the new call. */
    async function tell(caller: Caller, status: string, state = 'active;expires=60'): Promise<void> {
      const headers = { Event: 'refer', 'Subscription-State': state, 'Content-Type': 'message/sipfrag' };
      caller.send('NOTIFY', headers, `SIP/2.0 ${status}\r\n`);
      await world.peer.response(200, 'NOTIFY');
    }

    test('to a number: done when the far side says that it is answered', async () => {
      const { caller, outcome, request } = await referred();
      expect(header(request, 'refer-to')).toBe('<sip:+441818118181@127.0.0.1>');
      expect(header(request, 'referred-by')).toBe(`<sip:service@${world.address}>`);
      expect(header(request, 'contact')).toMatch(/^<sip:/);
      caller.answer(request, 202);
      await tell(caller, '100 Trying');
      await tell(caller, '180 Ringing');
      await tell(caller, '200 OK', 'terminated;reason=noresource');
      await expect(outcome).resolves.toBeUndefined();
    });

    test('the news come before the 202', async () => {
      const { caller, outcome, request } = await referred();
      await tell(caller, '200 OK', 'terminated;reason=noresource');
      caller.answer(request, 202);
      await expect(outcome).resolves.toBeUndefined();
    });

    test('the new call fails: the old one goes on', async () => {
      const { call, caller, outcome, request } = await referred();
      caller.answer(request, 202);
      await tell(caller, '486 Busy Here', 'terminated;reason=noresource');
      await expect(outcome).rejects.toMatchObject({ failure: { status: 486, origin: 'remote' } });
      expect(call.types()).toEqual([]);
      const again = call.leg.refer('200');
      caller.answer(
        (await world.peer.next('REFER', (one) => one.kind === 'request' && one.method === 'REFER')) as SipRequest,
        202,
      );
      await tell(caller, '200 OK');
      await again;
    });

    test('it is refused', async () => {
      const { caller, outcome, request } = await referred();
      caller.answer(request, 405);
      await expect(outcome).rejects.toMatchObject({ failure: { status: 405 } });
    });

    test('nothing more is said (Refer-Sub: false): taken is done', async () => {
      const { caller, outcome, request } = await referred();
      caller.answer(request, 202, { headers: [makeHeader('Refer-Sub', 'false')] });
      await expect(outcome).resolves.toBeUndefined();
    });

    test('the far side takes it and hangs up without a word: done', async () => {
      const { caller, outcome, request } = await referred();
      caller.answer(request, 202);
      await tell(caller, '100 Trying');
      caller.send('BYE');
      await expect(outcome).resolves.toBeUndefined();
    });

    test('the subscription ends without an outcome', async () => {
      const { caller, outcome, request } = await referred();
      caller.answer(request, 202);
      await tell(caller, '180 Ringing', 'terminated;reason=timeout');
      await expect(outcome).rejects.toMatchObject({ failure: { status: 408 } });
    });

    test('only one at a time', async () => {
      const { call } = await referred();
      await expect(call.leg.refer('200')).rejects.toMatchObject({ failure: { status: 491 } });
    });

    test('to another call of ours: its far side can be reached by Replaces', async () => {
      const second = await answered();
      const { request } = await referred(second.call.leg);
      const replaces = `${second.caller.callId};to-tag=${second.caller.tag};from-tag=${second.caller.remoteTag}`;
      expect(header(request, 'refer-to')).toBe(`<sip:+4930901820@127.0.0.1?Replaces=${encodeURIComponent(replaces)}>`);
    });

    test('not before the answer, nor to a call that is over', async () => {
      const over = await answered();
      over.caller.send('BYE');
      await world.peer.response(200, 'BYE');
      await over.call.next('ended');
      const { call } = await answered();
      await expect(call.leg.refer(over.call.leg)).rejects.toMatchObject({ failure: { status: 481 } });
      await expect(over.call.leg.refer('200')).rejects.toMatchObject({ failure: { status: 481 } });
    });
  });

  describe('INVITE with Replaces', () => {
    const value = (of: Caller, more = ''): string => `${of.callId};to-tag=${of.remoteTag};from-tag=${of.tag}${more}`;

    test('takes the place of a call of ours', async () => {
      const { call, caller } = await answered();
      const other = new Caller(world);
      other.invite({ Replaces: value(caller), Require: 'replaces' });
      const replacing = await world.next();
      expect(replacing.call.replaces).toBe(call.leg);
    });

    test('only while it rings, but it is answered: 486', async () => {
      const { caller } = await answered();
      const other = new Caller(world);
      other.invite({ Replaces: value(caller, ';early-only') });
      await other.response(486);
    });

    test('the tags in the wrong order, or a call that only rings: 481', async () => {
      const { caller } = await answered();
      const other = new Caller(world);
      other.invite({ Replaces: `${caller.callId};to-tag=${caller.tag};from-tag=${caller.remoteTag}` });
      await other.response(481);
      const ringing = new Caller(world);
      ringing.invite();
      (await world.next()).call.leg.ring();
      await ringing.response(180);
      const third = new Caller(world);
      third.invite({ Replaces: value(ringing) });
      await third.response(481);
    });

    test('of a call that has just ended: 603', async () => {
      const { call, caller } = await answered();
      caller.send('BYE');
      await world.peer.response(200, 'BYE');
      await call.next('ended');
      const other = new Caller(world);
      other.invite({ Replaces: value(caller) });
      await other.response(603);
    });
  });

  describe('a call of ours', () => {
    /** Called by us and answered: what the far side needs to write inside it. */
    async function called() {
      const heard = new TestCall();
      heard.leg = world.calls.placeCall(
        { callRef: 'c', trunk: 'test', target: '200', sdp: OFFER, ringTimeoutMs: 10_000 },
        (event) => heard.heard(event),
      );
      const invite = await world.peer.request('INVITE');
      world.peer.answer(invite, 200, { sdp: true });
      await heard.next('answered');
      const ours = /;tag=([^;]+)/.exec(header(invite, 'from') ?? '')?.[1] ?? '';
      const inside = {
        uri: /<([^>]+)>/.exec(header(invite, 'contact') ?? '')?.[1] ?? '',
        'Call-ID': header(invite, 'call-id') ?? '',
        From: `${header(invite, 'to')};tag=peer-tag`,
        To: header(invite, 'from') ?? '',
      };
      return { heard, ours, inside };
    }

    test('its far side may ask for a transfer', async () => {
      const { heard, inside } = await called();
      const refer = { ...inside, CSeq: '7 REFER', 'Refer-To': '<sip:300@127.0.0.1>' };
      world.peer.send(world.peer.write('REFER', refer));
      const { to, accept } = await heard.next('refer');
      expect(to).toEqual({ target: '300' });
      const progress = accept();
      await world.peer.response(202, 'REFER');
      progress.notify(603);
      const first = await world.peer.request('NOTIFY');
      world.peer.answer(first, 200);
      const last = await world.peer.request('NOTIFY');
      world.peer.answer(last, 481);
      expect(last.body.toString()).toBe('SIP/2.0 603 Decline\r\n');
      heard.leg.hangup();
      world.peer.answer(await world.peer.request('BYE'), 200);
    });

    test('its far side may be another one from now on (Replaces)', async () => {
      const { heard, ours, inside } = await called();
      const other = new Caller(world);
      other.invite({ Replaces: `${inside['Call-ID']};to-tag=${ours};from-tag=peer-tag` });
      expect((await world.next()).call.replaces).toBe(heard.leg);
      heard.leg.hangup();
      world.peer.answer(await world.peer.request('BYE'), 200);
    });
  });
});
