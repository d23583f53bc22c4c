/**
 * What a caller's ghost is called in one room. Its profile keeps the bare number: what one caller's network says is shown only
 * where that caller called. A call without a name leaves the name of an earlier one.
 */
import type { Logger } from 'pino';
import { shownCaller } from '../../room/index.ts';
import type { CallingParty } from '../call-rooms.ts';
import { sendState } from '../client/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { RingingParts } from './parts.ts';

export interface GhostNamesParts extends RingingParts {
  /** What users call a telephone in this room. */
  readonly petName?: (roomId: RoomId, ghost: MatrixUserId) => Promise<string | undefined>;
}

export class GhostNames {
  readonly #parts: GhostNamesParts;
  readonly #logger: Logger;

  constructor(parts: GhostNamesParts) {
    this.#parts = parts;
    this.#logger = parts.logger;
  }

  /** What is shown of this caller in this room; a name that was known before counts. */
  async shown(roomId: RoomId, ghost: MatrixUserId, caller: CallingParty): Promise<string> {
    return (await this.#names(roomId, ghost, caller)).shownName;
  }

  /** Sees to it that the ghost is called so in the room, where it is joined. What goes wrong is only logged. */
  async show(roomId: RoomId, ghost: MatrixUserId, caller: CallingParty): Promise<string> {
    const { homeserver, ghosts, portals } = this.#parts;
    const names = await this.#names(roomId, ghost, caller);
    const before = (await portals.name(roomId, ghost)).shownName ?? ghosts.displayName(ghost);
    if (before === names.shownName) return names.shownName;
    try {
      const content = { membership: 'join', displayname: names.shownName };
      await sendState(homeserver, { as: ghost, roomId, type: 'm.room.member', stateKey: ghost, content });
      await portals.rename(roomId, ghost, names);
    } catch (error) {
      this.#logger.warn({ roomId }, error instanceof Error ? error.message : String(error));
    }
    return names.shownName;
  }

  async #names(roomId: RoomId, ghost: MatrixUserId, caller: CallingParty) {
    const { ghosts, portals } = this.#parts;
    if (caller.kind === 'withheld') return { shownName: ghosts.displayName(ghost) };
    const doubtful = caller.verification === 'failed';
    if (ghosts.isWithheld(ghost)) {
      // One ghost for many callers: nobody's name is kept for the next one.
      const { name, dialled } = caller;
      return { shownName: shownCaller({ number: ghosts.callerNumber(dialled), doubtful, ...(name ? { name } : {}) }) };
    }
    const petName = await this.#parts.petName?.(roomId, ghost);
    if (petName !== undefined) {
      // Their own word counts for more than a network's.
      const { callerName } = await portals.name(roomId, ghost);
      const kept = caller.name ?? callerName;
      return {
        shownName: shownCaller({ number: petName, doubtful }),
        ...(kept === undefined ? {} : { callerName: kept }),
      };
    }
    const number = ghosts.displayName(ghost);
    const callerName = caller.name ?? (await portals.name(roomId, ghost)).callerName;
    const shownName = shownCaller({ number, doubtful, ...(callerName === undefined ? {} : { name: callerName }) });
    return { shownName, ...(callerName === undefined ? {} : { callerName }) };
  }
}
