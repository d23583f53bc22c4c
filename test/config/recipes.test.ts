/** The recipes of docs/pbx: every configuration in them is one that Trunkline takes. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../config/index.ts';
import { trunksOf } from '../../src/gateway-settings/index.ts';
import { blocksOf } from '../world/peers/recipe.ts';
import { REST } from './one-trunk.ts';

const PAGES = globSync('*.md', { cwd: join(import.meta.dirname, '../../docs/pbx') });

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
