/** What rooms of shared lines are called and say, and what their members may do there. */
import { CALL_ROOM_POWER_LEVELS } from '../ringing/parts.ts';

/** Whether the gateway gave it to a room of this line; else somebody there did. */
export function isLineRoomName(name: string, line: string): boolean {
  return name.endsWith(` (${line})`);
}

/** @param line how the line is called @param telephone as people write it, or who it is */
export function lineRoomName(line: string, telephone: string): string {
  return `${telephone} (${line})`;
}

export function lineRoomTopic(line: string, telephone: string): string {
  return `Calls and texts from here come from ${line}. All who share it read here what is written to and from ${telephone}.`;
}

/** @param line how the line is called */
export const chosenLineTopic = (line: string): string => `Calls and texts from here come from ${line}.`;

export const movedAway = (line: string): string =>
  `${line} is not shared by this group any more: nothing that is written here is sent.`;

/** Who is there follows from the control room alone: nobody else brings in or sends away. */
export const LINE_ROOM_POWER_LEVELS = { ...CALL_ROOM_POWER_LEVELS, invite: 100, kick: 100, ban: 100 } as const;
