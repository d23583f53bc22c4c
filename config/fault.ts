/** What is wrong with a configuration, and how it is said. */
import { stringify } from 'yaml';
import type { Place } from './source.ts';

/** One thing that is wrong. */
export interface Fault {
  /** Where it was written: in the file, or in an environment variable. */
  readonly where: (Place & { readonly file: string }) | { readonly variable: string };
  /** `trunks[0].host`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, in one sentence without a full stop. */
  readonly problem: string;
  readonly expected: string;
  /** What was found, as it may be shown: secrets are not. */
  readonly found?: string;
  /** What would be right, as it is written where the fault is. */
  readonly example: string;
}

/** All that is wrong with a configuration, at once. `message` is ready to be shown. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(describeFaults(faults));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

export function describeFaults(faults: readonly Fault[]): string {
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  return `The configuration has ${count}:\n\n${faults.map(describeFault).join('\n\n')}\n`;
}

function describeFault(fault: Fault): string {
  const where =
    'variable' in fault.where
      ? `environment ${fault.where.variable}`
      : `${fault.where.file}:${fault.where.line}:${fault.where.column}`;
  const lines = [`${where}: ${fault.path === '' ? '' : `${fault.path}: `}${fault.problem}`];
  lines.push(`    expected  ${fault.expected}`);
  if (fault.found !== undefined) lines.push(`    found     ${fault.found}`);
  lines.push(`    example   ${fault.example.replaceAll('\n', '\n              ')}`);
  return lines.join('\n');
}

/** A value as a fault may show it: short, on one line. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a section';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** `name: value` as YAML, lists and sections in flow style. */
export function exampleLine(name: string, value: unknown): string {
  const flow = stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return name === '' ? `- ${flow}` : `${name}: ${flow}`;
}
