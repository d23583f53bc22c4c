/** One SMPP account: a service centre for SMS that texts go and come by. */
import { z } from 'zod';
import { count, filePath, flag, host, key, kind, oneOf, port, secret, section, trunkName } from './key.ts';
import { deckName } from './money.ts';

const upTo = (most: number, what: string) =>
  kind(
    z
      .string()
      .min(1)
      .max(most)
      .regex(/^[\x20-\x7e]*$/),
    `${what} of at most ${most} ASCII characters`,
  );

const numberType = (about: string, ton: number, npi: number) =>
  key(
    section({
      ton: key(count(0, 6, 'type of number').default(ton), { about: 'Type of number (TON).' }),
      npi: key(count(0, 18, 'numbering plan').default(npi), { about: 'Numbering plan (NPI).' }),
    }).prefault({}),
    { about },
  );

const numberTypes = section({
  international: numberType('Numbers with their country.', 1, 1),
  national: numberType('Numbers without it, of more than eight digits.', 2, 1),
  short: numberType('Short codes.', 3, 0),
  letters: numberType('Senders of letters.', 5, 0),
});

export const smpp = section({
  name: key(trunkName(), {
    about: 'Its name in logs, and in `trunks` of other keys. No trunk may have the same.',
    example: 'sms',
  }),
  host: key(host(), { about: 'The service centre.', example: 'smpp.example.net' }),
  backup_hosts: key(z.array(host()).default([]), {
    about: 'Tried in turn with `host`, one at a time.',
    example: ['smpp2.example.net'],
  }),
  port: key(port().default(2775), { about: 'Its port.', inSample: true }),
  tls: key(flag().default(true), {
    about:
      'Encrypt the connection; the certificate is checked. With `false`, password and texts can be read on the way: for providers ' +
      'without TLS, by a VPN.',
    inSample: true,
  }),
  tls_server_name: key(host().optional(), {
    about: 'The name in the certificate, when it is not `host`.',
    example: 'smpp.example.net',
  }),
  tls_ca: key(filePath().optional(), {
    about: 'File with certificates (PEM) that are trusted beside the well-known ones.',
    example: '/etc/trunkline/smpp-ca.pem',
  }),
  system_id: key(upTo(15, 'a name'), { about: 'Name of the account.', example: 'example01' }),
  // SMPP 3.4 §4.1.1: eight characters; some service centres take more.
  ...secret('password', 'Password of the account. Most service centres allow eight characters.', 's3cret08'),
  system_type: key(upTo(12, 'a word').optional(), {
    about: 'What kind of system this is, where it is asked for.',
    example: 'VMA',
  }),
  bind: key(oneOf(['transceiver', 'two', 'transmitter']).default('transceiver'), {
    about:
      'How to bind: one connection for both directions (`transceiver`), one for each (`two`), or for texts out alone ' +
      '(`transmitter`), when receipts and answers come to somebody else.',
  }),
  address_range: key(upTo(40, 'a pattern').optional(), {
    about: 'Which numbers are to come in, where the service centre asks for it.',
    example: '^447700900',
  }),
  sender: key(upTo(20, 'a number or a word').optional(), {
    about: 'Sender of texts whose writers have none. Default: the one of the account.',
    example: '+447700900001',
  }),
  number_types: key(numberTypes.prefault({}), { about: 'What is said of numbers beside their digits.' }),
  plus: key(flag().default(false), { about: 'Send international numbers with a "+".' }),
  bare_numbers: key(oneOf(['international', 'as-is']).default('international'), {
    about:
      'Numbers that come in with no type and no "+": taken for international ones when they have nine digits or more, or left ' +
      'as they are.',
  }),
  alphabet: key(oneOf(['gsm7', 'latin1']).default('gsm7'), {
    about:
      'What `data_coding` 0 is at this service centre. When "@" arrives as "¡", or umlauts as other letters, it is the other one.',
  }),
  long: key(oneOf(['udh', 'sar', 'payload']).default('udh'), {
    about:
      'How long texts are sent: in parts with a user data header (`udh`), in parts with TLVs (`sar`), or whole in ' +
      '`message_payload`, to be cut there. What comes in is read in every form.',
  }),
  service_type: key(upTo(5, 'a word').optional(), { about: '`service_type` of texts.', example: 'CMT' }),
  receipts: key(flag().default(true), { about: 'Ask to be told when a text was delivered.' }),
  message_ids: key(oneOf(['same', 'hex-then-decimal', 'decimal-then-hex']).default('same'), {
    about: 'How the name of a text is written in the answer and then in its receipt, when that is not the same.',
  }),
  validity_h: key(count(1, 2160, 'number of hours').optional(), {
    about: 'How long the service centre tries to deliver a text. Default: as long as it likes.',
    example: 48,
  }),
  window: key(count(1, 1000, 'number of texts').default(10), {
    about: 'Texts that may wait for their answer at one time.',
  }),
  per_second: key(kind(z.number().min(0.01).max(5000), 'a number of texts a second, 0.01 to 5000').optional(), {
    about: 'Texts a second that were agreed upon. It is slower for a while when the service centre says "throttled".',
    example: 10,
  }),
  enquire_link_s: key(count(5, 600, 'number of seconds').default(30), {
    about: 'Seconds between two questions whether the other side is there (enquire_link).',
  }),
  answer_s: key(count(1, 120, 'number of seconds').default(30), { about: 'How long an answer is waited for.' }),
  rates: key(deckName().optional(), {
    about:
      'Its deck of prices. Without one its texts cost nothing; with one, it carries none to numbers that the deck does not know.',
    example: 'provider',
  }),
  weight: key(count(1, 1000).default(1), { about: 'Share of the texts, for routes with `choose: by-weight`.' }),
});
