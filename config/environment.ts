/** Every key as an environment variable: `TRUNKLINE_TRUNKS__0__HOST` is `trunks[0].host`. */
import { parse } from 'yaml';
import { type Description, describedAt, everyKey, type Path } from './describe.ts';
import { closest } from './suggest.ts';

const PREFIX = 'TRUNKLINE_';
/** Variables that are not keys. */
export const CONFIG_FILE_VARIABLE = 'TRUNKLINE_CONFIG';
/** Shows where in the code an error of a command came from. */
export const DEBUG_VARIABLE = 'TRUNKLINE_DEBUG';
const NOT_KEYS = new Set([CONFIG_FILE_VARIABLE, DEBUG_VARIABLE]);
/** What Kubernetes puts into the environment when a service is called `trunkline`. */
const SERVICE_LINK = /^TRUNKLINE_(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT(?:_\d+_(?:TCP|UDP)(?:_\w+)?)?)$/;

export interface EnvironmentValue {
  readonly variable: string;
  readonly path: Path;
  readonly value: unknown;
}

export interface EnvironmentFault {
  readonly variable: string;
  readonly problem: string;
  readonly expected: string;
  readonly example: string;
}

/** The values that `env` sets. A variable that begins with TRUNKLINE_ and is no key is a fault: it would be a typing error. */
export function readEnvironment(env: NodeJS.ProcessEnv): {
  readonly values: readonly EnvironmentValue[];
  readonly faults: readonly EnvironmentFault[];
} {
  const values: EnvironmentValue[] = [];
  const faults: EnvironmentFault[] = [];
  for (const [variable, text] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isKeyVariable(variable) || text === undefined) continue;
    const path = variable
      .slice(PREFIX.length)
      .split('__')
      .map((step) => (/^\d{1,2}$/.test(step) ? Number(step) : step.toLowerCase()));
    const described = describedAt(path);
    if (described === undefined) {
      const names = [...everyKey()].map((key) => variableName(key.path));
      const meant = closest(variable, names);
      faults.push({
        variable,
        problem: `no key of this name is known${meant === undefined ? '' : `; did you mean ${meant}?`}`,
        expected: 'TRUNKLINE_ and the path of a key in capitals, with __ between its steps',
        example: meant ?? 'TRUNKLINE_TRUNKS__0__HOST',
      });
    } else values.push({ variable, path, value: fromText(described, text) });
  }
  return { values, faults };
}

function isKeyVariable(name: string): boolean {
  return name.startsWith(PREFIX) && !NOT_KEYS.has(name) && !SERVICE_LINK.test(name);
}

/** `trunks[].host` → `TRUNKLINE_TRUNKS__0__HOST` */
export function variableName(path: string): string {
  return PREFIX + path.replaceAll('[]', '.0').replaceAll('.', '__').toUpperCase();
}

/** Text stays text where text is wanted (a password of digits, say); a list of values may be given with commas. */
function fromText(described: Description, text: string): unknown {
  switch (described.kind) {
    case 'value':
      if (described.type === 'number') return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
      if (described.type === 'flag') return { true: true, false: false }[text.trim().toLowerCase()] ?? text;
      return text;
    case 'list':
      if (described.item.kind === 'value' && !text.trim().startsWith('[')) {
        const { item } = described;
        return text.trim() === '' ? [] : text.split(',').map((part) => fromText(item, part.trim()));
      }
      return fromYaml(text);
    case 'section':
      return fromYaml(text);
    default:
      return described satisfies never;
  }
}

function fromYaml(text: string): unknown {
  try {
    return parse(text, { logLevel: 'error' });
  } catch {
    return text;
  }
}
