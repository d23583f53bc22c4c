import { describe, expect, it } from 'vitest';
import { matchesAny } from '../../../src/account/permissions.ts';

describe('permission patterns', () => {
  it.each([
    [['@*:example.org'], '@alice:example.org', true],
    [['@*:example.org'], '@alice:example.org.evil.test', false],
    [['@*:example.org'], '@alice:exampleXorg', false],
    [['@alice:example.org'], '@alice:example.org', true],
    [['@alice:example.org'], '@Alice:example.org', false],
    [['@bob:a', '@*_staff:a'], '@x_staff:a', true],
    [['*'], '@anyone:anywhere', true],
    [[], '@alice:example.org', false],
    [['@(a|b):c'], '@a:c', false],
  ])('%j and %s: %s', (patterns, user, expected) => {
    expect(matchesAny(patterns)(user)).toBe(expected);
  });
});
