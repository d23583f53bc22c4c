/** Of whom a rule speaks: patterns of Matrix user IDs, and rooms for their members. */

/** Whether a user is in a room; false while that is not known. */
export type IsMember = (user: string, room: string) => boolean;

export interface People {
  has(user: string): boolean;
  /** Users that were named one by one: without a pattern, and not by a room. */
  readonly named: readonly string[];
  /** Rooms whose members are meant. */
  readonly rooms: readonly string[];
  /** There are none but those that were named. */
  readonly isExact: boolean;
}

const nowhere: IsMember = () => false;

/**
 * Entries such as `@*:example.org`, `@alice:example.org`, `*`, `!id:example.org`, `#alias:example.org`. Whole IDs are
 * matched, capitals count (user IDs are case-sensitive). Nobody matches an empty list.
 */
export function matchPeople(entries: readonly string[], isMember: IsMember = nowhere): People {
  const rooms = entries.filter((entry) => /^[!#]/.test(entry));
  const patterns = entries.filter((entry) => !/^[!#]/.test(entry));
  const named = patterns.filter((pattern) => !pattern.includes('*'));
  const exact = new Set(named);
  const expressions = patterns.filter((pattern) => pattern.includes('*')).map(expressionOf);
  return {
    has: (user) =>
      exact.has(user) ||
      expressions.some((expression) => expression.test(user)) ||
      rooms.some((room) => isMember(user, room)),
    named,
    rooms,
    isExact: rooms.length === 0 && expressions.length === 0,
  };
}

function expressionOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`, 'su');
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The server of a user ID: all behind the first colon (specification, appendices "User identifiers"). */
export function serverOf(userId: string): string {
  return userId.slice(userId.indexOf(':') + 1);
}
