/** What calls and texts cost: credit of users, and prices. */
import { z } from 'zod';
import { count, key, kind, oneOf, people, section } from './key.ts';

/** Digits, and as many decimals as money here has. */
const AMOUNT = /^\d{1,9}(?:\.\d{1,6})?$/;

/** An amount of money, as it is written: `12.5`, or `"0.015"`. Never negative. */
export function amount(expects = 'an amount such as 12.50, with at most six decimals') {
  return kind(
    z.union([z.number().min(0), z.string()]).refine((value) => AMOUNT.test(String(value))),
    expects,
  );
}

/** The name of a rate deck, as it was imported. */
export function deckName() {
  return kind(z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/), 'the short name of a deck: letters, digits and _.-');
}

const creditKind = () => oneOf(['free', 'prepaid', 'postpaid']);

const userCredit = section({
  users: key(z.array(people()).min(1), { about: 'Which users.', example: ['@guest-*:example.org'] }),
  kind: key(creditKind(), { about: 'Their kind of credit, as `credit.default`.', example: 'prepaid' }),
  limit: key(amount().default(0), {
    about: 'With `postpaid`: how far below zero they may go.',
    example: 20,
  }),
});

export const credit = section({
  currency: key(
    kind(z.string().regex(/^[A-Z]{3}$/), 'a currency of ISO 4217 in capitals, such as EUR').default('EUR'),
    {
      about:
        'The one currency of all amounts: balances, prices, limits. Decks are in it too. It cannot be changed once anything ' +
        'was posted.',
    },
  ),
  default: key(creditKind().default('free'), {
    about:
      'What users may spend who were given nothing else: `free` charges nobody, `prepaid` what was paid in for them, ' +
      '`postpaid` down to `limit` below zero. Only calls and texts by trunks with `rates` cost anything.',
  }),
  limit: key(amount().default(0), { about: 'With `postpaid`: how far below zero a user may go.', example: 20 }),
  users: key(z.array(userCredit).default([]), {
    about:
      'Other credit for some users; the first that fits counts. What an administrator grants to a user (`grant`) comes before it.',
  }),
  warn_before_s: key(count(0, 600, 'number of seconds').default(30), {
    about: 'How long before credit ends a tone and a notice say so; 0 says nothing.',
  }),
  reserve_s: key(count(1, 3600, 'number of seconds').default(30), {
    about:
      'How many seconds of a call are reserved at a time, rounded up to whole increments of its price. Less shares scarce credit ' +
      'better between calls at once, more writes less.',
  }),
  low_balance: key(amount().optional(), {
    about: 'A user whose balance sinks below this is told, once until it is above it again.',
    example: 2,
  }),
});

const margin = section({
  percent: key(kind(z.number().min(0).max(10_000), 'a percentage, 0 to 10000').default(0), {
    about: 'Added to the price per minute, to the fee and to the price of a text.',
    example: 20,
  }),
  per_minute: key(amount().default(0), { about: 'Added to each minute, after the percentage.', example: 0.01 }),
  connect_fee: key(amount().default(0), { about: 'Added to the fee of each call.', example: 0.05 }),
  per_text: key(amount().default(0), { about: 'Added to each segment of a text.', example: 0.01 }),
});

export const rates = section({
  margin: key(margin.prefault({}), {
    about: "What users pay on top of the trunk's deck.",
  }),
  selling_deck: key(deckName().optional(), {
    about:
      'The deck of what users pay, in place of the deck of the trunk and `margin`. Numbers it does not know cannot be called.',
    example: 'retail',
  }),
});
