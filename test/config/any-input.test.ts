import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ConfigError, loadConfig } from '../../config/index.ts';
import { closest, distance } from '../../config/suggest.ts';

function faultsOrConfig(text: string, env: NodeJS.ProcessEnv): unknown {
  try {
    return loadConfig({ file: 'trunkline.yaml', text, env, readFile: () => 'secret' });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

const names = ['homeserver', 'url', 'trunks', 'sip', 'embedded', 'listen', 'password_file', 'media', '__proto__', 'x'];
const data = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 0, -1, 1.5, '', '0.0.0.0', 'http://a', 'x'),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('node'), { maxKeys: 6 }),
  ),
})).node;

describe('any input', () => {
  it('as text is a configuration or faults, never another error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(faultsOrConfig(text, {})).toBeDefined();
      }),
    );
  });

  it('as data of any shape is a configuration or faults', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(faultsOrConfig(stringify(value), {})).toBeDefined();
      }),
    );
  });

  it('in the environment is a configuration or faults', () => {
    const variable = fc.array(fc.constantFrom('TRUNKS', '0', 'HOST', 'SIP', 'PORT', 'X', '__PROTO__'), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(variable, fc.string(), (steps, value) => {
        expect(faultsOrConfig('', { [`TRUNKLINE_${steps.join('__')}`]: value })).toBeDefined();
      }),
    );
    expect(({} as Record<string, unknown>).HOST).toBeUndefined();
  });
});

describe('did you mean', () => {
  it('counts two swapped letters once', () => {
    expect(distance('prot', 'port')).toBe(1);
  });

  it('is symmetric, and zero only for equal names', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it.each([
    ['portMin', 'port_min'],
    ['hots', 'host'],
    ['transprt', 'transport'],
    ['zzz', undefined],
  ])('%s → %s', (wrong, meant) => {
    expect(closest(wrong, ['host', 'port_min', 'transport'])).toBe(meant);
  });
});
