/** The recipes of docs/pbx: every configuration in them is one that Trunkline takes. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../config/index.ts';
import { trunksOf } from '../../src/gateway-settings/index.ts';
import { blocksOf } from '../world/peers/recipe.ts';

const PAGES = globSync('*.md', { cwd: join(import.meta.dirname, '../../docs/pbx') });

/** What every configuration needs besides. */
const REST = {
  homeserver: { url: 'http://localhost:8008', domain: 'example.org' },
  appservice: { url: 'http://localhost:9993' },
  ghosts: { gateway_host: 'sip.example.org' },
  permissions: { call_out: ['@*:example.org'] },
  numbers: { region: 'GB' },
};

const blocks = PAGES.flatMap((page) => blocksOf(page, 'yaml').map((text, index) => ({ page, index, text })));

test('there is a recipe for each of the PBXs that are promised', () => {
  expect(PAGES.toSorted()).toEqual([
    '3cx.md',
    'README.md',
    'asterisk.md',
    'freeswitch.md',
    'fritzbox.md',
    'kamailio.md',
  ]);
  expect(new Set(blocks.map(({ page }) => page)).size).toBe(5);
});

describe.each(blocks)('$page, configuration $index', ({ text }) => {
  test('passes the check', () => {
    const given = parse(text);
    const merged = { ...REST, ...given, numbers: { ...REST.numbers, ...given.numbers } };
    const config = loadConfig({ file: 'trunkline.yaml', env: {}, text: stringify(merged) });
    const trunks = trunksOf(config);
    expect(trunks.length).toBeGreaterThan(0);
    for (const extension of config.extensions) {
      const trunk = trunks.find(({ name }) => name === extension.trunk);
      expect(trunk?.accounts.map(({ name }) => name)).toContain(extension.extension);
    }
  });
});
