/** Whose numbers are whose: lines of the public network, extensions of a PBX. */

import { z } from 'zod';
import { dialString, e164, flag, key, kind, people, roomId, secret, section, text, trunkName, userId } from './key.ts';

const personName = () => kind(z.string().min(1).max(80), 'a name of at most 80 characters');

export const line = section({
  number: key(e164(), { about: 'The number, as the provider gave it to you.', example: '+441818118181' }),
  users: key(z.array(people()).default([]), {
    about:
      'Who may show it as their own. Users named one by one also ring when it is called, unless a rule of ' +
      '`inbound.rules` says otherwise. The first line of a user is shown when nothing else was chosen.',
    example: ['@alice:example.org'],
    inSample: true,
  }),
  control_room: key(roomId().optional(), {
    about:
      'The ID of the room whose members share it, in place of `users`: all may call and text from it, all see its conversations, ' +
      'its calls ring them all. The gateway must be in the room.',
    example: '!sales:example.org',
  }),
  trunk: key(trunkName().optional(), {
    about: 'The trunk that it belongs to; calls by other trunks do not show it. Without it, every trunk may.',
    example: 'office',
  }),
  name: key(personName().optional(), {
    about: 'Name that called parties see with it, where the network carries one.',
    example: 'Example Ltd',
  }),
});

export const extension = section({
  user: key(userId(), { about: 'Whose extension it is.', example: '@alice:example.org' }),
  trunk: key(trunkName(), { about: 'The trunk that leads to the PBX.', example: 'office' }),
  extension: key(dialString(), { about: 'Number inside the PBX.', example: '200' }),
  username: key(text().optional(), {
    about: 'User name to register with. Default: `extension`.',
    example: '200-matrix',
  }),
  auth_username: key(text().optional(), {
    about: 'User name for digest authentication, when that is another (3CX: authentication ID).',
    example: 'a7Bc9',
  }),
  ...secret('password', 'Password of the extension.', 'correct horse battery staple'),
  name: key(personName().optional(), { about: 'Name that called parties see.', example: 'Alice Example' }),
  voicemail: key(dialString().optional(), {
    about: 'What is dialled to hear the voicemail of the PBX; named in the notice of a new message.',
    example: '*97',
  }),
  message_waiting: key(flag().default(true), {
    about: 'Ask the PBX to tell of new voicemail (RFC 3842), and tell the user by a notice.',
  }),
});
