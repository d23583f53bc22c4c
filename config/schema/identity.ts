/** In which headers a trunk wants to read who calls. */
import { z } from 'zod';
import { flag, key, kind, section } from './key.ts';

const TEMPLATE = 'a template such as {number}';
const template = () =>
  kind(z.string().regex(/^([^{}\r\n]|\{(number|e164|digits|national|sipUser|domain)\})+$/), TEMPLATE);

export const identity = section({
  from: key(template().default('{number}'), {
    about:
      'User part of From. Variables: {number} the caller ID as given, {e164} with +, {digits} without, {national}, ' +
      '{sipUser} the `username`, {domain}. A template with a `:` is a whole URI. Some providers want {sipUser} here and ' +
      'the number in `preferred_identity`.',
  }),
  asserted_identity: key(template().optional(), { about: 'P-Asserted-Identity (RFC 3325).', example: '{e164}' }),
  preferred_identity: key(template().optional(), { about: 'P-Preferred-Identity (RFC 3325).', example: '{e164}' }),
  remote_party_id: key(template().optional(), { about: 'Remote-Party-ID, for older PBXs.', example: '{number}' }),
  send_name: key(flag().default(true), { about: 'Send `caller_name`; some providers refuse calls that have a name.' }),
});
