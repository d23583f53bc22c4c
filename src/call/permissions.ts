/** Who may make calls: patterns of Matrix user IDs. */

/** Whether a user ID matches one of the patterns; `*` stands for anything, nothing else is special. */
export type UserMatcher = (userId: string) => boolean;

/**
 * Patterns such as `@*:example.org`, `@alice:example.org`, `*`. Whole IDs are matched, capitals count (user IDs are
 * case-sensitive). Nobody matches an empty list.
 */
export function matchUsers(patterns: readonly string[]): UserMatcher {
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`, 'su'),
  );
  return (userId) => expressions.some((expression) => expression.test(userId));
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The server of a user ID: all behind the first colon (specification, appendices "User identifiers"). */
export function serverOf(userId: string): string {
  return userId.slice(userId.indexOf(':') + 1);
}
