/** `group`: whether the telephones in a room see one another's texts. */
import type { Command } from './command.ts';

export const group: Command = {
  name: 'group',
  help: [
    { usage: '!group off', does: 'in a room with several numbers: they do not get one another’s texts; “on” again' },
  ],
  run([value], { inChat = false }) {
    if (value !== 'on' && value !== 'off') return undefined;
    if (!inChat) return { reply: 'Write that in the room with the numbers, as “!group off”.' };
    return { reply: '', act: { kind: 'group', relays: value === 'on' } };
  },
};
