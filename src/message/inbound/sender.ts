/** Who writes, as far as it can be written back to. */
import type { ArrivedText } from '../transport.ts';

type From = Pick<ArrivedText, 'sender' | 'withheld'>;

/** A number of the public network, an extension or a short code: letters, names and nobody cannot be answered by text. */
export function canBeAnswered({ sender, withheld }: From): boolean {
  return !withheld && /^\+?\d{2,15}$/.test(sender);
}

/** Texts of one telephone to one number of ours are taken one after the other. */
export function conversationKey({
  transport,
  sender,
  called,
}: Pick<ArrivedText, 'transport' | 'sender' | 'called'>): string {
  return JSON.stringify([transport, sender, called]);
}

/** The log names senders, the room does: as the user would write the number, letters as they came. */
export function shownSender({ sender, withheld }: From, show: (number: string) => string): string {
  if (withheld || sender === '') return 'unknown';
  return canBeAnswered({ sender, withheld }) ? show(sender) : sender;
}
