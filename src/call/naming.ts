/** What a party on the telephone is called towards Matrix clients (MSC3086). */
import type { Party } from '../../sip/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';

export interface Named {
  readonly displayName: string;
  /** Only where policy lets clients open a room with it. */
  readonly id?: MatrixUserId;
}

export type Naming = (party: Party) => Named;

/** Name, else number; nothing that is withheld is shown. */
export const plainNaming: Naming = ({ name, number, withheld }) => ({
  displayName: withheld ? 'Anonymous' : (name ?? number ?? 'Unknown'),
});
