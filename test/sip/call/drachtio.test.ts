/** Several SIP servers at once, over control connections that are lost, hang or lie: what drachtio-srf does not see to. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { reconnectDelay } from '../../../sip/call/drachtio-server.ts';
import { faultWords } from '../../../sip/call/drachtio-settings.ts';
import { createSipCalls } from '../../../sip/call/index.ts';
import { header } from '../../../sip/message/index.ts';
import { trunkSettings } from '../../../sip/trunk/index.ts';
import { settled } from './fakes.ts';
import { PretendedServer } from './pretended-server.ts';
import {
  callIds,
  clock,
  events,
  eventually,
  invite,
  lastDown,
  log,
  open,
  outcomeOf,
  passUntil,
  server,
  stack,
  to,
} from './servers-world.ts';

const pem = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../server/data/tls/${name}`, import.meta.url)));

describe('several servers', () => {
  test('take calls in turn; what belongs together stays together', async () => {
    const [one, two] = [await server(), await server()];
    open({ servers: [to(one, { name: 'one' }), to(two, { name: 'two' })] });
    await eventually(() => events.length === 2);
    for (const id of ['a', 'b', 'c', 'd']) invite(id);
    invite('a');
    invite('b');
    await eventually(() => one.requests.length + two.requests.length === 6);
    expect(one.requests).toHaveLength(3);
    const first = callIds(one).includes('a') ? one : two;
    expect(callIds(first).filter((id) => id === 'a')).toHaveLength(2);
    expect(callIds(first)).not.toContain('b');
    expect(stack.health()).toMatchObject({
      connected: true,
      servers: [
        { name: 'one', connected: true, detail: 'one is connected.', version: 'v0.9.10' },
        { name: 'two', connected: true },
      ],
    });
  });

  test('two of them give one name to two dialogs: each request goes to its own', async () => {
    const [one, two] = [await server(), await server()];
    open({ servers: [to(one), to(two)] });
    await eventually(() => events.length === 2);
    const sent = [invite('a'), invite('b')];
    await eventually(() => one.requests.length === 1 && two.requests.length === 1);
    for (const each of [one, two]) {
      const [request] = each.requests;
      if (request === undefined) throw new Error('no request');
      each.sent(request, 't1');
      each.respond(request, 't1', 'dialog', 200);
    }
    await eventually(() => sent.every(({ responses }) => responses.length === 1));
    const [ofA, ofB] = sent.map(({ responses }) => responses[0]?.dialogId ?? '');
    expect(ofA).not.toBe(ofB);
    const isFirst = callIds(one)[0] === 'a';
    invite('elsewhere', { dialogId: ofB ?? '' });
    const other = isFirst ? two : one;
    await eventually(() => other.requests.length === 2);
    expect(other.requests[1]).toMatchObject({ dialogId: 'dialog' });
  });

  test('one dies: its calls are told, the others go on, new calls go by the others, and it is connected to again', async () => {
    const [one, two] = [await server(), await server()];
    open({ servers: [to(one, { name: 'one' }), to(two, { name: 'two' })] });
    await eventually(() => events.length === 2);
    for (const id of ['a', 'b']) stack.attach(id, () => undefined, log.logger);
    const sent = { a: invite('a'), b: invite('b') };
    await eventually(() => one.requests.length === 1 && two.requests.length === 1);
    const dead = callIds(one)[0] as 'a' | 'b';
    const alive = dead === 'a' ? 'b' : 'a';
    one.cut();
    await eventually(() => events.includes('down one'));
    expect(lastDown?.had(dead)).toBe(true);
    expect(lastDown?.had(alive)).toBe(false);
    expect(lastDown?.isOnly).toBe(true);
    expect(sent[dead].errors).toMatchObject([{ kind: 'disconnected' }]);
    expect(sent[alive].errors).toEqual([]);
    expect(stack.connected).toBe(true);
    expect(stack.health().servers[0]).toMatchObject({
      connected: false,
      lost: 1,
      detail: 'one broke the connection off.',
    });
    // The call is not moved, even when another server is there: that one knows nothing of it.
    expect(await outcomeOf(invite(dead))).toBe('disconnected');
    for (const id of ['c', 'd', 'e']) invite(id);
    await eventually(() => two.requests.length === 4);
    await clock.pass(250);
    await eventually(() => events.filter((event) => event === 'up one').length === 2);
    const told = log.lines.filter((line) => line.includes('"level":50'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('The SIP server one broke the connection off. Its calls end; it is connected to again');
  });

  test('requests from all of them come in, and are answered where they came from', async () => {
    const [one, two] = [await server(), await server()];
    open({ servers: [to(one), to(two)] });
    const methods: string[] = [];
    stack.onRequest('OPTIONS', (request) => {
      methods.push(header(request.message, 'call-id') ?? '');
      request.respond(200);
    });
    await eventually(() => events.length === 2);
    for (const [each, id] of [
      [one, 'x'],
      [two, 'y'],
    ] as const) {
      await each.hears('route options');
      each.receive(`t-${id}`, 'OPTIONS', { To: '<sip:us@192.0.2.9>', 'Call-ID': id, CSeq: '1 OPTIONS' });
    }
    await one.hears('response 200 t-x');
    await two.hears('response 200 t-y');
    expect(methods.sort()).toEqual(['x', 'y']);
  });

  test('none is there: a request fails at once, and later ones do not', async () => {
    const one = await server();
    open({ servers: [to(one)] });
    expect(await outcomeOf(invite('a'))).toBe('disconnected');
    await eventually(() => events.length === 1);
    invite('a');
    await eventually(() => one.requests.length === 1);
  });
});

test('a registration whose server is gone is made over another at once', async () => {
  const [one, two] = [await server(), await server()];
  open({ servers: [] });
  const calls = await createSipCalls({
    connection: { servers: [to(one), to(two)] },
    trunks: [
      trunkSettings({
        name: 'test',
        host: '192.0.2.1',
        credentials: { username: 'alice', password: 'secret' },
        registration: { expiresS: 3_600 },
      }),
    ],
    logger: log.logger,
    clock,
  });
  const registers = ({ requests }: PretendedServer) => requests.filter(({ method }) => method === 'REGISTER');
  await clock.pass(5_000);
  await eventually(() => registers(one).length + registers(two).length > 0);
  const [home, other] = registers(one).length > 0 ? [one, two] : [two, one];
  for (const request of registers(home)) {
    home.sent(request, 'r1');
    home.respond(request, 'r1', '', 200, { headers: { Contact: '<sip:alice@192.0.2.9>;expires=3600' } });
  }
  await eventually(() => calls.trunks()[0]?.registrations[0]?.state === 'registered');
  const before = registers(other).length;
  home.cut();
  await eventually(() => registers(other).length > before);
  const closed = calls.close(0);
  await clock.pass(60_000);
  await closed;
});

describe('one server', () => {
  test('a response that comes with the confirmation of its request is heard, each of a hundred', async () => {
    const one = await server();
    open({ servers: [to(one)] });
    await eventually(() => events.length === 1);
    const sent = Array.from({ length: 100 }, (_, index) => invite(`c${index}`));
    await eventually(() => one.requests.length === 100);
    for (const [index, request] of one.requests.entries()) {
      one.sent(request, `t${index}`);
      one.respond(request, `t${index}`, 'd', 486);
    }
    await eventually(() => sent.every(({ responses }) => responses.length === 1));
  });

  test('refuses the secret: it is said in words, not tried in a tight loop, and never logged', async () => {
    const one = await server({ secret: 'another' });
    open({ servers: [to(one, { name: 'one' })] });
    await eventually(() => stack.health().servers[0]?.detail === 'one refused the connection: check its secret.');
    await clock.pass(20_000);
    expect(one.connections).toBe(1);
    await passUntil(() => one.connections === 2);
    expect(log.lines.filter((line) => line.includes('check its secret') && line.includes('"level":50'))).toHaveLength(
      1,
    );
    expect(log.lines.join('')).not.toContain('open sesame');
  });

  test('is not there for a while: one line in the log, and it is found when it comes', async () => {
    const gone = await PretendedServer.open();
    await gone.close();
    open({ servers: [to(gone, { name: 'one' })] });
    await eventually(() => stack.health().servers[0]?.detail.includes('cannot be reached (ECONNREFUSED)') ?? false);
    await passUntil(() => log.lines.filter((line) => line.includes('ECONNREFUSED')).length > 5, 500);
    expect(log.lines.filter((line) => line.includes('"level":50'))).toHaveLength(1);
  });

  test('takes the connection and drops it, again and again: it is tried ever less often, until it has stayed', async () => {
    const one = await server();
    open({ servers: [to(one, { name: 'one' })] });
    const ups = (): number => events.filter((event) => event === 'up one').length;
    await eventually(() => ups() === 1);
    for (const [round, delayMs] of [250, 500, 1_000, 2_000, 4_000].entries()) {
      one.cut();
      await eventually(() => events.filter((event) => event === 'down one').length === round + 1);
      await clock.pass(delayMs - 1);
      expect(one.connections).toBe(round + 1);
      await clock.pass(1);
      await eventually(() => ups() === round + 2);
    }
    await clock.pass(10_000);
    one.cut();
    await eventually(() => events.at(-1) === 'down one');
    await clock.pass(250);
    await eventually(() => events.at(-1) === 'up one');
  });

  test('hangs while its connection stays: it is given up when it answers no ping', async () => {
    const one = await server();
    open({ servers: [to(one, { name: 'one' })] });
    await eventually(() => events.length === 1);
    await clock.pass(15_000);
    await one.hears('ping');
    await settled();
    one.mute = true;
    const passedMs = await passUntil(() => events.includes('down one'), 5_000);
    expect(passedMs).toBeLessThanOrEqual(75_000);
    expect(stack.health().servers[0]?.detail).toMatch(/one is connected, but answers nothing/);
    one.mute = false;
    await clock.pass(250);
    await eventually(() => events.at(-1) === 'up one');
  });

  test('answers its pings: nothing happens for hours', async () => {
    const one = await server();
    open({ servers: [to(one)] });
    await eventually(() => events.length === 1);
    for (let count = 1; count <= 50; count++) {
      await clock.pass(15_000);
      await eventually(() => one.heard.filter((one_) => one_ === 'ping').length === count);
    }
    expect(events).toHaveLength(1);
  });

  test.each(['SSH-2.0-OpenSSH_9.2#', '7#id|what', '#', '99999999999999999999#'])(
    'says %s, which is not its protocol: the gateway goes on, and tries again later',
    async (text) => {
      const one = await server();
      open({ servers: [to(one, { name: 'one' })] });
      await eventually(() => events.length === 1);
      one.sayRaw(text);
      if (text === '#' || text.startsWith('999')) {
        // Nothing can be told from it; then only silence shows it.
        one.mute = true;
        await passUntil(() => events.includes('down one'), 5_000);
      } else {
        await eventually(() => events.includes('down one'));
        expect(stack.health().servers[0]?.detail).toContain('does not speak the control protocol');
      }
    },
  );

  test('a message that would choke drachtio is refused in words; the embedded server takes it', async () => {
    const [drachtio, embedded] = [await server(), await server({ version: 'v0.9.10-trunkline' })];
    open({ servers: [to(drachtio)] });
    await eventually(() => events.length === 1);
    const sent = invite('a', { body: 'x'.repeat(12_000) });
    expect(await outcomeOf(sent)).toBe('refused');
    expect(sent.errors[0]?.message).toContain('longer than a drachtio server can take');
    stack.close();
    open({ servers: [to(embedded)] });
    await eventually(() => stack.connected);
    invite('b', { body: 'x'.repeat(12_000) });
    await eventually(() => embedded.requests.length === 1);
  });

  test('an old one is used, and named', async () => {
    const one = await server({ version: 'v0.8.26' });
    open({ servers: [to(one, { name: 'one' })] });
    await eventually(() => log.lines.some((line) => line.includes('The SIP server one is older than 0.9: update it')));
    expect(stack.connected).toBe(true);
  });

  test('closing ends every wait, connected or not', async () => {
    const [one, gone] = [await server(), await PretendedServer.open()];
    await gone.close();
    open({ servers: [to(one), to(gone)] });
    await eventually(() => events.length === 1 && log.lines.some((line) => line.includes('ECONNREFUSED')));
    stack.close();
    expect(clock.pending).toBe(0);
    expect(stack.connected).toBe(false);
  });
});

describe('back-off', () => {
  const lost = { kind: 'lost', error: undefined } as const;

  test('doubles up to five seconds, scattered', () => {
    expect([1, 2, 3, 4, 5, 6, 20].map((attempt) => reconnectDelay(lost, attempt, 0.5))).toEqual([
      250, 500, 1_000, 2_000, 4_000, 5_000, 5_000,
    ]);
    expect(reconnectDelay(lost, 6, 0)).toBe(3_750);
    expect(reconnectDelay(lost, 6, 1)).toBe(6_250);
  });

  test('what only an administrator can mend waits half a minute', () => {
    for (const fault of [
      { kind: 'secret' },
      { kind: 'tls', error: undefined },
      { kind: 'nonsense', error: undefined },
    ] as const)
      expect(reconnectDelay(fault, 1, 0.5)).toBe(30_000);
  });

  test('every fault has words', () => {
    const error = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    for (const kind of ['unreachable', 'tls', 'nonsense', 'lost'] as const)
      expect(faultWords({ kind, error })).toMatch(/^(?:cannot|does|broke)/);
    for (const kind of ['secret', 'silent', 'closed'] as const)
      expect(faultWords({ kind })).toMatch(/^(?:refused|is) /);
  });
});

describe('TLS to the control port', () => {
  const tls = { cert: pem('server.pem'), key: pem('server.key') };

  test('with a certificate that is vouched for; and again by TLS after the connection was lost', async () => {
    const one = await server({ tls });
    open({ servers: [to(one, { name: 'one', tls: { ca: pem('ca.pem') } })] });
    await eventually(() => events.length === 1);
    one.cut();
    await eventually(() => events.length === 2);
    await clock.pass(250);
    await eventually(() => events.at(-1) === 'up one');
    // What speaks no TLS would not have been heard at all.
    expect(one.heard.filter((command) => command === 'authenticate open sesame')).toHaveLength(2);
  });

  test('nobody vouches for it: the secret is not said', async () => {
    const one = await server({ tls });
    open({ servers: [to(one, { name: 'one', tls: {} })] });
    await eventually(() => /cannot be reached by TLS/.test(stack.health().servers[0]?.detail ?? ''));
    expect(one.heard).toEqual([]);
  });

  test('unless it is not to be verified', async () => {
    const one = await server({ tls });
    open({ servers: [to(one, { tls: { verifyServer: false } })] });
    await eventually(() => events.length === 1);
  });

  test('the server speaks none', async () => {
    const one = await server();
    open({ servers: [to(one, { name: 'one', tls: { ca: pem('ca.pem') } })] });
    one.cut();
    await passUntil(
      () => stack.health().servers[0]?.connected === false && log.lines.some((line) => line.includes('"level":50')),
    );
    expect(one.heard.join()).not.toContain('sesame');
  });
});
