/** Who may do what, from the patterns of the configuration. */

/**
 * Whether a user ID matches one of the patterns, in which `*` stands for any text. The rest is compared exactly: user IDs
 * are case-sensitive (Matrix specification, appendices, "User identifiers").
 */
export function matchesAny(patterns: readonly string[]): (userId: string) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(`^${pattern.split('*').map(literally).join('.*')}$`, 's'));
  return (userId) => expressions.some((expression) => expression.test(userId));
}

function literally(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
