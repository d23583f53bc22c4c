/**
 * Message IDs. A service centre gives one in its answer and names it again in the receipt, often not in the same form: padded with
 * zeros, in other letters, or once in hexadecimal and once in decimal digits.
 */

/** How the two are written, when they differ. */
export type MessageIdForm = 'same' | 'hex-then-decimal' | 'decimal-then-hex';

/** The same for both. `from`: where it was read. */
export function messageIdOf(id: string, from: 'answer' | 'receipt', form: MessageIdForm): string | undefined {
  const trimmed = id.trim().toLowerCase();
  if (trimmed === '') return undefined;
  const isHex =
    (form === 'hex-then-decimal' && from === 'answer') || (form === 'decimal-then-hex' && from === 'receipt');
  if (isHex && /^[0-9a-f]+$/.test(trimmed)) return BigInt(`0x${trimmed}`).toString();
  if (/^[0-9a-f]+$/.test(trimmed)) return trimmed.replace(/^0+(?=.)/, '');
  return trimmed;
}
