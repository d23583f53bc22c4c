/** Several trunks on a server: which one a call goes by, several places of one, pace, limits, IPv6. */
import { afterEach, describe, expect, test } from 'vitest';
import type { OutboundCallRequest } from '../../../sip/index.ts';
import { header } from '../../../sip/message/index.ts';
import { startEmbeddedSipServer } from '../../../sip/server/index.ts';
import type { TrunkInput } from '../../../sip/trunk/index.ts';
import { FakeClock, settled } from '../call/fakes.ts';
import { OFFER, TestCall } from '../call/world.ts';
import type { ServerUnderTest } from '../contract/servers.ts';
import { type Answer, Provider } from '../registration/provider.ts';
import { type Watched, watched } from '../registration/registered.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function provider(): Promise<Provider> {
  const made = await Provider.open();
  stops.unshift(() => made.close());
  return made;
}

async function gateway(trunks: readonly TrunkInput[], options: Parameters<typeof watched>[1] = {}): Promise<Watched> {
  const started = await watched(trunks, options);
  stops.unshift(() => started.close());
  return started;
}

function place(here: Watched, request: Partial<OutboundCallRequest> = {}): TestCall {
  const call = new TestCall();
  call.leg = here.calls.placeCall(
    { callRef: 'c', trunk: 'a', target: '+441818118181', sdp: OFFER, ringTimeoutMs: 20_000, ...request },
    (event) => call.heard(event),
  );
  return call;
}

describe('several trunks', () => {
  test('each call goes by the one that it names', async () => {
    const [one, two] = [await provider(), await provider()];
    for (const each of [one, two]) each.answer = () => ({ status: 486 });
    const here = await gateway([
      { name: 'a', host: '127.0.0.1', port: one.port },
      { name: 'b', host: '127.0.0.1', port: two.port },
    ]);
    await place(here, { trunk: 'b' }).until('failed');
    expect([one, two].map((each) => each.of('INVITE').length)).toEqual([0, 1]);
    expect(here.calls.trunks().map(({ name, state }) => [name, state])).toEqual([
      ['a', 'unknown'],
      ['b', 'up'],
    ]);
  });

  test('one that is not there, or an account that it has not, fails in words and sends nothing', async () => {
    const one = await provider();
    const here = await gateway([{ name: 'a', host: '127.0.0.1', port: one.port }]);
    const failures = [place(here, { trunk: 'x' }), place(here, { account: '200' })].map((call) => call.until('failed'));
    expect((await Promise.all(failures)).map(({ failure }) => [failure.origin, failure.phrase])).toEqual([
      ['local', 'There is no trunk of the name x'],
      ['local', expect.stringContaining('The trunk has no account')],
    ]);
    expect(one.requests).toHaveLength(0);
    await expect(gateway([one, one].map(({ port }) => ({ name: 'a', host: '127.0.0.1', port })))).rejects.toThrow(
      'two trunks have the same name',
    );
  });

  test('five calls at once at ten a second leave in their turns; one that is hung up before its turn is never sent', async () => {
    const one = await provider();
    one.answer = () => ({ status: 486 });
    const clock = new FakeClock();
    const here = await gateway([{ name: 'a', host: '127.0.0.1', port: one.port, callsPerSecond: 1 }], {
      calls: { clock },
    });
    const calls = [1, 2, 3, 4, 5].map(() => place(here));
    await one.request('INVITE', 1);
    calls[2]?.leg.hangup();
    await calls[2]?.until('failed');
    await clock.pass(1_000);
    await one.request('INVITE', 2);
    await clock.pass(2_000);
    await one.request('INVITE', 3);
    await clock.pass(999);
    expect(one.of('INVITE')).toHaveLength(3);
    await clock.pass(1);
    await one.request('INVITE', 4);
    expect(new Set(one.of('INVITE').map((invite) => header(invite, 'call-id'))).size).toBe(4);
  });
});

describe('a trunk that takes a retry with credentials for a repetition', () => {
  test('gets it under another Call-ID, and the call goes on under that one', async () => {
    const one = await provider();
    one.answer = (request): Answer =>
      header(request, 'proxy-authorization') === undefined
        ? { status: 407, headers: { 'Proxy-Authenticate': 'Digest realm="r", nonce="n"' } }
        : {
            status: 200,
            headers: { Contact: `<sip:127.0.0.1:${one.port}>`, 'Content-Type': 'application/sdp' },
            body: OFFER,
          };
    const trunk = { name: 'a', host: '127.0.0.1', port: one.port, credentials: { username: 'u', password: 'p' } };
    const here = await gateway([{ ...trunk, authNewCallId: true }]);
    const call = place(here);
    await call.until('answered');
    const ids = one.of('INVITE').map((invite) => header(invite, 'call-id'));
    expect(ids).toHaveLength(2);
    expect(ids[0]).not.toBe(ids[1]);
    expect(call.leg.sipCallId).toBe(ids[1]);
    call.leg.hangup();
    expect(header(await one.request('BYE'), 'call-id')).toBe(ids[1]);
    await call.until('ended');
  });
});

describe('a trunk on IPv6', () => {
  const onIpv6: ServerUnderTest = {
    name: 'embedded on IPv6',
    isEmbedded: true,
    async start(_options, logger) {
      const embedded = await startEmbeddedSipServer(
        { listeners: [{ transport: 'udp', host: '::1', port: 0 }] },
        logger,
        () => Promise.reject(new Error('no name is known here')),
      );
      return { connection: embedded, embedded, close: () => embedded.close() };
    },
  };

  test('registers, is asked, and takes calls both ways', async () => {
    const one = await Provider.open('::1');
    stops.unshift(() => one.close());
    one.answer = ({ method }) => ({ status: method === 'INVITE' ? 486 : 200 });
    const here = await gateway(
      [
        {
          name: 'a',
          host: '::1',
          port: one.port,
          keepAliveS: 60,
          credentials: { username: 'u', password: 'p' },
          registration: { expiresS: 600 },
        },
      ],
      { on: onIpv6 },
    );
    await here.until(({ state, registrations }) => state === 'up' && registrations[0]?.state === 'registered');
    const register = await one.request('REGISTER');
    expect(register.uri).toBe(`sip:[::1]:${one.port}`);
    expect(header(register, 'contact')).toMatch(/^<sip:t[0-9a-f]+@\[::1\]:\d+>$/);
    expect((await one.request('OPTIONS')).uri).toBe(`sip:[::1]:${one.port}`);
    expect((await place(here).until('failed')).failure.status).toBe(486);
    expect(one.of('INVITE')[0]?.uri).toBe(`sip:+441818118181@[::1]:${one.port}`);
    void one.send('INVITE', 'sip:300@[::1]', { 'Content-Type': 'application/sdp', To: '<sip:300@h>' }, OFFER);
    await here.heard(() => here.came.length === 1);
    expect(here.came[0]).toMatchObject({ trunk: 'a', called: '300' });
    here.came[0]?.leg.reject({ status: 486 });
  });
});

describe('calls at once', () => {
  test('the one above the limit of the trunk is refused in words, and sends nothing', async () => {
    const one = await provider();
    one.answer = ({ method }) => (method === 'INVITE' ? { status: 180 } : { status: 200 });
    const here = await gateway([{ name: 'a', host: '127.0.0.1', port: one.port, maxCalls: 2 }]);
    const calls = [place(here), place(here)];
    await one.request('INVITE', 2);
    expect((await place(here).next('failed')).failure).toMatchObject({
      status: 503,
      q850: 34,
      phrase: 'All lines of the trunk are in use',
      origin: 'local',
    });
    expect(here.trunk()).toMatchObject({ calls: 2, maxCalls: 2 });
    for (const call of calls) {
      call.leg.hangup();
      await call.until('failed');
    }
    expect(here.trunk().calls).toBe(0);
    expect(one.of('INVITE')).toHaveLength(2);
  });
});

describe('several places of one trunk', () => {
  test('the next one gets the call when the first answers 503, without another ring', async () => {
    const [one, two] = [await provider(), await provider()];
    one.answer = () => ({ status: 503 });
    two.answer = () => ({ status: 486 });
    const here = await gateway([
      { name: 'a', host: '127.0.0.1', port: one.port, domain: 'example.net', backupHosts: [`127.0.0.1:${two.port}`] },
    ]);
    const call = place(here);
    expect((await call.next('failed')).failure.status).toBe(486);
    expect([one, two].map((each) => each.of('INVITE')[0]?.uri)).toEqual(Array(2).fill('sip:+441818118181@example.net'));
  });

  test('the next one gets the call when the first says nothing for the time of the trunk', async () => {
    const [one, two] = [await provider(), await provider()];
    one.answer = () => undefined;
    two.answer = () => ({ status: 486 });
    const clock = new FakeClock();
    const trunk = { name: 'a', host: '127.0.0.1', port: one.port, backupHosts: [`127.0.0.1:${two.port}`] };
    const here = await gateway([trunk], { calls: { clock } });
    const call = place(here, { responseTimeoutMs: 6_000 });
    await one.request('INVITE');
    await clock.pass(6_000);
    expect((await call.next('failed')).failure.status).toBe(486);
  });

  test('when none says anything the call fails, once', async () => {
    const [one, two] = [await provider(), await provider()];
    for (const each of [one, two]) each.answer = () => undefined;
    const clock = new FakeClock();
    const trunk = { name: 'a', host: '127.0.0.1', port: one.port, backupHosts: [`127.0.0.1:${two.port}`] };
    const here = await gateway([trunk], { calls: { clock } });
    const call = place(here, { responseTimeoutMs: 6_000 });
    await one.request('INVITE');
    await clock.pass(6_000);
    await two.request('INVITE');
    await clock.pass(6_000);
    expect((await call.next('failed')).failure).toMatchObject({
      status: 408,
      origin: 'timeout',
      sawProvisional: false,
    });
    expect(two.of('INVITE')).toHaveLength(1);
    // Neither CANCEL is answered: nothing is left when their time is over.
    await clock.pass(40_000);
  });
});

describe('OPTIONS to a trunk', () => {
  test('is one at the start and one at each interval', async () => {
    const one = await provider();
    const clock = new FakeClock();
    const here = await gateway([{ name: 'a', host: '127.0.0.1', port: one.port, keepAliveS: 60 }], {
      calls: { clock },
    });
    for (let count = 1; count <= 3; count++) {
      await one.request('OPTIONS', count);
      await here.until(({ state }) => state === 'up');
      await settled();
      await clock.pass(59_999);
      expect(one.of('OPTIONS')).toHaveLength(count);
      await clock.pass(1);
    }
  });
});

describe('OPTIONS of a trunk', () => {
  test('are answered, and those of strangers are not', async () => {
    const [one, stranger] = [await provider(), await provider()];
    const here = await gateway([{ name: 'a', host: '127.0.0.1', port: one.port, keepAliveS: 60 }]);
    await one.request('OPTIONS');
    const answer = await one.send('OPTIONS', 'sip:127.0.0.1', {});
    expect(answer).toMatchObject({ status: 200 });
    expect(header(answer, 'allow')).toContain('INVITE');
    expect(
      here.calls.mayTalk({ ...one.requests[0] } as never, { address: '192.0.2.9', port: 5060, protocol: 'udp' }),
    ).toBe(false);
    expect(stranger.requests).toHaveLength(0);
  });
});
