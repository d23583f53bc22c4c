/** What is wrong with the input of an operation, in words. */
import type { z } from 'zod';

export interface Fault {
  readonly field: string;
  /** What it must be: “an amount such as 12.50”. */
  readonly words: string;
}

/** One for each field: the first that was found. */
export function faultsOf(error: z.ZodError): readonly Fault[] {
  const faults = new Map<string, string>();
  for (const issue of error.issues) {
    const field = issue.path.join('.');
    if (!faults.has(field)) faults.set(field, wordsOf(issue));
  }
  return [...faults].map(([field, words]) => ({ field, words }));
}

export function faultsInWords(faults: readonly Fault[]): string {
  return faults.map(({ field, words }) => (field === '' ? `${words}.` : `“${field}” must be ${words}.`)).join(' ');
}

function wordsOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return issue.expected === 'int' || issue.expected === 'number' ? 'a whole number' : `a ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'string' ? 'more than nothing' : `at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string' ? `at most ${issue.maximum} characters` : `at most ${issue.maximum}`;
    // The schema says it in words of its own.
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message;
    default:
      return issue satisfies never;
  }
}
