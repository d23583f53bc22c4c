/** The gateway's image without a Docker engine: its recipe, and whether what it copies is enough to run. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copies, ROOT, read, stagesOf } from './files.ts';

const dockerfile = read('docker/Dockerfile');
const stages = stagesOf(dockerfile);
const image = stages.at(-1) ?? [];
const one = (keyword: string): string => image.filter((each) => each.keyword === keyword).at(-1)?.text ?? '';
const run = promisify(execFile);

describe('the recipe', () => {
  test('has no faults', () => {
    expect(validate(dockerfile).map(({ message, range }) => `line ${range.start.line + 1}: ${message}`)).toEqual([]);
  });

  test('has one Node.js for all stages, and the final one starts from it alone', () => {
    const bases = stages.map(([from]) => from?.text.split(' ')[0]);
    expect(new Set(bases)).toEqual(new Set(['node:24-slim']));
  });

  test('runs as a user without rights, by the program itself, with a check of its health', () => {
    expect(one('USER')).toBe('node');
    expect(JSON.parse(one('ENTRYPOINT'))).toEqual(['node', '/opt/trunkline/src/main.ts']);
    expect(one('HEALTHCHECK')).toMatch(/CMD \["node", "\/opt\/trunkline\/docker\/gateway\/health\.mjs"\]$/);
    expect(dockerfile).not.toMatch(/curl|wget/);
  });

  test('copies what is there, what the ignore file lets through, and no tests', () => {
    const allowed = read('docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = stages.flatMap(copies).flatMap(({ from, sources: each }) => (from === '' ? each : []));
    for (const source of sources.filter((each) => each !== '.')) {
      expect(existsSync(path.join(ROOT, source)), source).toBe(true);
      expect(
        allowed.some((entry) => source === entry || source.startsWith(`${entry}/`)),
        `${source} is ignored`,
      ).toBe(true);
      expect(source).not.toMatch(/^test/);
    }
  });

  test('copies out of stages that it has', () => {
    const names = stages.map(([from]) => / AS (\S+)$/.exec(from?.text ?? '')?.[1]);
    for (const { from } of copies(image)) if (from !== '') expect(names).toContain(from);
  });
});

describe('what is in it', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'image-'));
    for (const { from, sources, to } of copies(image)) {
      if (from === '') copyAll(sources, path.join(directory, to), sources.length > 1 || to.endsWith('/'));
    }
    linkProductionPackages(path.join(directory, 'node_modules'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const start = (...args: string[]) => run(process.execPath, args, { cwd: directory, env: { PATH: process.env.PATH } });

  test('is enough to say the version', async () => {
    expect((await start('src/main.ts', '--version')).stdout).toMatch(/\d+\.\d+\.\d+/);
  });

  test('is enough to check a configuration', async () => {
    const sample = await start('src/main.ts', 'config', 'sample');
    expect(sample.stdout).toContain('homeserver:');
    const checked = await start('src/main.ts', 'config', 'check', '--config', 'nowhere.yaml').catch(
      (error: { stderr: string; code: number }) => error,
    );
    expect(checked).toMatchObject({ code: expect.any(Number), stderr: expect.stringContaining('nowhere.yaml') });
  });

  test('is enough to load every part of the gateway', async () => {
    await start('--input-type=module', '--eval', "await import('./src/gateway.ts')");
  });
});

describe('the check of its health', () => {
  const script = path.join(ROOT, 'docker/gateway/health.mjs');

  async function ask(status: number, body: unknown): Promise<{ code: number; stdout: string }> {
    const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(body)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = { HEALTH_URL: `http://127.0.0.1:${port}/health` };
    const outcome = await run(process.execPath, [script], { env }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => error,
    );
    await new Promise((resolve) => server.close(resolve));
    return outcome;
  }

  test('says what is wrong, and that nothing is', async () => {
    const ok = { state: 'ok', detail: 'Fine.' };
    const down = { state: 'down', detail: 'The database does not answer.' };
    expect(await ask(200, { status: 'ready', parts: { store: ok } })).toMatchObject({ code: 0, stdout: '' });
    expect(await ask(503, { status: 'not-ready', parts: { sip: ok, store: down } })).toMatchObject({
      code: 1,
      stdout: 'store: The database does not answer.\n',
    });
  });

  test('nobody answers: it fails', async () => {
    await expect(
      run(process.execPath, [script], { env: { HEALTH_URL: 'http://127.0.0.1:1/health' } }),
    ).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('127.0.0.1:1') });
  });
});

function copyAll(sources: readonly string[], to: string, intoFolder: boolean): void {
  for (const source of sources) {
    const target = intoFolder ? path.join(to, path.basename(source)) : to;
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(path.join(ROOT, source), target, { recursive: true });
  }
}

/** As `npm ci --omit=dev` would leave it, of the packages that are installed. */
function linkProductionPackages(to: string): void {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  const installed = Object.entries(packages)
    .filter(([name, { dev }]) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(name) && dev !== true)
    .map(([name]) => name.slice('node_modules/'.length))
    .filter((name) => existsSync(path.join(ROOT, 'node_modules', name)) && !/^node(?:-bin-setup)?$/.test(name));
  expect(installed.length).toBeGreaterThan(20);
  expect(readdirSync(path.join(ROOT, 'node_modules')).length).toBeGreaterThan(installed.length);
  for (const name of installed) {
    mkdirSync(path.dirname(path.join(to, name)), { recursive: true });
    // A copy: behind a link Node.js would find the development packages beside it.
    cpSync(path.join(ROOT, 'node_modules', name), path.join(to, name), { recursive: true, dereference: true });
  }
  // What `overrides` puts there is a folder of ours.
  const ours = path.join(to, '@matrix-org/matrix-sdk-crypto-nodejs');
  if (!existsSync(ours)) {
    mkdirSync(path.dirname(ours), { recursive: true });
    symlinkSync(path.join(ROOT, 'src/matrix/no-olm'), ours);
  }
}
