/** The ghosts that stand for callers who withheld their number: one for each trunk, and nobody can dial them. */

// A text that is no number, no URI and no vanity number, whatever the trunk is called.
const MARK = 'anonymous/';

export const WITHHELD_NAME = 'Anonymous';

/** What stands in the ID of the trunk's ghost in place of a number. */
export function withheldText(trunk: string): string {
  return `${MARK}${trunk}`;
}

export function isWithheldText(dialled: string): boolean {
  return dialled.startsWith(MARK);
}
