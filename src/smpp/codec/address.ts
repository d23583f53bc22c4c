/** Addresses: type of number, numbering plan, digits or letters (SMPP 3.4 §5.2.5, §5.2.6). */

export interface SmppAddress {
  readonly ton: number;
  readonly npi: number;
  readonly address: string;
}

export type AddressKind = 'international' | 'national' | 'short' | 'alphanumeric';
export type AddressTypes = Readonly<Record<AddressKind, { readonly ton: number; readonly npi: number }>>;

export const TON = { unknown: 0, international: 1, national: 2, networkSpecific: 3, alphanumeric: 5 } as const;
const ISDN = 1;

/** What most service centres want. */
export const usualTypes: AddressTypes = {
  international: { ton: TON.international, npi: ISDN },
  national: { ton: TON.national, npi: ISDN },
  short: { ton: TON.networkSpecific, npi: 0 },
  alphanumeric: { ton: TON.alphanumeric, npi: 0 },
};

/** Digits of the longest short code; longer ones are numbers of the own country. */
const LONGEST_SHORT_CODE = 8;
/** C-octet strings of 21 octets (SMPP 3.4 §4.4.1), and what a GSM network shows of letters (3GPP TS 23.040 §9.1.2.5). */
const MOST_DIGITS = 20;
const MOST_LETTERS = 11;

/** Undefined when nothing can be sent to it, or from it. */
export function smppAddress(
  number: string,
  { types = usualTypes, plus = false }: { readonly types?: AddressTypes; readonly plus?: boolean } = {},
): SmppAddress | undefined {
  const kind = kindOf(number);
  if (kind === undefined) return undefined;
  const address = kind === 'international' && !plus ? number.slice(1) : number;
  return { ...types[kind], address };
}

function kindOf(number: string): AddressKind | undefined {
  if (/^\+\d+$/.test(number)) return number.length <= MOST_DIGITS ? 'international' : undefined;
  if (/^[\d*#]+$/.test(number)) {
    if (number.length > MOST_DIGITS) return undefined;
    return number.length <= LONGEST_SHORT_CODE ? 'short' : 'national';
  }
  // Printable ASCII: the field has no other alphabet.
  return number.length <= MOST_LETTERS && /^[\x20-\x7e]*[A-Za-z][\x20-\x7e]*$/.test(number)
    ? 'alphanumeric'
    : undefined;
}

/** Shortest number that is taken for one of the public network when its type is not given. */
const SHORTEST_BARE = 9;

/**
 * E.164 where that can be told, else as it came; '' when nobody is named.
 * @param bareIsInternational digits of unknown type are a number with its country's code, as most providers write them
 */
export function numberOf({ ton, address }: Pick<SmppAddress, 'ton' | 'address'>, bareIsInternational: boolean): string {
  const trimmed = address.trim();
  const digits = /^(?:\+|00)?([1-9]\d{4,14})$/.exec(trimmed)?.[1];
  if (digits === undefined) return trimmed;
  if (ton === TON.international || trimmed.startsWith('+')) return `+${digits}`;
  if (ton !== TON.unknown || !bareIsInternational) return trimmed;
  return trimmed.startsWith('00') || digits.length >= SHORTEST_BARE ? `+${digits}` : trimmed;
}
