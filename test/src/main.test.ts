/** The process as its administrator starts it. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startEmbeddedSipServer } from '../../sip/server/index.ts';
import { freePort } from '../world/ports.ts';
import { Process } from '../world/process.ts';

const ROOT = join(import.meta.dirname, '../..');
const NODE = join(ROOT, 'node_modules/node/bin/node');
const MAIN = join(ROOT, 'src/main.ts');
const WRAPPER = join(ROOT, 'src/cli/trunkline.mjs');

let folder: string;
let port: number;
let started: Process[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-'));
  port = await freePort();
  started = [];
  writeFileSync(
    join(folder, 'trunkline.yaml'),
    `
homeserver: {url: 'http://127.0.0.1:9', domain: example.org}
appservice: {url: 'http://127.0.0.1:${port}', listen: {port: ${port}}}
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: ['@*:example.org']}
numbers: {region: GB}
trunks: [{name: office, host: 127.0.0.1, port: 9}]
sip: {embedded: {listen: [{transport: udp, host: 127.0.0.1, port: 0}]}}
media: {embedded: {workers: 1, rtp: {bind: 127.0.0.1}, webrtc: {bind: [127.0.0.1]}}}
`,
  );
});
afterEach(async () => {
  await Promise.all(started.map((each) => each.stop(5_000)));
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  args: readonly string[],
  [node, script]: readonly [string, string] = [NODE, MAIN],
  env: Readonly<Record<string, string>> = {},
): Promise<Process> {
  const running = await Process.start(node, [script, ...args], { name: 'trunkline', cwd: folder, env });
  started.push(running);
  return running;
}

async function register(): Promise<string> {
  const { code } = await (await start(['registration'])).ended;
  expect(code).toBe(0);
  return parse(readFileSync(join(folder, 'registration.yaml'), 'utf8')).hs_token;
}

describe('trunkline run', { timeout: 60_000 }, () => {
  it('answers lookups without a homeserver, tells its story and stops at SIGTERM', async () => {
    const token = await register();
    const gateway = await start(['run']);
    await gateway.waitForLine(/Calls go and come by office/, 40_000);
    const lookup = `http://127.0.0.1:${port}/_matrix/app/v1/thirdparty/user/m.protocol.pstn?m.id.phone=01818118181`;
    const response = await fetch(lookup, { headers: { authorization: `Bearer ${token}` } });
    expect(await response.json()).toMatchObject([{ userid: '@_sip_01818118181=40sip.example.org:example.org' }]);
    const health = await (await fetch(`http://127.0.0.1:${port}/health`)).json();
    expect(health).toMatchObject({ status: 'ready', parts: { store: { state: 'ok' }, sip: { state: 'ok' } } });
    gateway.kill('SIGTERM');
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
    const story = gateway.output;
    expect(story.indexOf('Lookups are answered')).toBeLessThan(story.indexOf('the embedded media engine is ready'));
    expect(story).toMatch(/"msg":"Stopped"\}\n$/);
    expect(story).not.toContain(token);
    expect(story).not.toContain('01818118181');
    expect(existsSync(join(folder, 'trunkline.sqlite'))).toBe(true);
  });

  it('goes on when nobody reads its log any more', async () => {
    const token = await register();
    const gateway = spawn(NODE, [MAIN, 'run'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = once(gateway, 'exit');
    try {
      await new Promise<void>((resolve) => {
        gateway.stdout.on('data', (text) => String(text).includes('Calls go and come by') && resolve());
      });
      gateway.stdout.destroy();
      // Each of these is worth a line in the log: the homeserver, which would register the ghost, is not there.
      for (const number of ['01818118181', '01818118182', '01818118183']) {
        const lookup = `http://127.0.0.1:${port}/_matrix/app/v1/thirdparty/user/m.protocol.pstn?m.id.phone=${number}`;
        expect((await fetch(lookup, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
      }
      expect(gateway.exitCode).toBeNull();
    } finally {
      gateway.kill('SIGTERM');
    }
    expect(await ended).toEqual([0, null]);
  });

  it('gives people a listener of their own', async () => {
    const people = await freePort();
    const file = join(folder, 'trunkline.yaml');
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8')}
http: {listen: {port: ${people}}}
dialer: {homeserver_url: 'https://matrix.example.org'}
`,
    );
    await register();
    const gateway = await start(['run']);
    await gateway.waitForLine(/Calls go and come by office/, 40_000);
    const config = await fetch(`http://127.0.0.1:${people}/dialer/config.json`);
    expect(await config.json()).toMatchObject({
      homeserverUrl: 'https://matrix.example.org',
      gatewayUsers: ['@trunkline:', '@_sip_', '@.tel.'],
    });
    expect(config.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect((await fetch(`http://127.0.0.1:${people}/health`)).status).toBe(200);
    const metrics = await (await fetch(`http://127.0.0.1:${people}/metrics`)).text();
    expect(metrics).toMatch(/^trunkline_calls 0$/m);
    expect(metrics).toMatch(/^trunkline_media_sessions 0$/m);
    expect((await fetch(`http://127.0.0.1:${people}/_matrix/app/v1/ping`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/dialer/config.json`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/_matrix/app/v1/ping`, { method: 'POST' })).status).toBe(401);
  });

  it('speaks SIP by the drachtio server that the configuration names', async () => {
    const listeners = [{ transport: 'udp', host: '127.0.0.1', port: 0 }] as const;
    const drachtio = await startEmbeddedSipServer({ listeners }, pino({ level: 'silent' }), async () => []);
    try {
      const { host, port: control, secret } = drachtio;
      writeFileSync(join(folder, 'secret'), `${secret}\n`);
      const env = {
        TRUNKLINE_SIP__SERVER: 'drachtio',
        TRUNKLINE_SIP__DRACHTIO__SERVERS__0__HOST: host,
        TRUNKLINE_SIP__DRACHTIO__SERVERS__0__PORT: String(control),
        TRUNKLINE_SIP__DRACHTIO__SERVERS__0__SECRET_FILE: 'secret',
      };
      await register();
      const gateway = await start(['run'], [NODE, MAIN], env);
      await gateway.waitForLine(/Calls go and come by office/, 40_000);
      const health = await fetch(`http://127.0.0.1:${port}/health`);
      expect(await health.json()).toMatchObject({ status: 'ready', parts: { sip: { state: 'ok' } } });
      expect(gateway.output).not.toContain(secret);
      expect(gateway.output).not.toContain('the embedded SIP server is ready');
    } finally {
      await drachtio.close();
    }
  });

  it('starts without its drachtio server, and health says what is missing', async () => {
    const env = {
      TRUNKLINE_SIP__SERVER: 'drachtio',
      TRUNKLINE_SIP__DRACHTIO: '{servers: [{host: 127.0.0.1, port: 9, secret: cymru}]}',
    };
    await register();
    const gateway = await start(['run'], [NODE, MAIN], env);
    await gateway.waitForLine(/Calls go and come by office/, 40_000);
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: 'not-ready', parts: { sip: { state: 'down' } } });
  });

  it('is told in words that there is no registration, or not the one that is needed', async () => {
    const without = await start(['run']);
    expect((await without.ended).code).toBe(78);
    expect(without.output).toContain('`trunkline registration` writes it');
    expect(without.output).not.toContain('    at ');

    await register();
    const file = join(folder, 'registration.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('sender_localpart: trunkline', 'sender_localpart: other'));
    const other = await start(['run']);
    expect((await other.ended).code).toBe(78);
    expect(other.output).toContain('sender_localpart changed from "other"');
  });

  it('is told in words that its port is taken', async () => {
    await register();
    const server = createServer().listen(port, '127.0.0.1');
    try {
      const gateway = await start(['run']);
      expect((await gateway.ended).code).toBe(1);
      expect(gateway.output).toContain('another program has it');
      expect(gateway.output).not.toContain('    at ');
    } finally {
      server.close();
    }
  });
});

/** A Node.js of the machine that is older than Trunkline needs. */
function olderNode(): string | undefined {
  const candidates = ['/usr/bin/node', '/usr/local/bin/node'].filter((file) => existsSync(file));
  return candidates.find((file) => {
    const version = execFileSync(file, ['--version'], { encoding: 'utf8' });
    return Number(/^v(\d+)/.exec(version)?.[1]) < 24;
  });
}

describe('the trunkline command', { timeout: 60_000 }, () => {
  it('runs on the Node.js that it needs', async () => {
    const command = await start(['--version'], [NODE, WRAPPER]);
    expect((await command.ended).code).toBe(0);
    expect(command.output).toMatch(/^trunkline \d+\.\d+\.\d+/);
  });

  it.skipIf(olderNode() === undefined)(
    'brings its own when an older one starts it, and passes signals on',
    async () => {
      await register();
      const command = await start(['run'], [olderNode() ?? '', WRAPPER]);
      await command.waitForLine(/Calls go and come by/, 40_000);
      process.kill(command.pid, 'SIGTERM');
      expect(await command.ended).toEqual({ code: 0, signal: null });
      expect(command.output).toContain('Stopped');
    },
  );
});
