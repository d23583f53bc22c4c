/** A configuration as it counts: file, environment and defaults together, without its secrets. */
import { stringify } from 'yaml';
import { type Description, description } from './describe.ts';
import type { Config } from './schema/index.ts';
import { isRecord } from './tree.ts';

/** YAML of every key with its value; itself a configuration, but for the secrets. */
export function showConfig(config: Config): string {
  return stringify(withoutSecrets(config, description), { lineWidth: 0 });
}

function withoutSecrets(value: unknown, described: Description): unknown {
  if (described.doc.secret === true && value !== undefined) return '[secret]';
  if (described.kind === 'list' && Array.isArray(value)) {
    return value.map((item) => withoutSecrets(item, described.item));
  }
  if (described.kind !== 'section' || !isRecord(value)) return value;
  const entries = described.children
    .filter(({ name }) => value[name] !== undefined)
    .map((child): [string, unknown] => [child.name, withoutSecrets(value[child.name], child)]);
  return Object.fromEntries(entries);
}
