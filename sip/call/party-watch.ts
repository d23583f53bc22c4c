/** Notices when the far side becomes somebody else: a number or name that differs from the one known. */
import type { Party } from '../leg.ts';
import type { SipMessage } from '../message/index.ts';

export class PartyWatch {
  readonly #read: (message: SipMessage) => Party | undefined;
  #known: Party | undefined;

  /**
   * @param read who a message says that its sender is, when it says it in a header that can be believed
   * @param known who it is so far; of a call of ours, the number that was called
   */
  constructor(read: (message: SipMessage) => Party | undefined, known: Party | undefined) {
    this.#read = read;
    this.#known = known;
  }

  /** @returns who the far side is from now on, or undefined when nothing has changed */
  changed(message: SipMessage): Party | undefined {
    const party = this.#read(message);
    if (party === undefined || (this.#known !== undefined && same(party, this.#known))) return undefined;
    this.#known = party;
    return party;
  }
}

/** One number may be written in several ways: its last digits tell. A name that is left out is no change. */
function same(party: Party, known: Party): boolean {
  if (party.withheld !== known.withheld) return false;
  const nameKept = party.name === undefined || known.name === undefined || party.name === known.name;
  return tail(party.number) === tail(known.number) && nameKept;
}

/** Whether two ways of writing are probably one number. */
export function sameNumber(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && tail(one) === tail(other);
}

function tail(number: string | undefined): string {
  if (number === undefined) return '';
  const digits = /^\+?\d{7,}$/.test(number) ? number.slice(-7) : number;
  return digits.toLowerCase();
}
