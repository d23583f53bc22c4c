/** The documentation holds what it promises: links lead somewhere, and every sentence that users can read is explained. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { everyKey } from '../../config/describe.ts';
import { variableName } from '../../config/environment.ts';
import { englishCatalogue } from '../../src/call/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['README.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: ROOT })];
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** Targets of Markdown links and pictures that are files of the repository. */
function localLinks(page: string): string[] {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target.split('#')[0] ?? '');
  return links.filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

describe('documentation', () => {
  it.each(PAGES)('%s: every link leads to a file', (page) => {
    const missing = localLinks(page).filter((target) => !existsSync(join(ROOT, dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it('the indexes know every page', () => {
    const indexes = ['docs/README.md', 'docs/decisions/README.md'];
    const listed = indexes.flatMap((index) => localLinks(index).map((target) => join(dirname(index), target)));
    const pages = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    expect(pages.filter((page) => !listed.includes(page))).toEqual([]);
  });

  it('the guide for users has every sentence that they can read', () => {
    // Parameters stand as … there; what is in braces in the catalogue is a parameter.
    const guide = read('docs/users/calling.md');
    const missing = Object.values(englishCatalogue).filter(
      (sentence) => !guide.includes(sentence.replace(/\{\w+\}/g, '…').replace(/…\.$/, '…')),
    );
    expect(missing).toEqual([]);
  });

  it('names only variables that exist', () => {
    const known = new Set(['TRUNKLINE_', 'TRUNKLINE_CONFIG', 'TRUNKLINE_DEBUG']);
    const page = read('docs/admin/configuration.md');
    const variables = [...page.matchAll(/TRUNKLINE_[A-Z0-9_]*/g)].map(([name]) => name);
    const paths = [...page.matchAll(/^### `(.+)`$/gm)].map(([, path = '']) => variableName(path));
    expect(variables.filter((name) => !known.has(name) && !paths.includes(name) && !name.endsWith('_FILE'))).toEqual(
      [],
    );
  });

  it('names only scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = PAGES.flatMap((page) => [...read(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('names only keys of the configuration that there are', () => {
    const keys = new Set([...everyKey()].flatMap(({ path }) => [path, path.replaceAll('[]', '')]));
    const sections = [...keys].filter((path) => !path.includes('.'));
    const named = PAGES.flatMap((page) =>
      [...read(page).matchAll(/`([a-z_]+(?:\.[a-z_]+)+)`/g)].map(([, path = '']) => path),
    );
    const ofOurs = named.filter(
      (path) => sections.some((section) => path.startsWith(`${section}.`)) && !/\.(ts|yaml|json|md)$/.test(path),
    );
    expect(ofOurs.length).toBeGreaterThan(10);
    expect(ofOurs.filter((path) => !keys.has(path))).toEqual([]);
  });

  it('speaks of files that exist', () => {
    const mentioned = PAGES.flatMap((page) =>
      [...read(page).matchAll(/`((?:src|sip|media|config|test|docs)\/[\w./-]+\.\w+)`/g)].map(([, file = '']) => ({
        page,
        file,
      })),
    );
    const missing = mentioned.filter(({ file }) => !existsSync(join(ROOT, file)));
    expect(missing.map(({ page, file }) => `${relative('.', page)}: ${file}`)).toEqual([]);
  });
});
