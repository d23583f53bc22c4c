import { describe, expect, it } from 'vitest';
import { matchPeople, serverOf } from '../../../src/account/people.ts';

describe('patterns of user IDs', () => {
  it.each([
    ['*', '@bob:elsewhere.org', true],
    ['@*:example.org', '@alice:example.org', true],
    ['@*:example.org', '@alice:example.org:8448', false],
    ['@*:example.org', '@alice:exampleXorg', false],
    ['@*:example.org', '@alice:example.org.evil.org', false],
    ['@*:example.org', '@alice:EXAMPLE.org', false],
    ['@alice:example.org', '@alice:example.org', true],
    ['@alice:example.org', '@alicia:example.org', false],
    ['@team-*:*.example.org', '@team-a:b.example.org', true],
    ['@team-*:*.example.org', '@team-a:example.org', false],
    ['@a.c:example.org', '@abc:example.org', false],
  ])('%s against %s: %s', (pattern, user, expected) => {
    expect(matchPeople([pattern]).has(user)).toBe(expected);
  });

  it('an empty list is nobody', () => {
    expect(matchPeople([]).has('@alice:example.org')).toBe(false);
  });

  it('a server may have a port', () => {
    expect(serverOf('@alice:example.org:8448')).toBe('example.org:8448');
  });
});

describe('rooms', () => {
  const isMember = (user: string, room: string) => user === '@alice:example.org' && room === '#phones:example.org';

  it('stand for their members, by ID or alias', () => {
    const people = matchPeople(['#phones:example.org', '!x:example.org'], isMember);
    expect(people.has('@alice:example.org')).toBe(true);
    expect(people.has('@bob:example.org')).toBe(false);
    expect(people.rooms).toEqual(['#phones:example.org', '!x:example.org']);
  });

  it('are nobody while it is not known who is in them', () => {
    expect(matchPeople(['#phones:example.org']).has('@alice:example.org')).toBe(false);
  });
});

it('tells who was named, and who only fits a pattern', () => {
  expect(matchPeople(['@alice:example.org', '@*:example.org', '*']).named).toEqual(['@alice:example.org']);
});
