/** One trunk as it lives: OPTIONS, what calls say about it, its registration, its certificate. */
import { describe, expect, test } from 'vitest';
import { settled } from '../call/fakes.ts';
import { lone } from './lone.ts';

describe('OPTIONS', () => {
  test('goes to the domain of the trunk at its interval; any answer at all shows that it is there', async () => {
    const { clock, stack, trunk, changes } = lone({ keepAliveS: 60, domain: 'example.net', port: 5070 });
    trunk.start();
    expect(stack.last('OPTIONS')).toMatchObject({ uri: 'sip:example.net', proxy: 'sip:192.0.2.1:5070' });
    stack.last('OPTIONS').respond(404);
    expect(trunk.status(3)).toMatchObject({ name: 'a', state: 'up', calls: 3, since: 1_000_000 });
    await clock.pass(59_999);
    expect(stack.sent).toHaveLength(1);
    await clock.pass(1);
    expect(stack.sent).toHaveLength(2);
    stack.last('OPTIONS').respond(200);
    expect(changes.map(({ state }) => state)).toEqual(['up']);
  });

  test('that nobody answers twice: down in words within 90 s; one answer: up', async () => {
    const { clock, stack, trunk, changes } = lone({ keepAliveS: 60 });
    trunk.start();
    stack.last('OPTIONS').respond(200);
    await clock.pass(90_000);
    expect(changes.map(({ state }) => state)).toEqual(['up', 'down']);
    expect(trunk.status(0).detail).toContain('`trunkline trunk test a`');
    const since = changes[1]?.since ?? 0;
    expect(since - 1_000_000).toBeLessThanOrEqual(90_000);
    await clock.pass(10_000);
    stack.last('OPTIONS').respond(503);
    expect(trunk.status(0)).toMatchObject({ state: 'up' });
    expect(trunk.status(0)).not.toHaveProperty('detail');
  });

  test('a late answer is none', async () => {
    const { clock, stack, trunk } = lone({ keepAliveS: 60 });
    trunk.start();
    const first = stack.last('OPTIONS');
    await clock.pass(5_000);
    first.respond(200);
    expect(trunk.status(0).state).toBe('unknown');
  });

  test('looks at the places of the trunk in turn', async () => {
    const { clock, stack, trunk } = lone({ keepAliveS: 60, backupHosts: ['192.0.2.2:5080', '192.0.2.3'] });
    trunk.start();
    await clock.pass(31_000);
    expect(stack.sent.map(({ proxy }) => proxy)).toEqual([
      'sip:192.0.2.1',
      'sip:192.0.2.2:5080',
      'sip:192.0.2.3',
      'sip:192.0.2.1',
    ]);
  });

  test('follows the registration to the node that has it', async () => {
    const { clock, stack, trunk } = lone({
      host: 'sip.example.net',
      keepAliveS: 60,
      credentials: { username: 'u', password: 'p' },
      registration: { expiresS: 3600 },
    });
    trunk.start();
    expect(stack.last('OPTIONS').proxy).toBe('sip:sip.example.net');
    stack.last('REGISTER').respond(200, { source: { address: '192.0.2.77', port: 5090, protocol: 'udp' } });
    stack.last('OPTIONS').respond(200);
    await clock.pass(60_000);
    expect(stack.last('OPTIONS').proxy).toBe('sip:192.0.2.77:5090');
    // Nobody there any more: what the name leads to now.
    await clock.pass(10_000);
    expect(stack.last('OPTIONS').proxy).toBe('sip:sip.example.net');
  });

  test('shows that our address has changed: the registration is renewed, and not again and again', async () => {
    const via = (received: string) => ({ Via: `SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=${received};rport=5060` });
    const { clock, stack, trunk } = lone({
      keepAliveS: 10,
      credentials: { username: 'u', password: 'p' },
      registration: { expiresS: 3600 },
    });
    trunk.start();
    stack.last('REGISTER').respond(200, { headers: via('198.51.100.1') });
    const registers = () => stack.sent.filter(({ method }) => method === 'REGISTER').length;
    const counts: number[] = [];
    for (const address of ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4']) {
      stack.last('OPTIONS').respond(200, { headers: via(address) });
      if (registers() > (counts.at(-1) ?? 1)) stack.last('REGISTER').respond(200);
      counts.push(registers());
      await clock.pass(10_000);
    }
    // The NAT itself, and one move.
    expect(counts).toEqual([2, 3, 3, 3]);
  });
});

describe('what calls say about a trunk', () => {
  test('two that nobody answers: down; without OPTIONS it gets another chance after a minute', async () => {
    const { clock, trunk } = lone();
    const silence = { status: 408, phrase: '', sawProvisional: false, origin: 'timeout' } as const;
    trunk.callFailed(silence);
    expect(trunk.status(0).state).toBe('unknown');
    trunk.callFailed(silence);
    expect(trunk.status(0).state).toBe('down');
    await clock.pass(60_000);
    expect(trunk.status(0).state).toBe('unknown');
    trunk.callAnswered();
    expect(trunk.status(0).state).toBe('up');
  });

  test('somebody who does not pick up says nothing', () => {
    const { trunk } = lone();
    for (let i = 0; i < 3; i++) trunk.callFailed({ status: 408, phrase: '', sawProvisional: true, origin: 'timeout' });
    expect(trunk.status(0).state).toBe('unknown');
  });

  test('503 with Retry-After: no calls for that time; 503 without is about one call alone', async () => {
    const { clock, trunk } = lone();
    trunk.callFailed({ status: 503, phrase: '', sawProvisional: false, origin: 'remote' });
    expect(trunk.status(0).state).toBe('up');
    trunk.callFailed({ status: 503, phrase: '', sawProvisional: false, origin: 'remote', retryAfterS: 30 });
    expect(trunk.status(0)).toMatchObject({ state: 'down', detail: expect.stringContaining('Retry-After') });
    await clock.pass(30_000);
    expect(trunk.status(0).state).toBe('unknown');
  });
});

describe('a registered trunk', () => {
  const account = { credentials: { username: 'u', password: 'p' }, registration: { expiresS: 600 } };

  test('is not down before the first answer, and up with the registration', () => {
    const { stack, trunk } = lone(account);
    trunk.start();
    expect(trunk.status(0)).toMatchObject({
      state: 'unknown',
      registrations: [{ account: 'u', state: 'registering' }],
    });
    stack.last('REGISTER').respond(200);
    expect(trunk.status(0)).toMatchObject({
      state: 'up',
      registrations: [{ state: 'registered', lastRegisteredAt: 1_000_000, expiresAt: 1_600_000 }],
    });
  });

  test('that is forbidden is down, says why, and asks again after five minutes and not before', async () => {
    const { clock, stack, trunk } = lone(account);
    trunk.start();
    stack.last('REGISTER').respond(403, { phrase: 'Account suspended' });
    expect(trunk.status(0)).toMatchObject({
      state: 'down',
      detail: expect.stringMatching(/forbids the registration \(403 Account suspended\)/),
    });
    await clock.pass(299_999);
    expect(stack.sent).toHaveLength(1);
    await clock.pass(1);
    expect(stack.sent).toHaveLength(2);
  });

  test('keeps its registration while the registrar is away, until that is over', async () => {
    const { clock, stack, trunk } = lone(account);
    trunk.start();
    stack.last('REGISTER').respond(200);
    await clock.pass(300_000);
    stack.last('REGISTER').respond(500);
    expect(trunk.status(0).registrations[0]).toMatchObject({ state: 'registered', detail: expect.any(String) });
    for (let i = 0; i < 10; i++) {
      await clock.pass(30_000);
      stack.last('REGISTER').respond(500);
    }
    expect(trunk.status(0)).toMatchObject({ state: 'down', registrations: [{ state: 'refused' }] });
  });

  test('says good-bye, and does not wait for one that does not answer', async () => {
    const { clock, stack, trunk } = lone(account);
    trunk.start();
    stack.last('REGISTER').respond(200);
    const closed = trunk.close();
    expect(stack.last('REGISTER').headers).toMatchObject({ Expires: '0' });
    await clock.pass(2_000);
    await closed;
    await clock.pass(600_000);
    expect(stack.sent).toHaveLength(2);
  });
});

describe('a trunk with many extensions', () => {
  test('registers them by and by, and none after it was closed', async () => {
    const accounts = Array.from({ length: 35 }, (_, index) => {
      const username = String(200 + index);
      return { name: username, username, password: 'p', messageWaiting: false };
    });
    const { clock, stack, trunk } = lone({ accounts });
    trunk.start();
    expect(stack.sent).toHaveLength(10);
    await clock.pass(500);
    expect(stack.sent).toHaveLength(30);
    for (const request of stack.sent) request.respond(200);
    const closed = trunk.close();
    await clock.pass(10_000);
    await closed;
    expect(stack.sent.filter(({ headers }) => headers.Expires !== '0')).toHaveLength(30);
  });
});

describe('a trunk by TLS', () => {
  test('tells when its certificate expires, and looks again', async () => {
    let expiresAt = 42;
    const { clock, trunk } = lone({ transport: 'tls' }, { certificate: async () => expiresAt });
    trunk.start();
    await settled();
    expect(trunk.status(0).certificateExpiresAt).toBe(42);
    expiresAt = 43;
    await clock.pass(6 * 3_600_000);
    expect(trunk.status(0).certificateExpiresAt).toBe(43);
    await trunk.close();
    expect(clock.pending).toBe(0);
  });
});
