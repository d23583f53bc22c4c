/**
 * Tables of single languages, by which an SMS can have their letters in seven bits (3GPP TS 23.038 §6.2.1.2 and annex A). They are
 * read alone: telephones that lack them would show other letters, and UCS-2 is understood by all.
 */

export type NationalLanguage = 'turkish' | 'spanish' | 'portuguese';

/** TS 23.038 §6.2.1.2.4: languages by their number. Those of India, which write UCS-2 in practice, are not read. */
const NUMBERS: Readonly<Record<number, NationalLanguage>> = { 1: 'turkish', 2: 'spanish', 3: 'portuguese' };

/** TS 23.040 §9.2.3.24.15 and .16: elements of the user data header. */
const SINGLE_SHIFT = 0x24;
const LOCKING_SHIFT = 0x25;

/** Tables that a text is written with; absent: those of every telephone. */
export interface NationalTables {
  /** In place of the extension table. */
  readonly extension?: NationalLanguage;
  /** In place of the alphabet itself. */
  readonly alphabet?: NationalLanguage;
}

export function nationalTables(
  elements: readonly { readonly id: number; readonly data: Uint8Array }[],
): NationalTables {
  const language = (id: number) => NUMBERS[elements.findLast((element) => element.id === id)?.data[0] ?? 0];
  const extension = language(SINGLE_SHIFT);
  const alphabet = language(LOCKING_SHIFT);
  return {
    ...(extension === undefined ? {} : { extension }),
    // There is none for Spanish.
    ...(alphabet === undefined || alphabet === 'spanish' ? {} : { alphabet }),
  };
}

/** What differs from the extension table (annex A.2). */
const EXTENSIONS: Readonly<Record<NationalLanguage, ReadonlyMap<number, string>>> = {
  turkish: new Map([
    [0x47, 'Ğ'],
    [0x49, 'İ'],
    [0x53, 'Ş'],
    [0x63, 'ç'],
    [0x67, 'ğ'],
    [0x69, 'ı'],
    [0x73, 'ş'],
  ]),
  spanish: new Map([
    [0x09, 'ç'],
    [0x41, 'Á'],
    [0x49, 'Í'],
    [0x4f, 'Ó'],
    [0x55, 'Ú'],
    [0x61, 'á'],
    [0x69, 'í'],
    [0x6f, 'ó'],
    [0x75, 'ú'],
  ]),
  portuguese: new Map([
    [0x05, 'ê'],
    [0x09, 'ç'],
    [0x0b, 'Ô'],
    [0x0c, 'ô'],
    [0x0e, 'Á'],
    [0x0f, 'á'],
    [0x12, 'Φ'],
    [0x13, 'Γ'],
    [0x15, 'Ω'],
    [0x16, 'Π'],
    [0x17, 'Ψ'],
    [0x18, 'Σ'],
    [0x19, 'Θ'],
    [0x1f, 'Ê'],
    [0x41, 'À'],
    [0x49, 'Í'],
    [0x4f, 'Ó'],
    [0x55, 'Ú'],
    [0x5b, 'Ã'],
    [0x5c, 'Õ'],
    [0x61, 'Â'],
    [0x69, 'í'],
    [0x6f, 'ó'],
    [0x75, 'ú'],
    [0x7b, 'ã'],
    [0x7c, 'õ'],
    [0x7f, 'â'],
  ]),
};

/** What differs from the default alphabet (annex A.3). */
const ALPHABETS: Readonly<Partial<Record<NationalLanguage, ReadonlyMap<number, string>>>> = {
  turkish: new Map([
    [0x04, '€'],
    [0x07, 'ı'],
    [0x0b, 'Ğ'],
    [0x0c, 'ğ'],
    [0x1c, 'Ş'],
    [0x1d, 'ş'],
    [0x40, 'İ'],
    [0x60, 'ç'],
  ]),
  portuguese: new Map([
    [0x04, 'ê'],
    [0x06, 'ú'],
    [0x07, 'í'],
    [0x08, 'ó'],
    [0x09, 'ç'],
    [0x0b, 'Ô'],
    [0x0c, 'ô'],
    [0x0e, 'Á'],
    [0x0f, 'á'],
    [0x12, 'ª'],
    [0x13, 'Ç'],
    [0x14, 'À'],
    [0x15, '∞'],
    [0x16, '^'],
    [0x17, '\\'],
    [0x18, '€'],
    [0x19, 'Ó'],
    [0x1a, '|'],
    [0x1c, 'Â'],
    [0x1d, 'â'],
    [0x1e, 'Ê'],
    [0x24, 'º'],
    [0x40, 'Í'],
    [0x5b, 'Ã'],
    [0x5c, 'Õ'],
    [0x5d, 'Ú'],
    [0x60, '~'],
    [0x7b, 'ã'],
    [0x7c, 'õ'],
    [0x7d, '`'],
  ]),
};

/** What a code means in a national table; undefined where it is as in every telephone's. */
export function nationalExtension(language: NationalLanguage | undefined, code: number): string | undefined {
  return language === undefined ? undefined : EXTENSIONS[language].get(code);
}

export function nationalCharacter(language: NationalLanguage | undefined, code: number): string | undefined {
  return language === undefined ? undefined : ALPHABETS[language]?.get(code);
}
