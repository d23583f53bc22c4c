/** What administrators are told in their room: each thing once, until it is over and comes again. */
import type { Store } from '../../store/index.ts';
import type { CallSignalling } from '../call-events.ts';
import { joinRoom } from '../client/rooms.ts';
import type { RoomId } from '../ids.ts';
import { type RingingParts, whileItRings } from '../ringing/parts.ts';
import type { WholeRooms } from '../ringing/whole-rooms.ts';

export interface AdministratorsParts extends RingingParts {
  /** Room ID or alias; undefined: nobody is told. */
  readonly room: string | undefined;
  readonly wholeRooms: WholeRooms;
  readonly signalling: Pick<CallSignalling, 'notice'>;
  readonly notices: Store['notices'];
}

export class Administrators {
  readonly #parts: AdministratorsParts;

  constructor(parts: AdministratorsParts) {
    this.#parts = parts;
  }

  /**
   * Says that something is wrong, once until it is over. Never rejects: what cannot be said is logged, and said the next time.
   * @param about what is wrong, such as `trunk:main:registration`
   */
  async trouble(about: string, text: string): Promise<void> {
    const { room, notices, clock } = this.#parts;
    const key = `admin:${about}`;
    if (room === undefined || !(await notices.claim(key, clock.now()))) return;
    if (!(await this.#say(room, text, about))) await notices.takeBack(key);
  }

  /** Says that it is over, if it was told of. Never rejects. */
  async over(about: string, text: string): Promise<void> {
    const { room, notices } = this.#parts;
    if (room === undefined || !(await notices.takeBack(`admin:${about}`))) return;
    await this.#say(room, text, about);
  }

  async #say(room: string, text: string, about: string): Promise<boolean> {
    const { clock, logger, signalling, bot } = this.#parts;
    try {
      const roomId = await this.#enter(room);
      await signalling.notice(roomId, bot, text, `admin:${about}:${clock.now()}`);
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.warn(`the administrators' room ${room} could not be told: ${why}`);
      return false;
    }
  }

  async #enter(room: string): Promise<RoomId> {
    const { wholeRooms, homeserver, bot } = this.#parts;
    const roomId = await wholeRooms.find(room);
    await whileItRings(this.#parts, () => joinRoom(homeserver, bot, roomId));
    return roomId;
  }
}
