/** Registrars as providers and PBXs are: what goes out to them byte for byte, and what is made of their answers. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { header, headerLines, type SipRequest } from '../../../sip/message/index.ts';
import type { TrunkInput } from '../../../sip/trunk/index.ts';
import { OFFER } from '../call/world.ts';
import { SERVERS } from '../contract/servers.ts';
import { Provider } from './provider.ts';
import { type Watched, watched } from './registered.ts';

describe.each(SERVERS)('on the $name server', (server) => {
  const stops: (() => unknown)[] = [];
  let provider: Provider;
  beforeEach(async () => {
    provider = await Provider.open();
    stops.unshift(() => provider.close());
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  function account(more: Partial<TrunkInput> = {}): TrunkInput {
    return {
      name: 'line',
      host: '127.0.0.1',
      port: provider.port,
      domain: 'example.net',
      credentials: { username: '620', password: 'secret' },
      registration: { expiresS: 300 },
      ...more,
    };
  }

  async function gateway(trunk: TrunkInput, options: Parameters<typeof watched>[1] = {}): Promise<Watched> {
    const started = await watched([trunk], { on: server, ...options });
    stops.unshift(() => started.close());
    return started;
  }

  const registered = (here: Watched) => here.until(({ registrations }) => registrations[0]?.state === 'registered');

  const challenge = (nonce: string, more = ''): string => `Digest realm="example.net", nonce="${nonce}"${more}`;

  function nonceOf(request: SipRequest): string | undefined {
    return /nonce="([^"]*)"/.exec(header(request, 'authorization') ?? '')?.[1];
  }

  function contactUser(request: SipRequest): string {
    return /<sip:([^@>]*)@/.exec(header(request, 'contact') ?? '')?.[1] ?? '';
  }

  describe('REGISTER', () => {
    test('names the domain alone, for boxes that pass over everything with a user part', async () => {
      provider.answer = (request) => (/^sip:[^@]*$/.test(request.uri) ? { status: 200 } : undefined);
      const here = await gateway(account());
      await registered(here);
      const [first] = provider.of('REGISTER');
      expect(first?.uri).toBe('sip:example.net');
      expect(header(first as SipRequest, 'to')).toBe('<sip:620@example.net>');
      expect(header(first as SipRequest, 'from')).toMatch(/^<sip:620@example\.net>;tag=\w+$/);
      expect(header(first as SipRequest, 'expires')).toBe('300');
      expect(header(first as SipRequest, 'supported')).toBe('path');
    });

    test('keeps Call-ID and Contact, counts CSeq on, and brings the credentials of the last one along', async () => {
      provider.answer = (request) =>
        nonceOf(request) === undefined
          ? { status: 401, headers: { 'WWW-Authenticate': challenge('n1') } }
          : { status: 200 };
      const here = await gateway(account());
      await registered(here);
      await here.calls.close(0);
      const all = provider.of('REGISTER');
      expect(all.map(nonceOf)).toEqual([undefined, 'n1', 'n1']);
      expect(new Set(all.map((one) => header(one, 'call-id'))).size).toBe(1);
      expect(new Set(all.map((one) => header(one, 'contact'))).size).toBe(1);
      const numbers = all.map((one) => Number.parseInt(header(one, 'cseq') ?? '', 10));
      expect(numbers.map((number) => number - (numbers[0] ?? 0))).toEqual([0, 1, 2]);
      expect(all.map((one) => header(one, 'expires'))).toEqual(['300', '300', '0']);
    });

    test('has a Contact that nobody can guess and that is the same after a restart; another trunk has another', async () => {
      const first = await gateway(account());
      await registered(first);
      await first.close();
      await registered(await gateway(account()));
      await registered(await gateway(account({ name: 'other' })));
      const [one, , again, other] = provider.of('REGISTER').map(contactUser);
      expect(one).toMatch(/^t[0-9a-f]{24}$/);
      expect(again).toBe(one);
      expect(other).not.toBe(one);
    });

    test('is answered by 407, without qop, with an empty opaque and a stale nonce, at the first try', async () => {
      provider.answer = (request, count) => {
        if (count === 1)
          return { status: 407, headers: { 'Proxy-Authenticate': challenge('old', ', opaque="", stale=FALSE') } };
        if (count === 2)
          return { status: 407, headers: { 'Proxy-Authenticate': challenge('new', ', opaque="", stale=TRUE') } };
        return (header(request, 'proxy-authorization') ?? '').includes('nonce="new"')
          ? { status: 200 }
          : { status: 403 };
      };
      await registered(await gateway(account()));
      expect(provider.of('REGISTER')).toHaveLength(3);
      expect(header(await provider.request('REGISTER', 3), 'proxy-authorization')).toContain('opaque=""');
    });

    test('lasts as long as the answer says for our Contact, whatever it says of others', async () => {
      provider.answer = (request) => ({
        status: 200,
        headers: {
          Contact: [`<sip:somebody@192.0.2.1>;expires=7200`, `${header(request, 'contact')};q=0.5;expires=120`],
          Expires: '3600',
        },
      });
      const here = await gateway(account());
      const [own] = (await registered(here)).registrations;
      expect((own?.expiresAt ?? 0) - (own?.lastRegisteredAt ?? 0)).toBe(120_000);
    });

    test.runIf(server.isEmbedded)('goes to the node that asked for credentials, when a name leads to two', async () => {
      const second = await Provider.open();
      stops.unshift(() => second.close());
      // Each knows its own nonce alone; the name leads to the one and to the other in turn.
      const nodes = [provider, second];
      nodes.forEach((node, index) => {
        node.answer = (request) =>
          nonceOf(request) === `nonce${index}`
            ? { status: 200 }
            : { status: 401, headers: { 'WWW-Authenticate': challenge(`nonce${index}`) } };
      });
      let turn = 0;
      const { port: _none, ...named } = account({ host: 'sip.example.net' });
      const here = await gateway(named, {
        locate: async () => {
          const node = nodes[turn++ % 2] ?? provider;
          return [{ transport: 'udp', address: '127.0.0.1', port: node.port }];
        },
      });
      await registered(here);
      expect([provider.of('REGISTER').length, second.of('REGISTER').length]).toEqual([2, 0]);
    });

    test.runIf(server.isEmbedded)(
      'goes on to the next server of a name that does not answer or is out of order',
      async () => {
        const second = await Provider.open();
        const third = await Provider.open();
        stops.unshift(
          () => second.close(),
          () => third.close(),
        );
        provider.answer = () => undefined;
        second.answer = () => ({ status: 503 });
        const { port: _none, ...named } = account({ host: 'sip.example.net' });
        const here = await gateway(named, {
          t1Ms: 5,
          locate: async () =>
            [provider, second, third].map(({ port }) => ({ transport: 'udp', address: '127.0.0.1', port }) as const),
        });
        await registered(here);
        expect([provider, second, third].map((node) => node.of('REGISTER').length)).toEqual([1, 1, 1]);
      },
    );
  });

  describe('a registrar that moves', () => {
    test.runIf(server.isEmbedded)('is found at its new address, and has the account again', async () => {
      const next = await Provider.open();
      stops.unshift(() => next.close());
      let at = provider;
      const { port: _none, ...named } = account({ host: 'sip.example.net', keepAliveS: 1 });
      const here = await gateway(named, {
        locate: async () => [{ transport: 'udp', address: '127.0.0.1', port: at.port }],
      });
      await registered(here);
      at = next;
      provider.answer = () => undefined;
      provider.close();
      const first = await next.request('REGISTER');
      expect(header(first, 'call-id')).toBe(header(provider.of('REGISTER')[0] as SipRequest, 'call-id'));
      await here.until(({ state, registrations }) => state === 'up' && registrations[0]?.state === 'registered');
    });
  });

  describe('what a registration learns', () => {
    test('Service-Route is the way of calls, in order; calls name the registered Contact', async () => {
      const route = [`<sip:127.0.0.1:${provider.port};lr;mpc=1>`, '<sip:s-cscf.example.net;lr>'];
      provider.answer = (request) => {
        if (request.method === 'REGISTER')
          return {
            status: 200,
            headers: { 'Service-Route': route, Contact: header(request, 'contact') ?? '', Path: '<sip:p;lr>' },
          };
        return { status: 486 };
      };
      const here = await gateway(account());
      await registered(here);
      here.calls.placeCall(
        { callRef: 'c', trunk: 'line', target: '+441818118181', sdp: OFFER, ringTimeoutMs: 5_000 },
        () => undefined,
      );
      const invite = await provider.request('INVITE');
      // A drachtio server takes no Route of an application: the call takes the right way, and does not say which.
      expect(headerLines(invite, 'route').join(', ')).toBe(server.isEmbedded ? route.join(', ') : '');
      expect(invite.uri).toBe('sip:+441818118181@example.net');
      expect(contactUser(invite)).toBe(contactUser(await provider.request('REGISTER')));
    });

    test('a call to the Contact is of this trunk, whoever it comes from; who is called stands in To', async () => {
      const here = await gateway(account());
      await registered(here);
      const token = contactUser(await provider.request('REGISTER'));
      const sdp = { 'Content-Type': 'application/sdp' };
      const uri = `sip:${token}@127.0.0.1`;
      const invite = (to: string) =>
        provider.send('INVITE', uri, { ...sdp, To: to, From: '<sip:+4930901820@h>;tag=1' }, OFFER);
      void invite('<sip:+441818118181@example.net>');
      void invite('<sip:620@example.net>');
      await here.heard(() => here.came.length === 2);
      expect(here.came.map(({ trunk, called, account: of }) => [trunk, called, of])).toEqual([
        ['line', '+441818118181', undefined],
        ['line', '620', undefined],
      ]);
      for (const { leg } of here.came) leg.reject({ status: 486 });
    });
  });

  describe('an extension of a PBX', () => {
    const extension = {
      name: '200',
      username: '200-matrix',
      authUsername: 'a7Bc9',
      password: 'secret',
      displayName: 'Alice Example',
      messageWaiting: true,
    };
    const office = (): TrunkInput => ({
      name: 'office',
      host: '127.0.0.1',
      port: provider.port,
      accounts: [extension],
    });

    test('registers, calls and is called in its own name', async () => {
      provider.answer = (request) => {
        const asked = nonceOf(request) ?? /nonce="/.test(header(request, 'proxy-authorization') ?? '');
        if (request.method === 'INVITE') return { status: 486 };
        return asked === false ? { status: 401, headers: { 'WWW-Authenticate': challenge('n') } } : { status: 200 };
      };
      const here = await gateway(office());
      await registered(here);
      const [, register] = provider.of('REGISTER');
      expect(header(register as SipRequest, 'to')).toBe('"Alice Example" <sip:200-matrix@127.0.0.1>');
      expect(header(register as SipRequest, 'authorization')).toContain('username="a7Bc9"');

      here.calls.placeCall(
        { callRef: 'c', trunk: 'office', account: '200', target: '201', sdp: OFFER, ringTimeoutMs: 5_000 },
        () => undefined,
      );
      const invite = await provider.request('INVITE');
      expect(header(invite, 'from')).toMatch(/^"Alice Example" <sip:200-matrix@127\.0\.0\.1>;tag=/);
      expect(invite.uri).toBe(`sip:201@127.0.0.1:${provider.port}`);

      const uri = `sip:${contactUser(register as SipRequest)}@127.0.0.1`;
      void provider.send('INVITE', uri, { 'Content-Type': 'application/sdp', To: '<sip:200@pbx>' }, OFFER);
      await here.heard(() => here.came.length === 1);
      expect(here.came[0]).toMatchObject({ trunk: 'office', account: '200', called: '200' });
      here.came[0]?.leg.reject({ status: 486 });
    });

    test('asks for its voicemail, and hears of it; the same news is no news', async () => {
      const here = await gateway(office());
      const subscribe = await provider.request('SUBSCRIBE');
      expect(subscribe.uri).toBe(`sip:200-matrix@127.0.0.1`);
      expect(header(subscribe, 'event')).toBe('message-summary');
      const dialog = {
        'Call-ID': header(subscribe, 'call-id') ?? '',
        From: '<sip:200-matrix@127.0.0.1>;tag=provider',
        To: header(subscribe, 'from') ?? '',
        Event: 'message-summary',
        'Subscription-State': 'active;expires=3600',
        'Content-Type': 'application/simple-message-summary',
      };
      const uri = (header(subscribe, 'contact') ?? '').replace(/[<>]/g, '');
      const notify = async (cseq: number, body: string): Promise<void> => {
        const answer = await provider.send('NOTIFY', uri, { ...dialog, CSeq: `${cseq} NOTIFY` }, body);
        expect(answer).toMatchObject({ status: 200 });
      };
      await notify(1, 'Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n');
      await notify(2, 'Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n');
      await notify(3, 'Messages-Waiting: no\r\n');
      await here.heard(() => here.news.length === 2);
      expect(here.news).toEqual([
        { trunk: 'office', account: '200', waiting: true, newMessages: 2, oldMessages: 8 },
        { trunk: 'office', account: '200', waiting: false },
      ]);
    });

    test('hears of its voicemail without asking', async () => {
      provider.answer = (request) => ({ status: request.method === 'SUBSCRIBE' ? 489 : 200 });
      const here = await gateway(office());
      const uri = `sip:${contactUser(await provider.request('REGISTER'))}@127.0.0.1`;
      await registered(here);
      const answer = await provider.send(
        'NOTIFY',
        uri,
        { Event: 'message-summary', 'Content-Type': 'application/simple-message-summary' },
        'Messages-Waiting: yes\nMessage-Account: sip:200@pbx\nVoice-Message: 1/0\n',
      );
      expect(answer).toMatchObject({ status: 200 });
      await here.heard(() => here.news.length === 1);
      expect(here.news[0]).toEqual({ trunk: 'office', account: '200', waiting: true, newMessages: 1, oldMessages: 0 });
      expect(await provider.send('NOTIFY', uri, { Event: 'check-sync' })).toMatchObject({ status: 489 });
    });
  });
});
