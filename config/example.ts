/** Values that are right: what a fault shows, and what stands in for a wrong value while the rest is checked. */
import type { z } from 'zod';
import type { Description } from './describe.ts';
import { exampleLine } from './fault.ts';

/** What is wrong with one value, in words. */
export function problemOf(issue: z.core.$ZodIssue, described: Description | undefined): string {
  if (described?.kind === 'list' && issue.code === 'too_small') return `at least ${issue.minimum} must be given`;
  if (described?.kind === 'list' && issue.code === 'too_big') {
    return `this release takes ${issue.maximum}, more were given`;
  }
  return 'this value cannot be used';
}

/** The example of a fault. */
export function exampleOf(described: Description | undefined): { readonly example: string } {
  return { example: described === undefined ? '' : exampleLine(described.name, exampleValue(described)) };
}

/** A value that is right: of a section, its required keys, or its first when it has none. */
function exampleValue(described: Description): unknown {
  if (described.doc.example !== undefined) return described.doc.example;
  if (described.default !== undefined) return described.default;
  if (described.kind === 'list') return [exampleValue(described.item)];
  if (described.kind !== 'section') return described.expects;
  const required = described.children.filter((child) => child.required);
  const shownKeys = required.length > 0 ? required : described.children.slice(0, 1);
  return Object.fromEntries(shownKeys.map((child) => [child.name, exampleValue(child)]));
}

/** What makes a configuration whole again in the place of something wrong. */
export function repairOf(described: Description | undefined): unknown {
  if (described === undefined) return undefined;
  if (described.kind === 'section') return {};
  return structuredClone(described.doc.example ?? described.default);
}
