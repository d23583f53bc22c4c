/** Rate decks, and what a number costs. */
import { z } from 'zod';
import type { RouteTariff } from '../call/index.ts';
import type { NumberKind } from '../number/index.ts';
import { OperationError } from './errors.ts';
import { instant, instantOf, type Money, money, moneyOf, showMoney, USER_ID, userId } from './fields.ts';
import { readNumber } from './numbers.ts';
import { actorOf, operation, ownOperation } from './operation.ts';

const deckName = () => z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/, 'a short name of letters, digits and _.-');

const rise = z.object({
  prefix: z.string(),
  name: z.string().optional(),
  service: z.enum(['call', 'text']),
  before: money(),
  after: money(),
});

const changes = z.object({
  deck: z.string(),
  fresh: z.int(),
  dearer: z.int(),
  cheaper: z.int(),
  otherwise: z.int().describe('Other increments, another name, fee against price per minute.'),
  gone: z.int(),
  same: z.int(),
  later: z.int().describe('Of all changes, those that are laid down for later.'),
  rises: z.array(rise).describe('The greatest ones.'),
});

/** More faults are not told one by one. */
const MOST_FAULTS = 10;

export const ratesImport = operation({
  name: 'rates.import',
  summary: 'read a rate deck from a provider’s CSV file: all of it, or nothing',
  access: 'administrator',
  changes: true,
  input: z.object({
    deck: deckName(),
    csv: z.string().min(1).describe('The file.'),
    mode: z
      .enum(['replace', 'amend'])
      .default('replace')
      .describe('`replace`: the file is the whole deck. `amend`: it has changes only.'),
    source: z.string().max(255).optional().describe('Name of the file.'),
  }),
  output: changes,
  http: { method: 'POST', path: '/decks/{deck}/imports' },
  command: {
    names: ['rates import'],
    file: 'csv',
    usage: [
      {
        arguments: 'DECK',
        does: 'reads a deck from a CSV file; in a chat, answer to the uploaded file with this',
        example: 'carrier',
      },
      { arguments: 'DECK amend', does: 'the same for a file that has changes only', example: 'carrier amend' },
    ],
    read([deck, mode, ...more]) {
      if (deck === undefined || more.length > 0) return undefined;
      return { deck, ...(mode === undefined ? {} : { mode: mode.toLowerCase() }) };
    },
  },
  async run({ parts, caller, key }, { deck, csv, mode, source }) {
    const file = { deck, csv, mode, actor: actorOf(caller), key, now: parts.now() };
    const done = await parts.importDeck({ ...file, ...(source === undefined ? {} : { source }) });
    if (done.kind === 'refused') {
      const faults = done.faults.map(({ line, words }) => (line === undefined ? words : `line ${line}: ${words}`));
      const more = faults.length > MOST_FAULTS ? [`and ${faults.length - MOST_FAULTS} more`] : [];
      throw new OperationError(
        'invalid',
        `Nothing was changed. ${[...faults.slice(0, MOST_FAULTS), ...more].join('; ')}.`,
        {
          faults: done.faults.map(({ line, words }) => ({ field: line === undefined ? 'csv' : `csv:${line}`, words })),
        },
      );
    }
    await parts.changed('rates');
    const shown = (value: Parameters<typeof moneyOf>[0]) => moneyOf(value, parts.ledger.currency);
    const rises = done.changes.rises.map((each) => ({ ...each, before: shown(each.before), after: shown(each.after) }));
    return { ...done.changes, deck, rises };
  },
  words({ deck, fresh, dearer, cheaper, otherwise, gone, same, later, rises }) {
    const counts = [
      [fresh, 'new'],
      [dearer, 'dearer'],
      [cheaper, 'cheaper'],
      [otherwise, 'changed otherwise'],
      [gone, 'gone'],
      [same, 'as before'],
    ] as const;
    const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
    const laterWords = later > 0 ? ` ${later} of the changes hold later.` : '';
    const lines = rises.map(
      ({ prefix, name, service, before, after }) =>
        `+${prefix}${name === undefined ? '' : ` ${name}`}: ${showMoney(before)} → ${showMoney(after)} ${UNITS[service]}`,
    );
    const head = `The deck ${deck} was read: ${told.join(', ') || 'nothing'}.${laterWords}`;
    return [head, ...(lines.length > 0 ? ['The greatest rises:', ...lines] : [])].join('\n');
  },
});

const UNITS = { call: 'a minute', text: 'a segment' } as const;

export const ratesList = operation({
  name: 'rates.list',
  summary: 'list the rate decks',
  access: 'read',
  changes: false,
  input: z.object({}),
  output: z.object({
    decks: z.array(
      z.object({
        deck: z.string(),
        currency: z.string(),
        calls: z.int(),
        texts: z.int(),
        later: z.int(),
        importedAt: instant(),
        importedBy: z.string(),
        source: z.string().optional(),
      }),
    ),
  }),
  http: { method: 'GET', path: '/decks' },
  command: {
    names: ['rates', 'rates list'],
    usage: [{ arguments: '', does: 'lists the rate decks', example: '' }],
    read: (words) => (words.length === 0 ? {} : undefined),
  },
  async run({ parts }) {
    const decks = await parts.rates.decks(parts.now());
    return {
      decks: decks.map(({ name, currency, calls, texts, later, importedAt, importedBy, source }) => ({
        deck: name,
        currency,
        calls,
        texts,
        later,
        importedAt: instantOf(importedAt),
        importedBy,
        ...(source === undefined ? {} : { source }),
      })),
    };
  },
  words({ decks }, { showTime }) {
    if (decks.length === 0) return 'There are no rate decks: nothing is charged. “rates import” reads one.';
    return decks
      .map(({ deck, calls, texts, later, importedAt, importedBy, source }) => {
        const laterWords = later > 0 ? `, ${later} of them for later` : '';
        const from = source === undefined ? '' : ` from ${source}`;
        return `${deck}: ${calls} rates for calls, ${texts} for texts${laterWords}; read${from} by ${importedBy}, ${showTime(Date.parse(importedAt))}`;
      })
      .join('\n');
  },
});

const tariff = z.object({
  currency: z.string(),
  connectFee: money(),
  perMinute: money(),
  firstS: z.int(),
  nextS: z.int(),
});

function tariffOf({ currency, connectFee, perMinute, firstS, nextS }: RouteTariff['price']) {
  const shown = (value: typeof perMinute): Money => moneyOf(value, currency);
  return { currency, connectFee: shown(connectFee), perMinute: shown(perMinute), firstS, nextS };
}

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

function tariffWords({ connectFee, perMinute, firstS, nextS }: z.output<typeof tariff>): string {
  const fee = /[1-9]/.test(connectFee.amount) ? `${showMoney(connectFee)}, then ` : '';
  return `${fee}${showMoney(perMinute)} a minute, in steps of ${firstS}/${nextS} s`;
}

export const priceShow = ownOperation({
  name: 'prices.show',
  summary: 'show a user what a number costs them',
  changes: false,
  input: { number: z.string().min(1).max(64).describe('As it is dialled.') },
  output: z.object({
    number: z.string(),
    calls: z
      .array(tariff)
      .describe('By each trunk that may carry the call; the cheapest first. Empty: nothing is charged.'),
    texts: z.array(money()).describe('For each segment; the cheapest first.'),
    isCarried: z.boolean().describe('Some trunk carries it.'),
  }),
  http: { method: 'GET', path: '/users/{user}/prices/{number}' },
  command: {
    names: ['price', 'price show'],
    usage: [{ arguments: 'NUMBER', does: 'shows what calls and texts to a number cost you', example: '+447700900123' }],
    read: (words) => (words.length === 0 ? undefined : { number: words.join(' ') }),
  },
  async run({ parts, user }, { number }) {
    const { target, meaning } = await readNumber(parts, number, user);
    const { kind } = await parts.ledger.terms(user);
    if (kind === 'free' || meaning.kind === 'emergency')
      return { number: target, calls: [], texts: [], isCarried: true };
    const prices = await parts.prices();
    const now = parts.now();
    const calls = parts.trunks.flatMap(({ name, carriesCalls }) =>
      carriesCalls ? [prices.call(name, target, now)] : [],
    );
    const texts = parts.trunks.map(({ name }) => prices.text(name, target, now));
    const tariffs = calls.flatMap((each) => (each.kind === 'tariff' ? [each.tariff.price] : []));
    const segments = texts.flatMap((each) => (each.kind === 'price' ? [each] : []));
    return {
      number: target,
      calls: distinct(tariffs.toSorted((a, b) => a.perMinute - b.perMinute).map(tariffOf)),
      texts: distinct(segments.toSorted((a, b) => a.price - b.price).map((each) => moneyOf(each.price, each.currency))),
      isCarried: calls.some((each) => each.kind !== 'no-rate'),
    };
  },
  words({ number, calls, texts, isCarried }, { showNumber }) {
    const who = showNumber(number);
    if (!isCarried) return `${who}: calls do not go there, the number has no price.`;
    const call = calls.map(tariffWords).join(', or ');
    const text = texts.map(showMoney).join(', or ');
    const sentences = [
      call === '' ? 'calls are not charged' : `calls ${call}`,
      ...(text === '' ? [] : [`texts ${text} for each part`]),
    ];
    return `${who}: ${sentences.join('; ')}.`;
  },
});

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
