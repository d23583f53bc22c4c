/** Two embedded servers, each with its application, over real TCP and TLS connections. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type Srf from 'drachtio-srf';
import { afterEach, describe, expect, it } from 'vitest';
import type { EmbeddedSipSettings, ListenerSettings, Locate, TlsSettings } from '../../../../sip/server/index.ts';
import { until } from '../../../world/wait.ts';
import { type Bench, call, event, failure, LOOPBACK_UDP_TCP, noDns, SDP, startBench } from '../harness.ts';

function pem(name: string): string {
  return readFileSync(new URL(`../data/tls/${name}`, import.meta.url), 'utf8');
}

const SERVER: TlsSettings = { cert: pem('server.pem'), key: pem('server.key'), ca: pem('ca.pem') };
const open: Bench[] = [];

async function bench(settings: Partial<EmbeddedSipSettings>, locate?: Locate): Promise<Bench> {
  const made = await startBench(settings, locate ?? noDns);
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function tlsListener(tls: TlsSettings): readonly ListenerSettings[] {
  return [{ transport: 'tls', host: '127.0.0.1', port: 0, tls }];
}

/** The application answers every call; settles with the dialog of the first. */
function answering(at: Bench): Promise<Srf.Dialog> {
  return new Promise((resolve, reject) => {
    at.srf.invite((req, res) => {
      at.srf.createUAS(req, res, { localSdp: SDP }).then(resolve, reject);
    });
  });
}

function portOf(at: Bench, transport: string): number {
  return at.server.addresses.find((one) => one.transport === transport)?.port ?? 0;
}

describe('TCP', () => {
  it('carries a call and its hang-up from the called side on one connection', async () => {
    const caller = await bench({ listeners: LOOPBACK_UDP_TCP });
    const called = await bench({ listeners: LOOPBACK_UDP_TCP });
    const answered = answering(called);
    const dialog = await call(caller.srf, `sip:b@127.0.0.1:${portOf(called, 'tcp')};transport=tcp`);
    const ended = event(dialog, 'destroy');
    await (await answered).destroy();
    await ended;
    expect(caller.server.counts()).toMatchObject({ dialogs: 0, connections: 1 });
    expect(called.server.counts()).toMatchObject({ dialogs: 0, connections: 1 });
  });

  it('uses a connection again for the next call', async () => {
    const caller = await bench({ listeners: LOOPBACK_UDP_TCP });
    const called = await bench({ listeners: LOOPBACK_UDP_TCP });
    answering(called).catch(() => undefined);
    const uri = `sip:b@127.0.0.1:${portOf(called, 'tcp')};transport=tcp`;
    for (let turn = 0; turn < 3; turn += 1) await (await call(caller.srf, uri)).destroy();
    expect(caller.server.counts().connections).toBe(1);
  });

  const rawTcp = async (at: Bench): Promise<{ socket: Socket; read(): Promise<string>; closed: Promise<void> }> => {
    const socket = connect(portOf(at, 'tcp'), '127.0.0.1');
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const read = () => new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(bytes.toString())));
    return { socket, read, closed };
  };

  const options = (callId: string, via: string) =>
    `OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP ${via};branch=z9hG4bK${callId}\r\nFrom: <sip:x@y>;tag=1\r\n` +
    `To: <sip:a@b>\r\nCall-ID: ${callId}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;

  it('answers a keep-alive (RFC 5626 §3.5.1) and messages that come in pieces', async () => {
    const at = await bench({ listeners: LOOPBACK_UDP_TCP });
    const { socket, read } = await rawTcp(at);
    socket.write('\r\n\r\n');
    expect(await read()).toBe('\r\n');
    const text = options('pieces', '127.0.0.1:9');
    const answer = read();
    for (const piece of [text.slice(0, 10), text.slice(10, 70), text.slice(70)]) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await answer).toMatch(/^SIP\/2\.0 200 /);
    socket.destroy();
  });

  it('closes a connection whose messages have no end that can be found', async () => {
    const at = await bench({ listeners: LOOPBACK_UDP_TCP });
    const { socket, closed, read } = await rawTcp(at);
    const answer = read();
    socket.write(options('lost', '127.0.0.1:9').replace('Content-Length: 0', 'Content-Length: many'));
    expect(await answer).toMatch(/^SIP\/2\.0 400 /);
    await closed;
  });

  it('takes no more connections from one source than the limit', async () => {
    const at = await bench({ listeners: LOOPBACK_UDP_TCP, maxConnections: 2 });
    const first = await rawTcp(at);
    const second = await rawTcp(at);
    const third = await rawTcp(at);
    await third.closed;
    first.socket.write('\r\n\r\n');
    expect(await first.read()).toBe('\r\n');
    first.socket.destroy();
    second.socket.destroy();
  });

  it('closes an idle connection', async () => {
    const at = await bench({ listeners: LOOPBACK_UDP_TCP, idleConnectionMs: 50 });
    const { closed } = await rawTcp(at);
    await closed;
  });

  it('opens a connection for a response when the one of the request is gone (RFC 3261 §18.2.2)', async () => {
    const at = await bench({ listeners: LOOPBACK_UDP_TCP });
    const other = await bench({ listeners: LOOPBACK_UDP_TCP });
    let answer: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      const { srf } = at as unknown as { srf: { options(run: (req: unknown, res: Srf.SrfResponse) => void): void } };
      srf.options((_req, res) => {
        answer = () => res.send(200);
        resolve();
      });
    });
    const { socket, closed } = await rawTcp(at);
    socket.write(options('gone', `127.0.0.1:${portOf(other, 'tcp')}`));
    await asked;
    socket.destroy();
    await closed;
    await until('the connection to close', () => at.server.counts().connections === 0);
    answer?.();
    await until('one connection', () => other.server.counts().connections === 1);
  });
});

describe('TLS', () => {
  const byName =
    (port: () => number, serverName: string): Locate =>
    async () => [{ transport: 'tls', address: '127.0.0.1', port: port(), serverName }];

  it('carries a call to a server whose certificate is for the name that was asked for', async () => {
    const called = await bench({ listeners: tlsListener(SERVER) });
    const answered = answering(called);
    // Outgoing only: no certificate of its own, nothing listens.
    const caller = await bench(
      { listeners: tlsListener({ ca: pem('ca.pem') }) },
      byName(() => portOf(called, 'tls'), 'sip.example.test'),
    );
    const dialog = await call(caller.srf, 'sip:b@sip.example.test;transport=tls');
    const ended = event(dialog, 'destroy');
    // The caller listens nowhere: the BYE must come on its own connection.
    await (await answered).destroy();
    await ended;
    expect(called.server.counts()).toMatchObject({ dialogs: 0, connections: 1 });
  });

  it.each([
    ['is for another name', 'other.example.test', { ca: pem('ca.pem') }],
    ['is vouched for by nobody we know', 'sip.example.test', {}],
  ])('refuses a server whose certificate %s', async (_what, name, tls) => {
    const called = await bench({ listeners: tlsListener(SERVER) });
    const caller = await bench(
      { listeners: tlsListener(tls) },
      byName(() => portOf(called, 'tls'), name),
    );
    const error = await failure(call(caller.srf, `sip:b@${name};transport=tls`));
    expect(error.status).toBe(503);
    expect(error.res?.get('Warning')).toMatch(/certificate|altnames/i);
    expect(caller.server.counts().connections).toBe(0);
  });

  it('asks clients for a certificate when it shall', async () => {
    const called = await bench({ listeners: tlsListener({ ...SERVER, verifyClient: true }) });
    answering(called).catch(() => undefined);
    const locate = byName(() => portOf(called, 'tls'), 'sip.example.test');
    const stranger = await bench({ listeners: tlsListener({ ca: pem('ca.pem') }) }, locate);
    expect((await failure(call(stranger.srf, 'sip:b@sip.example.test'))).status).toBe(503);
    const known = await bench(
      { listeners: tlsListener({ ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key') }) },
      locate,
    );
    await (await call(known.srf, 'sip:b@sip.example.test')).destroy();
  });
});
