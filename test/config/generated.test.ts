import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { everyKey } from '../../config/describe.ts';
import { variableName } from '../../config/environment.ts';
import { configJsonSchema, configSample } from '../../config/generate.ts';
import { generatedFiles } from '../../config/generated.ts';
import { loadConfig } from '../../config/index.ts';

/** Takes the mark from a key that is commented out; comments, which have a space after it, stay. */
function uncomment(line: string): string {
  let result = line;
  for (let before = ''; before !== result; ) {
    before = result;
    result = result.replace(/^(\s*)#(?=[a-z_]+:| {2})/, '$1');
  }
  return result;
}

describe('files made from the schema', () => {
  it.each(generatedFiles().map(({ path, content }) => [basename(path), path, content]))(
    '%s is fresh (npm run generate)',
    (_name, path, content) => {
      expect(existsSync(path)).toBe(true);
      expect(readFileSync(path, 'utf8')).toBe(content);
    },
  );
});

describe('the schema', () => {
  it.each([...everyKey()].map((key) => [key.path, key] as const))('%s is explained', (_path, key) => {
    expect(key.doc.about).toMatch(/\.$/);
    expect(key.kind === 'value' && key.required ? key.doc.example : 'not needed').toBeDefined();
  });

  it('names no two keys by one variable', () => {
    const names = [...everyKey()].map((key) => variableName(key.path));
    expect(new Set(names).size).toBe(names.length);
  });

  it('is a JSON Schema with words for editors', () => {
    const schema = JSON.parse(configJsonSchema());
    expect(schema.properties.trunks.items.properties.host.description).toContain('RFC 3263');
    expect(schema.properties.trunks.items.additionalProperties).toBe(false);
    expect(schema.required).toContain('homeserver');
    expect(schema.required).not.toContain('sip');
  });
});

describe('the JSON Schema', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(configJsonSchema()));

  it('lets the sample pass', () => {
    validate(parse(configSample()));
    expect(validate.errors).toBeNull();
  });

  it('refuses what the loader refuses: unknown keys, wrong types', () => {
    const data = parse(configSample());
    expect(validate({ ...data, trunk: [] })).toBe(false);
    expect(validate({ ...data, numbers: { region: 44 } })).toBe(false);
  });
});

describe('the sample', () => {
  it('shows every key', () => {
    for (const key of everyKey()) expect(configSample()).toMatch(new RegExp(`\\b${key.name}:`));
  });

  it('is right in every line that is commented out, too', () => {
    const uncommented = configSample()
      .split('\n')
      .map((line) => uncomment(line))
      // A secret is given directly or by file, not both.
      .filter((line) => !/^\s*\w+_file:/.test(line))
      .join('\n');
    const pem = '-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----';
    const config = loadConfig({ file: 'trunkline.yaml', text: uncommented, readFile: () => pem });
    expect(config.trunks[0]?.number_format.rewrite).toEqual([{ match: '^0049', replace: '0' }]);
    expect(config.sip.embedded.tls?.ca).toBeDefined();
  });

  it('is YAML', () => {
    expect(parse(configSample())).toHaveProperty('trunks');
  });
});
