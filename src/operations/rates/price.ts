/** What calls and texts to a number cost the user who asks. */
import { z } from 'zod';
import { money, moneyOf, showMoney } from '../fields.ts';
import { readNumber } from '../numbers.ts';
import { ownOperation } from '../operation.ts';
import { tariff, tariffOf, tariffWords } from './tariff.ts';

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
