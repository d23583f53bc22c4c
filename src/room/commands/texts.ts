/** `texts`: what waits or failed. */
import type { Command } from './command.ts';

export const texts: Command = {
  name: 'texts',
  help: [
    { usage: 'texts', does: 'shows texts that wait for you and texts that could not be sent' },
    { usage: 'texts resend', does: 'sends those again that could not be sent' },
    { usage: 'texts accept', does: 'invites you again into chats with texts for you' },
  ],
  run([what]) {
    if (what === undefined) return { reply: '', act: { kind: 'texts' } };
    if (what === 'resend' || what === 'accept') return { reply: '', act: { kind: what } };
    return undefined;
  },
};
