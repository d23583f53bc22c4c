/** What a number means and what it costs by each trunk: for administrators. */
import { z } from 'zod';
import type { NumberKind } from '../../number/index.ts';
import { money, moneyOf, showMoney, USER_ID, userId } from '../fields.ts';
import { readNumber } from '../numbers.ts';
import { operation } from '../operation.ts';
import { tariff, tariffOf, tariffWords } from './tariff.ts';

const trunkPrice = z.object({
  trunk: z.string(),
  call: z
    .enum(['free', 'priced', 'not-carried', 'texts-only'])
    .describe('`not-carried`: the deck has no rate for the number. `texts-only`: the trunk carries no calls.'),
  price: tariff.optional(),
  cost: tariff.optional(),
  rate: z.string().optional(),
  text: z.enum(['free', 'priced', 'not-carried']),
  textPrice: money().optional().describe('For each segment.'),
});

const KINDS: Readonly<Record<NumberKind, string>> = {
  FIXED_LINE: 'landline',
  MOBILE: 'mobile',
  FIXED_LINE_OR_MOBILE: 'landline or mobile',
  PREMIUM_RATE: 'premium rate',
  TOLL_FREE: 'toll-free',
  SHARED_COST: 'shared cost',
  VOIP: 'internet telephony',
  PERSONAL_NUMBER: 'personal number',
  PAGER: 'pager',
  UAN: 'company number',
  VOICEMAIL: 'voicemail',
};

export const ratesShow = operation({
  name: 'rates.show',
  summary: 'show what a number means and costs, for everybody or for one user',
  access: 'read',
  changes: false,
  input: z.object({
    number: z.string().min(1).max(64).describe('As it is dialled.'),
    user: userId().optional().describe('Who dials it: their line’s country counts.'),
  }),
  output: z.object({
    number: z.string(),
    meaning: z.enum(['emergency', 'dial-plan', 'uri', 'code', 'short', 'e164', 'literal']),
    country: z.string().optional(),
    kind: z.string().optional(),
    trunks: z.array(trunkPrice),
  }),
  http: { method: 'GET', path: '/prices/{number}' },
  command: {
    names: ['rates show'],
    usage: [
      {
        arguments: 'NUMBER',
        does: 'shows what a number means, and what it costs by each trunk',
        example: '+447700900123',
      },
      {
        arguments: 'NUMBER USER',
        does: 'the same, as somebody dials it',
        example: '07700900123 @alice:example.org',
      },
    ],
    read(words) {
      const last = words.at(-1) ?? '';
      const user = USER_ID.test(last) ? last : undefined;
      const number = (user === undefined ? words : words.slice(0, -1)).join(' ');
      return number === '' ? undefined : { number, ...(user === undefined ? {} : { user }) };
    },
  },
  async run({ parts, caller }, { number, user }) {
    const { target, meaning } = await readNumber(
      parts,
      number,
      user ?? (caller.kind === 'user' ? caller.user : undefined),
    );
    const prices = await parts.prices();
    const now = parts.now();
    const trunks = parts.trunks.map(({ name: trunk, carriesCalls }): z.output<typeof trunkPrice> => {
      const call = carriesCalls ? prices.call(trunk, target, now) : undefined;
      const text = prices.text(trunk, target, now);
      return {
        trunk,
        call: call === undefined ? 'texts-only' : OUTCOMES[call.kind],
        ...(call?.kind === 'tariff' ? { price: tariffOf(call.tariff.price), rate: call.tariff.rate } : {}),
        ...(call?.kind === 'tariff' && call.tariff.cost !== undefined ? { cost: tariffOf(call.tariff.cost) } : {}),
        text: OUTCOMES[text.kind],
        ...(text.kind === 'price' ? { textPrice: moneyOf(text.price, text.currency) } : {}),
      };
    });
    return {
      number: target,
      meaning: meaning.kind,
      ...(meaning.kind === 'e164' && meaning.country !== undefined ? { country: meaning.country } : {}),
      ...(meaning.kind === 'e164' && meaning.numberKind !== undefined ? { kind: KINDS[meaning.numberKind] } : {}),
      trunks: meaning.kind === 'emergency' ? [] : trunks,
    };
  },
  words({ number, meaning, country, kind, trunks }) {
    const about = [country, kind].filter((each) => each !== undefined).join(', ');
    const head =
      meaning === 'e164' ? `${number}${about === '' ? '' : ` (${about})`}` : `${number}: ${MEANINGS[meaning]}`;
    const lines = trunks.map(({ trunk, call, price, cost, rate, text, textPrice }) => {
      const parts = [
        call === 'free' ? 'calls are not charged' : '',
        call === 'not-carried' ? 'no rate: calls do not go there' : '',
        price === undefined ? '' : `calls ${tariffWords(price)}`,
        cost === undefined ? '' : `(costs ${tariffWords(cost)})`,
        rate === undefined ? '' : `by rate ${rate}`,
        text === 'free' ? '; texts are not charged' : '',
        text === 'priced' && textPrice !== undefined ? `; texts ${showMoney(textPrice)} a segment` : '',
        text === 'not-carried' ? '; no rate for texts' : '',
      ].filter((each) => each !== '');
      return `${trunk}: ${parts.join(' ').replaceAll(' ;', ';').replace(/^; /, '')}`;
    });
    return [head, ...lines].join('\n');
  },
});

const OUTCOMES = {
  none: 'free',
  tariff: 'priced',
  price: 'priced',
  'no-rate': 'not-carried',
} as const;

const MEANINGS = {
  emergency: 'an emergency number. It is never charged and never limited',
  'dial-plan': 'by the dial plan',
  uri: 'a SIP address',
  code: 'a code of the network or the PBX',
  short: 'a short number of the country',
  e164: '',
  literal: 'dialled as it is: no number that is known',
} as const;
