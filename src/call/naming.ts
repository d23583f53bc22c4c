/** What a party on the telephone is called towards Matrix clients (MSC3086). */
import type { Party } from '../../sip/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';

export interface Named {
  readonly displayName: string;
  /** Only where policy lets clients open a room with it. */
  readonly id?: MatrixUserId;
}

export type Naming = (party: Party) => Named;

/**
 * Name, else number; nothing that is withheld is shown. No user ID: a client that goes by one (Element Web, where its
 * administrator has it so) would open a room with it and move the call there.
 * @param show a number as people read it
 */
export const namingBy =
  (show: (number: string) => string): Naming =>
  ({ name, number, withheld }) => ({
    displayName: withheld ? 'Anonymous' : (name ?? (number === undefined ? 'Unknown' : show(number))),
  });

export const plainNaming: Naming = namingBy((number) => number);
