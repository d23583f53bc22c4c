import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppServiceRegistration } from 'matrix-appservice-bridge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Config } from '../../../config/index.ts';
import type { CliContext, RunningGateway } from '../../../src/cli/index.ts';
import { type Outcome, runIn } from './run-in.ts';

const CONFIG = `
homeserver: {url: 'http://localhost:8008', domain: example.org}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: ['@*:example.org']}
numbers: {region: GB}
trunks: [{name: office, host: sip.example.net}]
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-'));
  writeFileSync(join(folder, 'trunkline.yaml'), CONFIG);
});
afterEach(() => rmSync(folder, { recursive: true }));

function cli(args: string, overrides: Partial<CliContext> = {}): Promise<Outcome> {
  return runIn(folder, args === '' ? [] : args.split(' '), overrides);
}

const registrationFile = () => join(folder, 'registration.yaml');

describe('trunkline', () => {
  it('lists its commands when it is given none', async () => {
    expect(await cli('')).toMatchObject({ status: 2, told: expect.stringContaining('config check') });
  });

  it('tells its version', async () => {
    expect(await cli('--version')).toMatchObject({ status: 0, out: 'trunkline 1.2.3\n' });
  });

  it.each(['run', 'registration', 'config check', 'config show', 'config schema', 'config sample', 'ladder'])(
    '%s --help',
    async (command) => {
      const { status, out } = await cli(`${command} --help`);
      expect(status).toBe(0);
      expect(out).toContain(`Usage: trunkline ${command}`);
      expect((await cli(`help ${command}`)).out).toBe(out);
    },
  );

  it.each([
    ['frobnicate', /not a command/],
    ['config', /config check, config show, config sample, config schema/],
    ['run --fast', /Unknown option '--fast'/],
    ['run now', /now/],
    ['ladder', /usage: trunkline ladder CALL/],
    ['ladder a b c', /usage: trunkline ladder CALL/],
  ])('%s is wrong usage', async (args, words) => {
    const { status, told } = await cli(args);
    expect(status).toBe(2);
    expect(told).toMatch(words);
    expect(told).not.toContain('    at ');
  });
});

describe('config check', () => {
  it('passes what is right', async () => {
    expect(await cli('config check')).toMatchObject({ status: 0, told: expect.stringContaining('no faults') });
  });

  it('says what is probably not meant, and passes it all the same', async () => {
    writeFileSync(join(folder, 'trunkline.yaml'), CONFIG.replace("'@*:example.org'", "'*'"));
    const { status, told } = await cli('config check');
    expect(status).toBe(0);
    expect(told).toContain('Look at this: permissions.call_out lets people of other servers call');
  });

  it('exits with 78 and every fault', async () => {
    writeFileSync(join(folder, 'trunkline.yaml'), CONFIG.replace('GB', 'XX').replace('office', '"of fice"'));
    const { status, told } = await cli('config check');
    expect(status).toBe(78);
    expect(told).toContain('2 faults');
  });

  it('takes the file of TRUNKLINE_CONFIG, and --config before it', async () => {
    const env = { TRUNKLINE_CONFIG: 'absent.yaml' };
    expect((await cli('config check', { env })).told).toContain('absent.yaml:1:1');
    expect((await cli('config check -c trunkline.yaml', { env })).status).toBe(0);
  });

  it('takes its own sample', async () => {
    writeFileSync(join(folder, 'trunkline.yaml'), (await cli('config sample')).out);
    expect((await cli('config check')).status).toBe(0);
  });
});

describe('config show', () => {
  it('prints what counts, without secrets, and what it prints is right but for those', async () => {
    const env = {
      TRUNKLINE_TRUNKS__0__USERNAME: 'u',
      TRUNKLINE_TRUNKS__0__PASSWORD: 'hunter2',
      TRUNKLINE_NUMBERS__REGION: 'DE',
    };
    const { status, out } = await cli('config show', { env });
    expect(status).toBe(0);
    expect(out).not.toContain('hunter2');
    expect(parse(out)).toMatchObject({
      numbers: { region: 'DE' },
      trunks: [{ name: 'office', password: '[secret]', ring_timeout_s: 60 }],
      store: { path: join(folder, 'trunkline.sqlite') },
    });
    writeFileSync(join(folder, 'shown.yaml'), out);
    expect((await cli('config check -c shown.yaml')).status).toBe(0);
  });

  it('takes the environment alone, when there is no file', async () => {
    rmSync(join(folder, 'trunkline.yaml'));
    expect((await cli('config show')).told).toContain('cannot be read (ENOENT)');
    const sections = Object.entries(parse(CONFIG)).map(([name, value]) => [
      `TRUNKLINE_${name.toUpperCase()}`,
      stringify(value),
    ]);
    expect((await cli('config show', { env: Object.fromEntries(sections) })).status).toBe(0);
  });
});

describe('registration', () => {
  const written = () => parse(readFileSync(registrationFile(), 'utf8'));

  it('is what homeservers and the appservice library understand', async () => {
    expect((await cli('registration')).status).toBe(0);
    expect(written()).toMatchObject({
      id: 'trunkline',
      url: 'http://localhost:9993',
      rate_limited: false,
      protocols: ['m.protocol.pstn', 'im.vector.protocol.pstn'],
    });
    const registration = AppServiceRegistration.fromObject(written());
    expect(registration.isUserMatch('@_sip_0181=40sip.example.org:example.org', true)).toBe(true);
    expect(registration.isUserMatch('@.tel.441818118181:example.org', true)).toBe(true);
    expect(registration.isUserMatch('@_sip_0181=40sip.example.org:example.org.evil.test', true)).toBe(false);
    expect(registration.isUserMatch('@x_sip_1:example.org', true)).toBe(false);
    expect(registration.isUserMatch('@_sip_1:exampleXorg', true)).toBe(false);
    expect(registration.isUserMatch('@alice:example.org', false)).toBe(false);
  });

  it('is for its owner only, with two long tokens that differ', async () => {
    await cli('registration');
    expect(statSync(registrationFile()).mode & 0o777).toBe(0o600);
    const { as_token, hs_token } = written();
    expect(as_token).toMatch(/^[0-9a-f]{64}$/);
    expect(hs_token).not.toBe(as_token);
  });

  it('never shows a token', async () => {
    const first = await cli('registration');
    writeFileSync(registrationFile(), readFileSync(registrationFile(), 'utf8').replace('rate_limited: false', ''));
    const second = await cli('registration');
    for (const token of [written().as_token, written().hs_token]) {
      expect(first.told + first.out + second.told + second.out).not.toContain(token);
    }
  });

  it('changes nothing when nothing has changed', async () => {
    await cli('registration');
    const before = readFileSync(registrationFile(), 'utf8');
    expect((await cli('registration')).told).toContain('nothing was changed');
    expect(readFileSync(registrationFile(), 'utf8')).toBe(before);
  });

  it('keeps tokens, comments, other namespaces and other fields of a file that is there, and tells what it changed', async () => {
    writeFileSync(
      registrationFile(),
      `# ours since 2019
id: trunkline
url: http://old:1
as_token: A
hs_token: H
sender_localpart: trunkline
org.example.flag: true
protocols: [irc]
namespaces:
  users: [{exclusive: false, regex: '@other_.*'}, {exclusive: false, regex: '^@_sip_.*:example\\.org$'}]
  rooms: [{exclusive: true, regex: '!a'}]
`,
    );
    const { status, told } = await cli('registration');
    expect(status).toBe(0);
    expect(readFileSync(registrationFile(), 'utf8')).toContain('# ours since 2019');
    expect(written()).toMatchObject({
      url: 'http://localhost:9993',
      as_token: 'A',
      hs_token: 'H',
      'org.example.flag': true,
      protocols: ['m.protocol.pstn', 'im.vector.protocol.pstn', 'irc'],
      namespaces: {
        users: [
          { exclusive: false, regex: '@other_.*' },
          { exclusive: true, regex: '^@_sip_.*:example\\.org$' },
          { exclusive: true, regex: '^@\\.tel\\..*:example\\.org$' },
        ],
        rooms: [{ exclusive: true, regex: '!a' }],
      },
    });
    expect(told).toContain('url changed from "http://old:1"');
    expect(told).toContain('made exclusive');
  });

  it('writes nothing when it is only asked what it would do', async () => {
    expect((await cli('registration --dry-run')).told).toContain('would be written');
    expect(() => statSync(registrationFile())).toThrow();
  });

  it.each(['[]', 'a: [', '"text"'])('leaves a file alone that is no registration: %s', async (content) => {
    writeFileSync(registrationFile(), content);
    const { status, told } = await cli('registration');
    expect(status).toBe(78);
    expect(told).toContain('is not a registration');
    expect(readFileSync(registrationFile(), 'utf8')).toBe(content);
  });
});

describe('registration, with users who are joined in their name', () => {
  const file = () => join(folder, 'registration-users.yaml');

  it('writes a second file, and keeps its token', async () => {
    writeFileSync(join(folder, 'trunkline.yaml'), `${CONFIG}rooms: {join_users: as-user}\n`);
    const { told } = await cli('registration');
    expect(told).toContain('registration-users.yaml was written');
    expect(told).toContain('Give both files to the homeserver');
    const first = parse(readFileSync(file(), 'utf8'));
    expect(first).toMatchObject({ url: null, namespaces: { users: [{ exclusive: false }] } });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect((await cli('registration')).told).toContain('nothing was changed');
    expect(parse(readFileSync(file(), 'utf8')).as_token).toBe(first.as_token);
  });

  it('writes no second file without it', async () => {
    await cli('registration');
    expect(() => statSync(file())).toThrow(/ENOENT/);
  });
});

describe('status', () => {
  async function answering(body: unknown): Promise<Server> {
    const server = createServer((_request, response) => response.end(JSON.stringify(body)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(folder, 'trunkline.yaml'), `${CONFIG}http: {listen: {host: 0.0.0.0, port: ${port}}}\n`);
    return server;
  }

  it.each([
    ['ready', 0, 'The gateway is ready.'],
    ['not-ready', 1, 'The gateway is not ready: calls fail.'],
  ])('of a gateway that is %s', async (status, exit, words) => {
    const parts = { store: { state: 'ok', detail: 'The database answers.' }, sip: { state: 'degraded', detail: 'x' } };
    const server = await answering({ status, parts });
    const outcome = await cli('status');
    server.close();
    expect(outcome).toMatchObject({ status: exit, told: `${words}\n` });
    expect(outcome.out).toBe('store  ok        The database answers.\nsip    degraded  x\n');
  });

  it('says that nothing answers, or something else', async () => {
    const server = await answering({ hello: 'world' });
    expect((await cli('status')).told).toContain('is not Trunkline');
    server.close();
    await once(server, 'close');
    expect(await cli('status')).toMatchObject({ status: 1, told: expect.stringContaining('is the gateway running') });
  });
});

describe('ladder', () => {
  it('draws a call, and says when there is none', async () => {
    const line = { time: 1, callRef: 'c-1', msg: 'sent BYE', sip: 'BYE sip:a SIP/2.0' };
    writeFileSync(join(folder, 'log'), `${JSON.stringify(line)}\n`);
    expect(await cli('ladder c-1 log')).toMatchObject({ status: 0, out: expect.stringContaining('──▶ BYE sip:a') });
    expect(await cli('ladder c-2 log')).toMatchObject({
      status: 1,
      told: expect.stringContaining('no messages of c-2'),
    });
    expect(await cli('ladder c-1 absent')).toMatchObject({
      status: 1,
      told: expect.stringContaining('cannot be read'),
    });
  });
});

describe('run', () => {
  class Gateway implements RunningGateway {
    readonly stops: boolean[] = [];
    readonly #failed = Promise.withResolvers<Error>();
    readonly failed = this.#failed.promise;
    stop({ force }: { force: boolean }): Promise<void> {
      this.stops.push(force);
      return Promise.resolve();
    }
    fail(error: Error): void {
      this.#failed.resolve(error);
    }
  }

  it('starts the gateway with the configuration and stops it at a signal', async () => {
    const gateway = new Gateway();
    let given: Config | undefined;
    let signal = () => {};
    const outcome = await cli('run', {
      onStopSignal: (handler) => {
        signal = () => handler('SIGTERM');
        return () => {};
      },
      startGateway: (config) => {
        given = config;
        queueMicrotask(signal);
        return Promise.resolve(gateway);
      },
    });
    expect(outcome.status).toBe(0);
    expect(given?.trunks[0]?.name).toBe('office');
    expect(gateway.stops).toEqual([false]);
  });

  it('does not wait any longer at a second signal', async () => {
    const gateway = new Gateway();
    const stopping = Promise.withResolvers<void>();
    let signal = () => {};
    let now = 0;
    gateway.stop = ({ force }) => {
      gateway.stops.push(force);
      now += 1000;
      if (force) stopping.resolve();
      else queueMicrotask(signal);
      return stopping.promise;
    };
    const outcome = await cli('run', {
      now: () => now,
      onStopSignal: (handler) => {
        signal = () => handler('SIGINT');
        return () => {};
      },
      startGateway: () => {
        queueMicrotask(signal);
        return Promise.resolve(gateway);
      },
    });
    expect(outcome.status).toBe(0);
    expect(gateway.stops).toEqual([false, true]);
  });

  it('fails with words when the gateway cannot start, and when it cannot go on', async () => {
    const failed = await cli('run', { startGateway: () => Promise.reject(new Error('port 9993 is in use')) });
    expect(failed).toMatchObject({ status: 1, told: 'trunkline: port 9993 is in use\n' });
    const gateway = new Gateway();
    gateway.fail(new Error('the database is gone'));
    const later = await cli('run', { startGateway: () => Promise.resolve(gateway) });
    expect(later).toMatchObject({ status: 1, told: 'trunkline stopped: the database is gone\n' });
  });

  it('takes one Ctrl-C that comes twice, from the terminal and from npm, for one', async () => {
    const gateway = new Gateway();
    const outcome = await cli('run', {
      onStopSignal: (handler) => {
        queueMicrotask(() => {
          handler('SIGINT');
          handler('SIGINT');
        });
        return () => {};
      },
      startGateway: () => Promise.resolve(gateway),
    });
    expect(outcome.status).toBe(0);
    expect(gateway.stops).toEqual([false]);
  });

  it('gives up a start that does not end, at a second signal', async () => {
    let now = 0;
    const outcome = await cli('run', {
      now: () => {
        now += 1000;
        return now;
      },
      onStopSignal: (handler) => {
        queueMicrotask(() => {
          handler('SIGINT');
          handler('SIGINT');
        });
        return () => {};
      },
      startGateway: () => new Promise(() => {}),
    });
    expect(outcome.status).toBe(1);
  });

  it('does not start on a configuration with a fault', async () => {
    writeFileSync(join(folder, 'trunkline.yaml'), 'homeserver: {}');
    expect((await cli('run')).status).toBe(78);
  });
});

describe('trunkline trunk test', () => {
  it('prints each step, and fails when one of them is wrong', async () => {
    const good = await cli('trunk test office', {
      testTrunk: async (config, name, report) => {
        report({ step: 'DNS', verdict: 'ok', words: `${config.trunks[0]?.host} for ${name}`, ms: 11.6 });
        report({ step: 'UDP', verdict: 'note', words: 'shows later' });
        return true;
      },
    });
    expect(good).toEqual({
      status: 0,
      out: 'ok     DNS      sip.example.net for office  (12 ms)\n-      UDP      shows later\n',
      told: 'The trunk office is in order.\n',
    });
    const bad = await cli('trunk test office', {
      testTrunk: async (_config, _name, report) => {
        report({ step: 'OPTIONS', verdict: 'wrong', words: 'nobody answers' });
        return false;
      },
    });
    expect(bad).toMatchObject({ status: 1, out: 'WRONG  OPTIONS  nobody answers\n' });
  });

  it('names the trunks when it is given another name, and wants one', async () => {
    expect(await cli('trunk test offcie')).toMatchObject({
      status: 2,
      told: 'trunkline: there is no trunk "offcie"; there is: office\n',
    });
    expect(await cli('trunk test')).toMatchObject({ status: 2 });
  });
});
