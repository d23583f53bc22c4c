import { SMS_UNITS, type SmsAlphabet, smsAlphabet, smsUnits } from '../../../sip/index.ts';

export type Joined =
  | { readonly kind: 'complete'; readonly text: string }
  /** `text`: what is there, with a mark where parts are missing. `missing`: their numbers. */
  | { readonly kind: 'incomplete'; readonly text: string; readonly missing: readonly number[] };

/** Stands where parts of a text have not come. */
const GAP = '[…]';

/**
 * Joins the parts of a long text, which come in any order, and any of them more than once.
 * @param parts of one text (same sender, reference and total); none is an incomplete text
 */
export function joinParts(
  parts: readonly { readonly index: number; readonly total: number; readonly text: string }[],
): Joined {
  const total = parts[0]?.total ?? 0;
  const byIndex = new Map<number, string>();
  for (const part of parts) if (!byIndex.has(part.index)) byIndex.set(part.index, part.text);
  const missing: number[] = [];
  let text = '';
  for (let index = 1; index <= total; index += 1) {
    const part = byIndex.get(index);
    if (part !== undefined) text += part;
    else {
      if (missing.at(-1) !== index - 1) text += GAP;
      missing.push(index);
    }
  }
  if (total > 0 && missing.length === 0) return { kind: 'complete', text };
  // A surrogate pair may have been cut by the sender, and its other half be missing.
  return { kind: 'incomplete', text: text.toWellFormed(), missing };
}

/** A text of a provider that takes long ones apart and does not say so. */
export interface HeldText {
  readonly text: string;
  /** ms since 1970. */
  readonly receivedAt: number;
  /** When it was written, where that is said: ms since 1970. */
  readonly sentAt?: number;
}

export interface GuessedTexts<Held extends HeldText> {
  /** Nothing more can belong to these: each is one text, its parts in order. */
  readonly ready: readonly (readonly Held[])[];
  /** When to ask again about the others: ms since 1970. */
  readonly wakeAt?: number;
}

/**
 * Guesses which of the texts of one sender to one number are parts of a longer one: those that are as long as a full SMS,
 * followed by at most one that is shorter, all within `windowMs` of the one before. A shorter one may have come first. Full ones
 * are put into the order in which they were written, where that is said, else in which they came: nothing tells more. A guess can
 * be wrong; hence it is for providers of which that is known.
 * @param held those that are not ready yet, in any order
 * @param now ms since 1970
 */
export function guessTexts<Held extends HeldText>(
  held: readonly Held[],
  now: number,
  windowMs = 5_000,
): GuessedTexts<Held> {
  const ready: Held[][] = [];
  let wakeAt: number | undefined;
  for (const burst of bursts(held, windowMs)) {
    const over = (burst.at(-1)?.receivedAt ?? 0) + windowMs;
    if (over <= now) ready.push(...textsOf(burst));
    else wakeAt = over;
  }
  return wakeAt === undefined ? { ready } : { ready, wakeAt };
}

function bursts<Held extends HeldText>(held: readonly Held[], windowMs: number): Held[][] {
  const found: Held[][] = [];
  for (const text of held.toSorted((a, b) => a.receivedAt - b.receivedAt)) {
    const burst = found.at(-1);
    const last = burst?.at(-1);
    if (burst !== undefined && last !== undefined && text.receivedAt - last.receivedAt < windowMs) burst.push(text);
    else found.push([text]);
  }
  return found;
}

function textsOf<Held extends HeldText>(burst: readonly Held[]): Held[][] {
  const full = burst.filter((text) => isFull(text.text));
  const short = burst.filter((text) => !isFull(text.text));
  if (full.length === 0) return burst.map((text) => [text]);
  if (short.length <= 1) return [[...full.toSorted(byWriting), ...short]];
  // More than one text came at once: each ends with the short one behind its full ones.
  const texts: Held[][] = [[]];
  for (const text of burst) {
    texts.at(-1)?.push(text);
    if (!isFull(text.text)) texts.push([]);
  }
  return texts.filter((text) => text.length > 0);
}

function byWriting(a: HeldText, b: HeldText): number {
  return a.sentAt === undefined || b.sentAt === undefined ? 0 : a.sentAt - b.sentAt;
}

/**
 * Whether a text is as long as an SMS that is full. One short of it counts, since an escape or a surrogate pair is not cut. A part
 * of a text in UCS-2 may have only characters of the 7-bit alphabet, hence it is measured in both.
 */
function isFull(text: string): boolean {
  return (['gsm7', 'ucs2'] satisfies SmsAlphabet[]).some((alphabet) => {
    if (alphabet === 'gsm7' && smsAlphabet(text) !== 'gsm7') return false;
    const units = smsUnits(text, alphabet);
    const { alone, part } = SMS_UNITS[alphabet];
    return units === alone || units === part || units === alone - 1 || units === part - 1;
  });
}
