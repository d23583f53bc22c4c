/** Which ghost stands for a caller, and which chats with it a user has already. */
import { encodeTelId, isE164, type NumberBindings } from '../../number/index.ts';
import type { StoredPortal } from '../../store/index.ts';
import type { CallingParty } from '../call-rooms.ts';
import type { MatrixUserId } from '../ids.ts';
import type { DirectRooms } from './direct-rooms.ts';
import { NewRoomsLimit } from './new-rooms-limit.ts';
import type { RingingParts } from './parts.ts';

export interface CallerGhostsParts extends RingingParts {
  readonly settings: { readonly serverName: string };
  readonly bindings: NumberBindings;
}

/** The caller as a user knows them. */
export interface KnownCaller {
  /** Who rings where there is no chat yet. */
  readonly ghost: MatrixUserId;
  /** The user's chats with the caller, the one to ring in first. */
  readonly known: readonly StoredPortal[];
}

export class CallerGhosts {
  readonly #parts: CallerGhostsParts;
  readonly #direct: DirectRooms;
  readonly #newRooms: NewRoomsLimit;

  constructor(parts: CallerGhostsParts, direct: DirectRooms) {
    this.#parts = parts;
    this.#direct = direct;
    this.#newRooms = new NewRoomsLimit(parts.clock);
  }

  /** A number that is new to the user counts towards what may call them from new numbers in a while. */
  async of(user: MatrixUserId, caller: CallingParty): Promise<KnownCaller> {
    const known = await this.#direct.find(user, await this.#ghostsOf(user, caller));
    if (known.length > 0 || caller.kind === 'withheld' || this.#newRooms.take(user)) {
      return { ghost: this.ghost(caller), known };
    }
    this.#parts.logger.warn({ user }, 'more new numbers call a user than get rooms of their own');
    const ghost = this.#nobody();
    return { ghost, known: await this.#direct.find(user, [ghost]) };
  }

  ghost(caller: CallingParty): MatrixUserId {
    const { ghosts } = this.#parts;
    const ghost = caller.kind === 'withheld' ? ghosts.forWithheld(caller.trunk) : ghosts.forDialled(caller.dialled);
    return ghost ?? this.#nobody();
  }

  /** Who stands for the sender of a text: also of one that is no number. */
  sender(party: CallingParty): MatrixUserId {
    const { ghosts } = this.#parts;
    if (party.kind === 'withheld') return this.ghost(party);
    const { dialled } = party;
    // Letters of a network are a name, also where somebody who dials would mean the keys that have them.
    const number = isName(dialled) ? undefined : ghosts.forDialled(dialled);
    return number ?? ghosts.forSender(dialled) ?? this.#nobody();
  }

  /** The ghosts under which this user may know the sender of a text. */
  knownAs(user: MatrixUserId, party: CallingParty): Promise<readonly MatrixUserId[]> {
    return this.#ghostsOf(user, party, this.sender(party));
  }

  /** Callers who cannot have a ghost of their own: what they are called on the network cannot be dialled. */
  #nobody(): MatrixUserId {
    const ghost = this.#parts.ghosts.forWithheld('unknown');
    if (ghost === undefined) throw new RangeError('the prefix of ghosts is too long');
    return ghost;
  }

  /** The ghosts under which this user may know the caller: as they dialled the number first, then the number itself. */
  async #ghostsOf(
    user: MatrixUserId,
    caller: CallingParty,
    own = this.ghost(caller),
  ): Promise<readonly MatrixUserId[]> {
    if (caller.kind === 'withheld' || !isE164(caller.dialled)) return [own];
    const { bindings, ghosts, settings } = this.#parts;
    const literals = await bindings.literalsOf(user, caller.dialled);
    const dialled = literals.flatMap((literal) => ghosts.forDialled(literal) ?? []);
    const tel = encodeTelId(caller.dialled, settings.serverName);
    return [...new Set([...dialled, own, ...(tel === undefined ? [] : [tel])])];
  }
}

function isName(sender: string): boolean {
  return /\p{L}/u.test(sender) && !/^sips?:/i.test(sender);
}
