/** Presets: what is known of providers and PBXs, as data (`presets/*.yaml`), merged under what people write. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isRecord } from './tree.ts';

export interface Preset {
  readonly name: string;
  /** What it is for, in one line. */
  readonly about: string;
  /** What else is known, and what was not verified: the comment that the file begins with. */
  readonly notes: string;
  /** Keys of the trunk that have to be written beside it, with an example of each. */
  readonly needs: Readonly<Record<string, unknown>>;
  /** Keys of a trunk, as in the configuration. */
  readonly trunk: Readonly<Record<string, unknown>>;
}

const FOLDER = new URL('presets/', import.meta.url);

const files = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .sort();

/** Every preset. */
export const presets: ReadonlyMap<string, Preset> = new Map(files.map((file) => [nameOf(file), readPreset(file)]));

const [first = 'none', ...others] = presets.keys();

/** Names of the presets, in the order of the alphabet. */
export const presetNames: readonly [string, ...string[]] = [first, ...others];

function nameOf(file: string): string {
  return file.slice(0, -'.yaml'.length);
}

function readPreset(file: string): Preset {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  const { about, needs, trunk } = parse(text) as Partial<Preset>;
  if (typeof about !== 'string' || !isRecord(trunk)) throw new TypeError(`preset ${file}: about and trunk are needed`);
  return { name: nameOf(file), about, notes: leadingComment(text), needs: needs ?? {}, trunk };
}

function leadingComment(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines
    .slice(0, end)
    .map((line) => line.slice(2))
    .join(' ');
}

/**
 * A trunk as it was written, completed by its preset. Sections are merged key by key; a list or a value that is written
 * replaces the preset's. What is no preset's name is left to the schema to complain about.
 */
export function withPreset(written: unknown): unknown {
  if (!isRecord(written) || typeof written.preset !== 'string') return written;
  const preset = presets.get(written.preset);
  return preset === undefined ? written : merged(preset.trunk, written);
}

/** What a trunk's preset shows for a key that has to be written beside it. */
export function neededExample(trunk: unknown, name: string | number | undefined): unknown {
  if (!isRecord(trunk) || typeof trunk.preset !== 'string' || typeof name !== 'string') return undefined;
  const needs = presets.get(trunk.preset)?.needs;
  return needs !== undefined && Object.hasOwn(needs, name) ? needs[name] : undefined;
}

function merged(below: unknown, above: unknown): unknown {
  if (!isRecord(below) || !isRecord(above)) return above;
  const result: Record<string, unknown> = structuredClone({ ...below });
  for (const [name, value] of Object.entries(above)) {
    const mergedValue = Object.hasOwn(result, name) ? merged(result[name], value) : value;
    Object.defineProperty(result, name, { value: mergedValue, enumerable: true, writable: true, configurable: true });
  }
  return result;
}
