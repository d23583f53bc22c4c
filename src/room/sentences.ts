/** Sentences that people read in a room, from a catalogue: one plain sentence a key, so that another language can stand in. */

export type SentenceParameters = Readonly<Record<string, string>>;

/** A sentence before it is put into words. */
export interface SentenceOf<Key extends string> {
  readonly key: Key;
  readonly params?: SentenceParameters;
}

/** The words of a language; `{name}` stands for a parameter. */
export type CatalogueOf<Key extends string> = Readonly<Record<Key, string>>;

/**
 * Puts a sentence into words. A parameter that is not given leaves its name in braces: a fault that can be seen.
 * @param params those of the occasion; the sentence's own come first
 */
export function inWords<Key extends string>(
  sentence: SentenceOf<Key>,
  params: SentenceParameters,
  catalogue: CatalogueOf<Key>,
): string {
  return catalogue[sentence.key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    return sentence.params?.[name] ?? params[name] ?? whole;
  });
}
