/** The rate decks that there are. */
import { z } from 'zod';
import { instant, instantOf } from '../fields.ts';
import { operation } from '../operation.ts';

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
