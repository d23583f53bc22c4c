/** A line, or an extension of a PBX, as operations show it. */
import { z } from 'zod';
import type { BookedExtension, BookedLine } from '../../account/index.ts';

export const line = z.object({
  number: z.string().describe('In E.164, or an extension.'),
  trunk: z.string().optional(),
  name: z.string().optional(),
  users: z.array(z.string()).describe('Who has it: Matrix IDs and patterns; empty where a room has it.'),
  room: z.string().optional().describe('The control room whose members share it.'),
  isLinked: z.boolean().describe('Given by `link`; else by the configuration.'),
});

export type Line = z.output<typeof line>;

export function lineOf({ number, trunk, name, users, controlRoom, isLinked }: BookedLine): Line {
  return {
    number,
    ...(trunk === undefined ? {} : { trunk }),
    ...(name === undefined ? {} : { name }),
    users: [...users.named],
    ...(controlRoom === undefined ? {} : { room: controlRoom }),
    isLinked: isLinked === true,
  };
}

export function extensionOf({ extension, trunk, name, user, controlRoom, isLinked }: BookedExtension): Line {
  return {
    number: extension,
    trunk,
    ...(name === undefined ? {} : { name }),
    users: user === undefined ? [] : [user],
    ...(controlRoom === undefined ? {} : { room: controlRoom }),
    isLinked: isLinked === true,
  };
}
