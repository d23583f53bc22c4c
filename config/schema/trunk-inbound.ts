/** Calls that a trunk brings: whose they are, who is called, who calls. */
import { z } from 'zod';
import { flag, key, kind, oneOf, secret, section, text } from './key.ts';
import { rewriteRule } from './number-format.ts';

const NETWORK = /^(?:[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:\/\d{1,3})?$|^(?=.*[A-Za-z])[A-Za-z0-9_.-]+$/;

/** Where a called number may stand. */
export const DID_SOURCE = /^(?:request-uri|to|p-called-party-id|diversion|header:[A-Za-z0-9-]+)$/;
export const DID_SOURCE_WORDS = 'one of request-uri, to, p-called-party-id, diversion, header:NAME';

export const trunkInbound = section({
  allow_from: key(
    z.array(kind(z.string().regex(NETWORK), 'an address, a network such as 192.0.2.0/24, or a host name')).default([]),
    {
      about:
        'Addresses that calls of this trunk come from, beside those that `host`, `backup_hosts` and the registrar stand ' +
        'for. Requests from anywhere else get no answer.',
      example: ['192.0.2.0/24'],
    },
  ),
  username: key(text().optional(), {
    about: 'User name that the trunk must prove by digest authentication when it calls us, whatever its address.',
    example: 'provider',
  }),
  ...secret('password', 'Password that goes with it.', 'correct horse battery staple'),
  did_from: key(
    z
      .array(kind(z.string().regex(DID_SOURCE), DID_SOURCE_WORDS))
      .min(1)
      .default(['request-uri', 'to']),
    {
      about:
        'Where the called number stands; the first that has one counts. `header:NAME` is a header of the provider. ' +
        'Trunks that put the account into the Request-URI have the number in `to` or `p-called-party-id`.',
    },
  ),
  caller_from: key(
    z
      .array(oneOf(['p-asserted-identity', 'p-preferred-identity', 'remote-party-id', 'from']))
      .min(1)
      .default(['p-asserted-identity', 'remote-party-id', 'from']),
    { about: 'Where the number of the caller stands; the first that has one counts.' },
  ),
  number_form: key(oneOf(['auto', 'e164', 'national', 'as-is']).default('auto'), {
    about:
      'How the trunk writes numbers: `e164` country code first, with or without +; `national` as people of its country ' +
      'dial; `auto` takes +, 00 and the national prefix for what they say and leaves the rest; `as-is` changes nothing, ' +
      'for the extensions of a PBX.',
  }),
  rewrite: key(z.array(rewriteRule).default([]), {
    about: 'Rules that are applied one after the other to a number as it came, before `number_form`.',
  }),
  trust_verstat: key(flag().default(false), {
    about:
      'Believe what the trunk says about the truth of caller numbers (`verstat`, STIR/SHAKEN). Only for a provider that ' +
      'checks it and takes it out of what others send.',
  }),
});
