import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, type Fault, loadConfig } from '../../config/index.ts';
import { presetTrunk } from '../../config/preset-pages.ts';
import { presets, withPreset } from '../../config/presets.ts';
import { configWithTrunk } from './one-trunk.ts';

const SAMPLES = join(import.meta.dirname, '../../config/samples');

function faultsOf(trunk: unknown): readonly Fault[] {
  try {
    configWithTrunk(trunk);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

const all = [...presets.values()].map((preset) => [preset.name, preset] as const);

describe('every preset', () => {
  it.each(all)('%s is a trunk without faults when what it needs is written beside it', (_name, preset) => {
    expect(faultsOf(presetTrunk(preset))).toEqual([]);
  });

  it.each(all)('%s says what it is, and what is known or not', (_name, preset) => {
    expect(preset.about.length).toBeGreaterThan(10);
    expect(preset.notes.length).toBeGreaterThan(20);
  });

  it.each(all.filter(([, { needs }]) => Object.keys(needs).length > 0))(
    '%s says which key is missing when it stands alone',
    (name, preset) => {
      const faults = faultsOf({ name: 'a', preset: name });
      for (const key of Object.keys(preset.needs)) {
        expect(faults.find((fault) => fault.path === `trunks[0].${key}`)?.example).toContain(key.split('.').at(-1));
      }
    },
  );
});

describe('every sample', () => {
  it.each(globSync('*.yaml', { cwd: SAMPLES }))('%s is a configuration without faults', (file) => {
    const text = readFileSync(join(SAMPLES, file), 'utf8');
    const config = loadConfig({ file, text, readFile: () => 'secret' });
    expect(config.trunks[0]?.preset).toBe(file.replace('.yaml', ''));
  });
});

describe('what is written beside a preset', () => {
  it('wins, key by key', () => {
    const trunk = { name: 'a', preset: 'sipgate-trunk', username: 'u', password: 'p', identity: { send_name: true } };
    expect(configWithTrunk({ ...trunk, transport: 'tcp' }).trunks[0]).toMatchObject({
      host: 'sipconnect.sipgate.de',
      transport: 'tcp',
      identity: { from: '{sipUser}', preferred_identity: '{digits}', send_name: true },
      register: { enabled: true },
    });
  });

  it('replaces a list as a whole', () => {
    const trunk = { name: 'a', preset: 'sipgate-trunk', username: 'u', password: 'p', codecs: ['PCMU'] };
    expect(configWithTrunk(trunk).trunks[0]?.codecs).toEqual(['PCMU']);
  });

  it('may be wrong, and is told where it stands', () => {
    const faults = faultsOf({ name: 'a', preset: 'sipgate-trunk', username: 'u', password: 'p', port: 'x' });
    expect(faults).toMatchObject([{ path: 'trunks[0].port', found: '"x"' }]);
  });

  it('is kept from reaching into what objects have by themselves', () => {
    const merged = withPreset(
      JSON.parse('{"preset":"sipgate-trunk","__proto__":{"polluted":true},"register":{"__proto__":1}}'),
    );
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(merged).toMatchObject({ host: 'sipconnect.sipgate.de' });
  });
});

it('a preset that there is not is told with those that there are', () => {
  const faults = faultsOf({ name: 'a', preset: 'sipgate', host: 'b' });
  const fault = faults.find(({ path }) => path === 'trunks[0].preset');
  expect(fault?.found).toBe('"sipgate"');
  expect(fault?.expected).toContain('sipgate-trunk');
});
