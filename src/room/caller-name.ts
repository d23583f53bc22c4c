/**
 * What callers are called. The name is what a stranger's network says (CNAM), so it may never pass for somebody else: the
 * number always stands behind it, and it can look neither like a number nor like a Matrix user.
 */

/** Of what a network says; longer names are cut. */
const LONGEST_NAME = 80;
/** A number pretending to be a name: this many digits. */
const DIGITS_OF_A_NUMBER = 5;

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;
/** Brackets would let a name bring a number of its own; signs of approval would let it vouch for itself. */
const MISLEADING = /[()[\]{}<>"⚠✓✔☑✅🗸☎📞🔒🛡]/gu;
/** Marks piled up on one letter run over the lines above. */
const PILED_MARKS = /(\p{M}{2})\p{M}+/gu;

/**
 * The name as it can be shown to anybody, or undefined when nothing of it is left or it is no name.
 * `@` and `:` go, in every shape Unicode has for them: a name must not read as `@user:server`.
 */
export function harmlessName(said: string): string | undefined {
  const plain = said
    .slice(0, LONGEST_NAME * 8)
    .toWellFormed()
    .normalize('NFKC')
    .replace(HIDDEN, ' ')
    .replace(MISLEADING, ' ')
    .replace(/[@:∶꞉]/g, ' ')
    .replace(PILED_MARKS, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  const name = [...plain].slice(0, LONGEST_NAME).join('').trim();
  if (!/[\p{L}\p{N}]/u.test(name)) return undefined;
  if ((name.match(/\p{Nd}/gu)?.length ?? 0) >= DIGITS_OF_A_NUMBER) return undefined;
  // What networks send when they know no name.
  if (/^(?:anonymous|restricted|unavailable|unknown|private|withheld)(?: (?:caller|name|number))?$/i.test(name)) {
    return undefined;
  }
  return name;
}

export interface ShownCaller {
  /** The number as people write it. */
  readonly number: string;
  /** As the network says it, or said it the last time. */
  readonly name?: string;
  /** The network says that the number may be somebody else's (`verstat`, RFC 8588). */
  readonly doubtful?: boolean;
}

/** What is shown while it rings and in the list of chats: "Name (number)". */
export function shownCaller({ number, name, doubtful }: ShownCaller): string {
  const harmless = name === undefined ? undefined : harmlessName(name);
  const who = harmless === undefined ? number : `${harmless} (${number})`;
  return doubtful ? `${who} ⚠ perhaps not the true number` : who;
}
