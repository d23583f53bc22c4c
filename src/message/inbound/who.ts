/** What a telephone is called where it is shown. */
import type { MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { WaitingArrival } from '../ports.ts';
import type { InboundParts } from './parts.ts';
import { shownSender } from './sender.ts';

/** The name that the room gave it, else the user, else its number. */
export async function whoItIs(
  arrival: Pick<WaitingArrival, 'sender' | 'withheld'>,
  of: { readonly roomId?: RoomId; readonly user?: MatrixUserId },
  { books, displayNumber }: Pick<InboundParts, 'books' | 'displayNumber'>,
): Promise<string> {
  if (!arrival.withheld && arrival.sender !== '') {
    for (const owner of [of.roomId, of.user]) {
      const name = owner === undefined ? undefined : await books.petNames.get(owner, arrival.sender);
      if (name !== undefined) return name;
    }
  }
  return shownSender(arrival, displayNumber);
}
