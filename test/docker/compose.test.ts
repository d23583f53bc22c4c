/** The compose files: their form, that they hold together, and that no container has more than it needs. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT, read } from './files.ts';

// The part of the compose specification that these files use. Strict: a key that is misspelled is no key of it.
const strings = z.array(z.string().min(1));
const duration = z.string().regex(/^\d+(?:ms|s|m|h)$/);
const bytes = z.string().regex(/^\d+[kmg]$/);
const service = z.strictObject({
  image: z.string(),
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
  profiles: strings.optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).optional(),
  entrypoint: strings.optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string().regex(/^[A-Z_]+$/), z.string()).optional(),
  volumes: strings.optional(),
  secrets: strings.optional(),
  network_mode: z.literal('host').optional(),
  // For this machine alone.
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)).optional(),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string().regex(/^\/[\w/]+:size=\d+m,mode=1777$/)).optional(),
  init: z.boolean().optional(),
  cap_drop: z.tuple([z.literal('ALL')]).optional(),
  cap_add: z.array(z.enum(['SYS_NICE'])).optional(),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]).optional(),
  ulimits: z.record(z.string(), z.number()).optional(),
  restart: z.literal('unless-stopped'),
  stop_grace_period: duration.optional(),
  healthcheck: z
    .strictObject({
      // Not CMD-SHELL: which shell that is depends on the image.
      test: z.tuple([z.literal('CMD')]).rest(z.string()),
      interval: duration,
      timeout: duration,
      start_period: duration.optional(),
      retries: z.number().int().positive(),
    })
    .optional(),
  deploy: z.strictObject({
    resources: z.strictObject({ limits: z.strictObject({ cpus: z.string(), memory: bytes }) }),
  }),
  logging: z.strictObject({ driver: z.literal('json-file'), options: z.record(z.string(), z.string()) }).optional(),
});
const compose = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), service),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })).optional(),
  volumes: z.record(z.string(), z.null()).optional(),
});

const FILES = ['docker/compose.yaml', 'docker/compose.production.yaml'] as const;
/** Written by the administrator, as the head of each file says. */
const OF_THE_ADMINISTRATOR = ['./trunkline.yaml', './secrets/drachtio', './secrets/freeswitch', './secrets/postgres'];

function load(file: string): z.infer<typeof compose> {
  const raw = parse(read(file), { merge: true }) as Record<string, unknown>;
  return compose.parse(Object.fromEntries(Object.entries(raw).filter(([key]) => !key.startsWith('x-'))));
}

describe.each(FILES)('%s', (file) => {
  const { services, secrets = {}, volumes = {} } = load(file);
  const entries = Object.entries(services);

  test.each(entries)('%s: what it refers to is there', (_, each) => {
    for (const name of Object.keys(each.depends_on ?? {})) {
      expect(services[name]).toBeDefined();
      // What is waited for must be able to become healthy, and be started at all.
      expect(services[name]?.healthcheck).toBeDefined();
      expect(services[name]?.profiles).toBeUndefined();
    }
    for (const name of each.secrets ?? []) expect(secrets[name], name).toBeDefined();
    for (const volume of each.volumes ?? []) {
      const [source = ''] = volume.split(':');
      if (!source.startsWith('.')) expect(volumes, source).toHaveProperty(source);
      else if (!OF_THE_ADMINISTRATOR.includes(source))
        expect(existsSync(path.join(ROOT, 'docker', source)), source).toBe(true);
    }
    if (each.build !== undefined) {
      expect(existsSync(path.join(ROOT, 'docker', each.build.context, each.build.dockerfile))).toBe(true);
    }
  });

  test.each(entries)(
    '%s: has a check of its health, limits, and a root file system that stays as it is',
    (name, each) => {
      expect(each.healthcheck ?? each.build, 'neither its own nor the one of our image').toBeDefined();
      if (name === 'postgres') return;
      expect(each.read_only).toBe(true);
      if (each.network_mode === 'host') {
        expect(each.cap_drop).toEqual(['ALL']);
        expect(each.security_opt).toEqual(['no-new-privileges:true']);
      }
    },
  );

  test.each(entries)('%s: no secret stands in the file', (_, each) => {
    for (const [key, value] of Object.entries(each.environment ?? {})) {
      if (/PASSWORD|SECRET|TOKEN/.test(key)) expect(value).toMatch(/^\/run\/secrets\//);
    }
    for (const argument of [...(each.entrypoint ?? []), ...(each.command ?? [])]) {
      expect(argument).not.toMatch(/--secret|--requirepass/);
      // What the shell of the container is to read must not be read by compose.
      expect(argument.replaceAll('$$', '')).not.toContain('$');
    }
  });

  test('every secret is a file, and used', () => {
    const used = new Set(entries.flatMap(([, each]) => each.secrets ?? []));
    for (const [name, { file: source }] of Object.entries(secrets)) {
      expect(source).toBe(`./secrets/${name}`);
      expect(used).toContain(name);
    }
  });
});

test('what the gateway does not always use starts only when it is asked for', () => {
  const { services } = load('docker/compose.production.yaml');
  const profiled = Object.entries(services).flatMap(([name, { profiles = [] }]) => profiles.map((one) => [one, name]));
  expect(profiled).toEqual([
    ['postgres', 'postgres'],
    ['later', 'redis'],
  ]);
});

describe('drachtio.conf.xml', () => {
  const xml = read('docker/drachtio/drachtio.conf.xml').replace(/<!--[\s\S]*?-->/g, '');

  test('has no secret, and lets only this machine in', () => {
    expect(xml).toMatch(/<admin port="9022" tcp-keepalive="\d+">127\.0\.0\.1<\/admin>/);
    expect(xml).not.toContain('secret');
  });

  test('leaves the address to the command line, and numbers out of the log', () => {
    expect(xml).not.toContain('<contact');
    expect(xml).toContain('<loglevel>notice</loglevel>');
  });
});
