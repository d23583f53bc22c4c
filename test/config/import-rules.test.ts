/** The import rules of docs/architecture.md, tried out: biome.json must refuse what is forbidden and let pass what is not. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

const FORBIDDEN: [file: string, imported: string][] = [
  ['sip/a.ts', '../src/call/index.ts'],
  ['sip/call/a.ts', '../../media/index.ts'],
  ['sip/call/b.ts', '../../config/index.ts'],
  ['sip/c.ts', 'matrix-appservice-bridge'],
  ['media/a.ts', '../sip/leg.ts'],
  ['media/embedded/b.ts', '../../src/matrix/index.ts'],
  ['media/c.ts', 'drachtio-srf'],
  ['media/freeswitch/d.ts', '../../sip/leg.ts'],
  ['config/a.ts', '../sip/index.ts'],
  ['config/b.ts', '../src/gateway.ts'],
  ['src/matrix/a.ts', '../../sip/index.ts'],
  ['src/matrix/b.ts', '../call/index.ts'],
  ['src/matrix/http/c.ts', '../../../media/engine.ts'],
  ['src/call/a.ts', '../../sip/call/index.ts'],
  ['src/call/b.ts', '../../media/embedded/index.ts'],
  ['src/call/c.ts', '../matrix/client/homeserver.ts'],
  ['src/call/d.ts', 'drachtio-srf'],
  ['src/call/e.ts', '../gateway.ts'],
  ['src/call/f.ts', '../account/index.ts'],
  ['src/matrix/d.ts', '../account/index.ts'],
  ['src/account/a.ts', '../../sip/index.ts'],
  ['src/account/b.ts', '../store/index.ts'],
  ['src/account/c.ts', '../call/machine.ts'],
  ['src/account/d.ts', '../gateway-settings/index.ts'],
  ['src/http/b.ts', '../gateway-status/index.ts'],
  ['src/call/g.ts', '../gateway-parts/index.ts'],
  ['src/store/a.ts', '../../config/index.ts'],
  ['src/number/a.ts', '../../sip/index.ts'],
  ['src/cli/a.ts', '../gateway.ts'],
  ['src/http/a.ts', '../gateway-settings/index.ts'],
  ['src/cli/commands/b.ts', '../../main.ts'],
  ['src/message/a.ts', '../../sip/text/index.ts'],
  ['src/smpp/a.ts', '../matrix/index.ts'],
  ['src/smpp/b.ts', '../message/outbound/index.ts'],
  ['src/operations/a.ts', '../store/index.ts'],
  ['src/operations/b.ts', '../matrix/bot/bot.ts'],
  ['src/operations/c.ts', '../gateway-settings/index.ts'],
  ['src/matrix/bot/e.ts', '../../operations/index.ts'],
  ['src/account/e.ts', '../operations/index.ts'],
];

const ALLOWED: [file: string, imported: string][] = [
  ['sip/ok.ts', './message/index.ts'],
  ['sip/ok2.ts', 'drachtio-srf'],
  ['media/ok.ts', 'werift'],
  ['media/freeswitch/ok.ts', 'drachtio-srf'],
  ['src/call/ok.ts', '../../sip/index.ts'],
  ['src/call/ok2.ts', '../../media/index.ts'],
  ['src/call/ok3.ts', '../matrix/index.ts'],
  ['src/matrix/ok.ts', './calls/parse.ts'],
  ['src/matrix/ok2.ts', '../store/index.ts'],
  ['src/account/ok.ts', '../call/index.ts'],
  ['src/account/ok2.ts', '../number/index.ts'],
  ['src/cli/ok.ts', '../../config/index.ts'],
  ['src/message/ok.ts', '../../sip/index.ts'],
  ['src/smpp/ok.ts', '../message/index.ts'],
  ['src/operations/ok.ts', '../account/index.ts'],
  ['src/operations/ok2.ts', '../matrix/index.ts'],
  ['src/matrix/bot/ok3.ts', './operations.ts'],
  ['src/gateway.ts', '../sip/server/index.ts'],
  ['src/main.ts', './gateway.ts'],
];

let folder: string;
let refused: ReadonlySet<string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-rules-'));
  cpSync(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
  for (const [file, imported] of [...FORBIDDEN, ...ALLOWED]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `export * from '${imported}';\n`);
  }
  refused = refusedFiles(lint());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What Biome says as JSON; it exits with 1 when it refuses something. */
function lint(): string {
  const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
  try {
    return execFileSync(join(ROOT, 'node_modules/.bin/biome'), args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

function refusedFiles(report: string): ReadonlySet<string> {
  const { diagnostics } = JSON.parse(report.slice(report.indexOf('{'))) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[];
  };
  const paths = diagnostics
    .filter(({ category }) => category === 'lint/style/noRestrictedImports')
    .map(({ location: { path } }) => (typeof path === 'string' ? path : path.file));
  return new Set(paths.map((path) => path.replace(/^\.\//, '')));
}

describe('import rules', () => {
  it.each(FORBIDDEN)('%s may not import %s', (file) => {
    expect(refused).toContain(file);
  });

  it.each(ALLOWED)('%s may import %s', (file) => {
    expect(refused).not.toContain(file);
  });
});
