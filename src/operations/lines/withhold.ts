/** Whether those who are called see a number. */
import { z } from 'zod';
import { roomId } from '../fields.ts';
import { ownOperation } from '../operation.ts';

export const lineWithhold = ownOperation({
  name: 'lines.withhold',
  summary: 'hide a user’s number from those they call, or show it',
  changes: true,
  input: { withhold: z.enum(['on', 'off']), room: roomId().optional().describe('In this chat alone.') },
  output: z.object({ withhold: z.enum(['on', 'off']), room: z.string().optional() }),
  http: { method: 'PUT', path: '/users/{user}/withhold' },
  command: {
    names: ['line withhold', 'lines withhold'],
    usage: [
      { arguments: 'on|off', does: 'hides your number from those you call; “off” shows it again', example: 'on' },
    ],
    read([value, ...more], { chat }) {
      const withhold = value?.toLowerCase();
      if (more.length > 0 || (withhold !== 'on' && withhold !== 'off')) return undefined;
      return { withhold, ...(chat === undefined ? {} : { room: chat }) };
    },
  },
  async run({ parts, user }, { withhold, room }) {
    await parts.choices.set(user, 'withhold', withhold, room);
    return { withhold, ...(room === undefined ? {} : { room }) };
  },
  words({ withhold, room }) {
    const where = room === undefined ? '' : ' in this chat';
    return `The number is ${withhold === 'on' ? 'withheld' : 'shown'}${where} from now on.`;
  },
});
