/** What users call the telephone of a ghost, in one room: the name of the room, else in a chat of two that of its user. */
import type { Store } from '../../store/index.ts';
import type { Ghosts } from '../ghosts/ghosts.ts';
import type { PortalCache } from '../ghosts/portals.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { Numbers } from '../settings.ts';
import { isOfSharedLine } from '../texts/people.ts';

export interface PetNamesParts {
  readonly ghosts: Ghosts;
  readonly portals: PortalCache;
  readonly petNames: Store['petNames'];
  readonly numbers: Numbers;
}

export function petNamesIn({ ghosts, portals, petNames, numbers }: PetNamesParts) {
  return async (roomId: RoomId, ghost: MatrixUserId): Promise<string | undefined> => {
    const dialled = ghosts.writable(ghost)?.dialled;
    const portal = (await portals.inRoom(roomId)).find((one) => one.ghost === ghost);
    if (dialled === undefined || portal === undefined) return undefined;
    const user = portal.userId as MatrixUserId;
    const telephone = numbers.canonical?.(dialled, user) ?? dialled;
    const ofRoom = await petNames.get(roomId, telephone);
    return ofRoom ?? (portal.others <= 1 || isOfSharedLine(portal) ? petNames.get(user, telephone) : undefined);
  };
}
