/** Texts of a trunk by SIP MESSAGE: whether, in what form, how long and how fast. */
import { z } from 'zod';
import { count, flag, key, kind, oneOf, section } from './key.ts';
import { DID_SOURCE, DID_SOURCE_WORDS } from './trunk-inbound.ts';

export const trunkText = section({
  enabled: key(flag().default(false), {
    about: 'Carry texts on this trunk, by SIP MESSAGE (RFC 3428). Many providers carry calls alone.',
    example: true,
    inSample: true,
  }),
  format: key(oneOf(['plain', 'cpim', '3gpp']).default('plain'), {
    about:
      'Form of the texts that are sent: `plain` is text/plain; `cpim` an envelope that can ask for receipts (RFC 3862); ' +
      '`3gpp` the binary SMS of mobile networks (3GPP TS 24.341), with the embedded SIP server alone. What comes in is read ' +
      'in every form.',
  }),
  receipts: key(flag().default(false), {
    about:
      'Ask to be told when a text was delivered and read: with `cpim` by IMDN (RFC 5438), with `3gpp` by status reports.',
  }),
  body: key(oneOf(['plain', 'goip', 'goip-headers']).default('plain'), {
    about:
      "Where texts that come in name their sender: `plain` in the SIP headers; `goip` in the text's first line; " +
      '`goip-headers` in lines such as "Sender: …" before it.',
  }),
  service_centre: key(kind(z.string().regex(/^(?:\+?\d{3,15}|sip:[^\s<>]+)$/), 'a number, or a sip: URI').optional(), {
    about: 'With `3gpp`: the service centre that SMS are sent to (SMSC). Default: the recipient.',
    example: '+491710760000',
  }),
  did_from: key(
    z
      .array(kind(z.string().regex(DID_SOURCE), DID_SOURCE_WORDS))
      .min(1)
      .optional(),
    {
      about: 'Where the number stands that a text is for, when it is not where `did_from` of `inbound` says.',
      example: ['header:X-SMS-To', 'to'],
    },
  ),
  max_characters: key(count(1, 65_535, 'number of characters').optional(), {
    about: 'Most characters of one MESSAGE; longer texts are sent in parts.',
    example: 160,
  }),
  max_bytes: key(count(64, 65_535, 'number of bytes').optional(), {
    about:
      'Most bytes of the text in one MESSAGE; longer ones are sent in parts. By UDP it is never more than fits into a packet of ' +
      '1300 bytes (RFC 3428 §8).',
    example: 700,
  }),
  long: key(oneOf(['parts', 'tcp']).default('parts'), {
    about:
      'What becomes of a text that fits into no UDP packet: `parts` sends several, `tcp` sends it by TCP, which the trunk must ' +
      'take on the same port.',
  }),
  per_second: key(kind(z.number().min(0.01).max(1000), 'a number of texts a second, 0.01 to 1000').optional(), {
    about: 'MESSAGEs a second that the trunk takes; more wait for their turn.',
    example: 1,
  }),
  window: key(count(1, 1000, 'number of texts').default(10), {
    about: 'MESSAGEs that may wait for their answer at one time.',
  }),
  knows_repeats: key(flag().default(false), {
    about:
      'The trunk knows a MESSAGE that it had before by its Call-ID, so that one whose answer was lost can be sent again without ' +
      'arriving twice. Another Trunkline does.',
  }),
  join_parts_s: key(count(0, 60, 'number of seconds').default(0), {
    about:
      'Join texts of one sender that come within so many seconds and look like parts of a long one, for trunks that cut texts ' +
      'without saying so; 0 joins none.',
  }),
  dup_window_s: key(count(0, 86_400, 'number of seconds').default(0), {
    about:
      'Take a text with the same words from the same sender within so many seconds for the same one, for trunks that send ' +
      'texts twice; 0 takes each for its own.',
  }),
});
