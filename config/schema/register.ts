/** Registration of an account at its provider or PBX. */

import { z } from 'zod';
import { count, flag, host, key, kind, port, section } from './key.ts';

export const register = section({
  enabled: key(flag().default(false), {
    about: 'Register `username` at the trunk, so that it sends calls to us. Off for trunks that know our address.',
    inSample: true,
  }),
  registrar: key(host().optional(), {
    about: 'Where to register, when that is not `host`.',
    example: 'registrar.example.net',
  }),
  port: key(port().optional(), { about: 'Port of the registrar. Without it, SRV is looked up.', example: 5060 }),
  expires_s: key(count(60, 86_400, 'number of seconds').default(600), {
    about: 'How long a registration shall last. The trunk decides; it is renewed when half of that is over.',
  }),
  contact_user: key(
    kind(z.string().regex(/^[A-Za-z0-9_.+-]{1,64}$/), 'a user part of letters, digits and _.+-').optional(),
    {
      about: 'User part of our Contact, for trunks that send calls to it. Default: one that nobody can guess.',
      example: '1000',
    },
  ),
});
