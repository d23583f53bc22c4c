/** Every configuration in the administrators' pages is one that Trunkline takes. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../config/index.ts';
import { isRecord } from '../../config/tree.ts';
import { REST } from './one-trunk.ts';

const FOLDER = join(import.meta.dirname, '../../docs/admin');
/** Generated: their own tests look at them. */
const GENERATED = ['configuration.md', 'presets.md'];

/** Keys of homeserver.yaml. */
const OF_SYNAPSE = ['app_service_config_files', 'auto_accept_invites'];

/** What the pages leave out; the trunks are those that their examples name. */
const PAGES = {
  ...REST,
  trunks: ['provider', 'office', 'backup', 'berlin', 'cheap-mobiles', 'pbx'].map((name) => ({
    name,
    host: `${name}.example.net`,
  })),
};

interface Block {
  readonly page: string;
  readonly line: number;
  readonly data: Record<string, unknown>;
}

/** Of files that the pages name: certificates, secrets that differ, the address of a database. */
function contentOf(path: string): string {
  if (path.includes('postgres') || path.includes('database'))
    return 'postgresql://trunkline:secret@db.example.org/trunkline';
  return `-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----${path}`;
}

/** The YAML blocks of a page that are of ours: whole, and not the homeserver's. */
function blocksOf(page: string): Block[] {
  const text = readFileSync(join(FOLDER, page), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```/gms)].flatMap(({ index, 1: yaml = '' }) => {
    if (yaml.includes('…')) return [];
    const data: unknown = parse(yaml);
    const line = text.slice(0, index).split('\n').length;
    return isRecord(data) && !OF_SYNAPSE.some((key) => key in data) ? [{ page, line, data }] : [];
  });
}

const blocks = globSync('*.md', { cwd: FOLDER })
  .filter((page) => !GENERATED.includes(page))
  .flatMap(blocksOf)
  .map((block) => [`${block.page}:${block.line}`, block] as const);

describe('the administrators’ pages', () => {
  it('have configurations', () => {
    expect(blocks.length).toBeGreaterThan(15);
  });

  it.each(blocks)('%s is a configuration without faults', (_name, { data }) => {
    const numbers = isRecord(data.numbers) ? { ...REST.numbers, ...data.numbers } : REST.numbers;
    const permissions = isRecord(data.permissions) ? { ...REST.permissions, ...data.permissions } : REST.permissions;
    const text = stringify({ ...PAGES, ...data, numbers, permissions });
    expect(loadConfig({ file: '/etc/trunkline.yaml', text, readFile: contentOf }).trunks.length).toBeGreaterThan(0);
  });
});
