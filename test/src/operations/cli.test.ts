/** The same operations on the command line, on the database beside the gateway. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDesk } from '../../../src/operate.ts';
import { openStore } from '../../../src/store/index.ts';
import { type Outcome, runIn } from '../cli/run-in.ts';
import { CONFIG } from './world.ts';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-'));
  const path = join(folder, 'trunkline.db');
  writeFileSync(join(folder, 'trunkline.yaml'), `${CONFIG}\nstore: {path: '${path}'}\n`);
  await (await openStore({ path })).close();
});
afterEach(() => rmSync(folder, { recursive: true }));

const cli = (...args: string[]): Promise<Outcome> => runIn(folder, args, { openDesk });

describe('credit', () => {
  it('is shown in words, and as data', async () => {
    expect(await cli('credit', 'show', '@alice:hs.test')).toMatchObject({ status: 0, out: 'Credit: 0.00 EUR.\n' });
    const { out } = await cli('credit', '@alice:hs.test', '--json');
    expect(JSON.parse(out)).toMatchObject({ user: '@alice:hs.test', balance: { amount: '0.00', currency: 'EUR' } });
  });

  it('is somebody’s', async () => {
    expect(await cli('credit')).toMatchObject({ status: 2, told: expect.stringContaining('Say whose') });
    expect(await cli('credit', '@alice')).toMatchObject({ status: 2 });
  });

  it('has help with an example', async () => {
    const { out } = await cli('credit', '--help');
    expect(out).toContain('trunkline credit @alice:example.org');
  });
});
