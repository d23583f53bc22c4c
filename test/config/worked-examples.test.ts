/** Examples in the administrators' pages are run: each page shows what really comes of its commands, requests and calls. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rendered, shellWords } from '../world/pages/page.ts';
import { PageWorld } from '../world/pages/world.ts';

const FOLDER = join(import.meta.dirname, '../../docs/admin');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the examples of', () => {
  // With `vitest -u` a page is brought up to date; look at what changed.
  it.each(['lines', 'prices', 'credit', 'limits', 'records', 'provisioning-api'])('docs/admin/%s.md', async (name) => {
    const page = join(FOLDER, `${name}.md`);
    await expect(await rendered(readFileSync(page, 'utf8'), new PageWorld(folder))).toMatchFileSnapshot(page);
  });
});

describe('a page', () => {
  it('gets what its examples give, in their order', async () => {
    const did: string[] = [];
    const page = [
      '```yaml\na: 1\n```\nThe file `x.csv`:\n```csv\nb\n```',
      '```console\n# Words\n$ trunkline credit "a b"\nold\n$ trunkline lines\n```',
      '```console\n# @a:b calls 030 1 and talks for 5 seconds\n# → old\n```',
      '```http\nGET /x\n```\n```json\nold\n```\n```json\nkept\n```\n```text\nkept\n```\nend\n',
    ].join('\n');
    const result = await rendered(page, {
      configure: (yaml) => void did.push(yaml),
      file: (name, content) => void did.push(name, content),
      command: async (line) => `did ${shellWords(line).join('|')}\n`,
      call: async (user, dialled, seconds) => `${user} ${dialled} ${seconds}`,
      request: async (text) => `asked ${text.trim()}`,
    });
    expect(did).toEqual(['a: 1\n', 'x.csv', 'b\n']);
    expect(result).toContain('# Words\n$ trunkline credit "a b"\ndid credit|a b\n$ trunkline lines\ndid lines\n```');
    expect(result).toContain('seconds\n# → @a:b 030 1 5\n```');
    expect(result).toContain('```json\nasked GET /x\n```\n```json\nkept\n```\n```text\nkept\n```\nend\n');
    expect(result).not.toContain('old');
  });
});
