/** Which line is used in a room: what somebody chose for it, else the line that shares it, else what the user chose in general. */
import type { RoomId } from '../../matrix/index.ts';
import type { LineChoices } from '../outbound-decision.ts';

export interface LineChoicesParts {
  readonly choices: {
    get(owner: string, name: string, room?: string): Promise<string | undefined>;
    withheld(user: string, room?: string): Promise<boolean>;
  };
  /** The shared line whose room it is; undefined for all other rooms. Quick. */
  readonly lineIn: (room: RoomId) => Promise<{ readonly line: string } | undefined>;
}

const LINE = 'line';

/** The choice of a line in a room of a shared one is the room's, and so the same for all who are there. */
export function createLineChoices({ choices, lineIn }: LineChoicesParts): LineChoices {
  return {
    async line(user, room) {
      if (room === undefined) return choices.get(user, LINE);
      const shared = await lineIn(room);
      if (shared !== undefined) return (await choices.get(room, LINE, room)) ?? shared.line;
      return (await choices.get(user, LINE, room)) ?? choices.get(user, LINE);
    },
    withheld: (user, room) => choices.withheld(user, room),
  };
}
