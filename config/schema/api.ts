/** The provisioning API, lookups of people by number, and the identity server. */
import { z } from 'zod';
import { count, flag, httpUrl, key, kind, oneOf, secret, section } from './key.ts';

const token = section({
  name: key(kind(z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/), 'a short name of letters, digits and _.-'), {
    about: 'Its name in logs, and as the author of what it does.',
    example: 'billing',
  }),
  ...secret(
    'token',
    'The token, of at least 24 characters; `openssl rand -hex 32` makes one.',
    'made-by-openssl-rand-hex-32',
  ),
  access: key(oneOf(['administrator', 'read']).default('read'), {
    about: '`administrator` may do everything, `read` only look.',
    inSample: true,
  }),
});

export const api = section({
  enabled: key(flag().default(false), {
    about: 'Serve the provisioning API at /_trunkline/v1/. See docs/admin/provisioning-api.md.',
  }),
  tokens: key(z.array(token).default([]), { about: 'Tokens of programs that may use it.' }),
  openid: key(flag().default(true), {
    about:
      'Let users of this homeserver in by OpenID tokens, for what is their own; those of `permissions.administrators` for ' +
      'everything.',
  }),
});

export const identityServer = section({
  server: key(httpUrl().optional(), {
    about:
      'An identity server that is asked whether a number belongs to a Matrix user, who then is called in place of the ' +
      'telephone. Without it none is asked. Numbers leave the house as hashes, which can be guessed back: tell your users.',
    example: 'https://identity.example.org',
  }),
  ...secret('token', 'Token of an account there.', 'syt_example'),
  cache_s: key(count(60, 604_800, 'number of seconds').default(86_400), {
    about: 'How long an answer is remembered.',
  }),
});

export const lookups = section({
  real_users: key(flag().default(true), {
    about:
      'A lookup or call of a number that is a line of one user here gives that user in place of the ghost. Whoever may call ' +
      'learns then whose number it is.',
  }),
});
