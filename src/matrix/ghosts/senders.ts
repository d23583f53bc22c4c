/**
 * Ghosts of senders that are no numbers: the letters that a company writes under, a name, whatever a network lets through. They
 * can be read, and nobody can write to them or call them.
 */
import { harmlessName } from '../../room/index.ts';
import { oneLine } from '../sanitise.ts';

// A text that is no number, no URI and no vanity number, whatever the sender is called.
const MARK = 'sender/';
const LONGEST = 40;
/** What could make letters read as something that they are not; see `harmlessName`. */
const MISLEADING = /[()[\]{}<>"“”@:∶꞉⚠✓✔☑✅🗸☎📞🔒🛡]/gu;

/** What stands in the ghost's ID in place of a number; undefined when nothing of the sender can be shown. */
export function senderText(sender: string): string | undefined {
  const plain = oneLine(sender.toWellFormed().normalize('NFKC'), LONGEST);
  return plain === '' ? undefined : `${MARK}${plain}`;
}

export function isSenderText(dialled: string): boolean {
  return dialled.startsWith(MARK);
}

/** As it came where that can be mistaken for nothing else: else in quotation marks. */
export function senderName(dialled: string): string {
  const said = dialled.slice(MARK.length);
  const harmless = harmlessName(said);
  if (harmless === said) return said;
  const left = oneLine(said.replace(MISLEADING, ' '), LONGEST);
  return left === '' ? 'Unknown sender' : `“${left}”`;
}
