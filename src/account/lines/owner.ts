/** Whose number it is, for somebody who looks it up: pure. */
import type { MatrixUserId } from '../../matrix/index.ts';
import type { InboundRule } from '../inbound-rules.ts';
import type { LineBook } from '../line-book.ts';
import { serverOf } from '../people.ts';
import type { PreferencesOf } from '../screening.ts';

export interface OwnerRules {
  readonly lines: Pick<LineBook, 'lineOf'>;
  /** Rules for calls in. */
  readonly rules: readonly Pick<InboundRule, 'numbers'>[];
  readonly preferencesOf: PreferencesOf;
  readonly serverName: string;
}

/**
 * The one user of this server who gets the calls to a number of our own, without anything between. Undefined where several ring, a
 * rule says something else, or the user wants calls to go elsewhere or not to ring now: then the call has to come by the gateway.
 * @param number E.164
 */
export function ownerOfNumber(number: string, of: OwnerRules): MatrixUserId | undefined {
  const line = of.lines.lineOf(number);
  if (line === undefined || line.controlRoom !== undefined) return undefined;
  const { named, rooms } = line.users;
  const [user, ...others] = named;
  if (user === undefined || others.length > 0 || rooms.length > 0 || serverOf(user) !== of.serverName) return undefined;
  if (of.rules.some(({ numbers }) => numbers.includes(number))) return undefined;
  const { dnd, forward, screening } = of.preferencesOf(user);
  // Who calls is not known here: whoever screens callers gets them by the gateway, which knows.
  if (dnd !== undefined || forward !== undefined || screening.length > 0) return undefined;
  return user as MatrixUserId;
}
