/** The schema as a plain tree: what sample, documentation, environment names and faults need to know of each key. */
import { z } from 'zod';
import { configSchema, expectations, type KeyDoc, keyDocs } from './schema/index.ts';

interface Described {
  /** The key's name, empty at the root and for items of a list. */
  readonly name: string;
  /** From the root, with `[]` for the items of a list: `trunks[].host`. */
  readonly path: string;
  readonly doc: KeyDoc;
  /** It has no default and must be given when its section is. */
  readonly required: boolean;
  readonly default?: unknown;
  /** What a fault says was expected. */
  readonly expects: string;
}

export type Description =
  | (Described & { readonly kind: 'section'; readonly children: readonly Description[] })
  | (Described & { readonly kind: 'list'; readonly item: Description })
  | (Described & {
      readonly kind: 'value';
      readonly type: 'text' | 'number' | 'flag';
      readonly choices?: readonly string[];
      /** It names a file: relative names are relative to the configuration file. */
      readonly isFile: boolean;
    });

interface Unwrapped {
  readonly schema: z.core.$ZodType;
  readonly optional: boolean;
  readonly default?: unknown;
}

function unwrap(schema: z.core.$ZodType): Unwrapped {
  if (schema instanceof z.ZodOptional) return { ...unwrap(schema.unwrap()), optional: true };
  if (schema instanceof z.ZodDefault) {
    return { ...unwrap(schema.unwrap()), optional: true, default: schema.def.defaultValue };
  }
  if (schema instanceof z.ZodPrefault) return { ...unwrap(schema.unwrap()), optional: true };
  return { schema, optional: false };
}

const NO_DOC: KeyDoc = { about: '' };

function describe(schema: z.ZodType, name: string, path: string): Description {
  const { schema: inner, optional, default: defaultValue } = unwrap(schema);
  const base = {
    name,
    path,
    doc: keyDocs.get(schema) ?? NO_DOC,
    required: !optional,
    ...(defaultValue === undefined ? {} : { default: defaultValue }),
  };
  if (inner instanceof z.ZodObject) {
    const children = Object.entries(inner.shape as Record<string, z.ZodType>).map(([child, childSchema]) =>
      describe(childSchema, child, path === '' ? child : `${path}.${child}`),
    );
    return { ...base, kind: 'section', children, expects: 'a section with keys' };
  }
  if (inner instanceof z.ZodArray) {
    const item = describe(inner.unwrap() as z.ZodType, '', `${path}[]`);
    const of = item.kind === 'section' ? 'sections' : item.expects;
    return {
      ...base,
      kind: 'list',
      item,
      expects: `a list, each item ${of === 'sections' ? 'a section with keys' : of}`,
    };
  }
  const { expects, isFile = false } = expectations.get(inner as z.ZodType) ?? { expects: 'a value' };
  return { ...base, kind: 'value', expects, isFile, ...valueType(inner) };
}

function valueType(schema: z.core.$ZodType): { type: 'text' | 'number' | 'flag'; choices?: readonly string[] } {
  if (schema instanceof z.ZodEnum) return { type: 'text', choices: schema.options.map(String) };
  if (schema instanceof z.ZodNumber) return { type: 'number' };
  if (schema instanceof z.ZodBoolean) return { type: 'flag' };
  return { type: 'text' };
}

/** The whole configuration. */
export const description = describe(configSchema, '', '');

export type Path = readonly (string | number)[];

/** What is known of the key at `path`, or undefined when there is no such key. */
export function describedAt(path: Path): Description | undefined {
  let here: Description | undefined = description;
  for (const step of path) {
    if (here?.kind === 'section') here = here.children.find((child) => child.name === step);
    else if (here?.kind === 'list' && typeof step === 'number') here = here.item;
    else return undefined;
  }
  return here;
}

/** Every key below `from`, parents before children. */
export function* everyKey(from: Description = description): Generator<Description> {
  const children = from.kind === 'section' ? from.children : from.kind === 'list' ? [from.item] : [];
  for (const child of children) {
    if (child.name !== '') yield child;
    yield* everyKey(child);
  }
}

/** `trunks[0].host` */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
}
