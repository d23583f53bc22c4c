/** Whether somebody is rung by a caller: do not disturb, callers that they block or let through. Pure. */
import { NO_PREFERENCES, type Preferences, type ScreeningRule } from './lines/ports.ts';

/** Stands for callers who withhold their number. */
export const WITHHELD = 'withheld';

export interface ScreenedCaller {
  /** E.164, or as a PBX names it. */
  readonly number?: string;
  readonly withheld: boolean;
}

export type Screened = 'rings' | 'blocked' | 'not-disturbed';

/** @param entry where a `*` at the end stands for anything */
export function isBlocked(number: string, entry: string): boolean {
  return entry.endsWith('*') ? number.startsWith(entry.slice(0, -1)) : number === entry;
}

/** What the most exact rule for this caller says: a whole number before beginnings, of these the longest. */
export function verdictOn(
  caller: ScreenedCaller,
  screening: readonly ScreeningRule[],
): ScreeningRule['verdict'] | undefined {
  const name = caller.withheld || caller.number === undefined ? WITHHELD : caller.number;
  const exact = screening.find((rule) => rule.caller === name);
  if (exact !== undefined || name === WITHHELD) return exact?.verdict;
  const [longest] = screening
    .filter((rule) => rule.caller.endsWith('*') && isBlocked(name, rule.caller))
    .toSorted((a, b) => b.caller.length - a.caller.length);
  return longest?.verdict;
}

/** @param now ms since 1970 */
export function screen(caller: ScreenedCaller, { dnd, screening }: Preferences, now: number): Screened {
  const verdict = verdictOn(caller, screening);
  if (verdict === 'block') return 'blocked';
  if (verdict === 'allow' || dnd === undefined) return 'rings';
  return dnd.until === undefined || dnd.until > now ? 'not-disturbed' : 'rings';
}

/** Preferences of a user or a control room. */
export type PreferencesOf = (owner: string) => Preferences;

export const nobodyPrefers: PreferencesOf = () => NO_PREFERENCES;
