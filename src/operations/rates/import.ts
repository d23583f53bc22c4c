/** A rate deck read from a provider’s CSV file, and what changed by it. */
import { z } from 'zod';
import { OperationError } from '../errors.ts';
import { money, moneyOf, showMoney } from '../fields.ts';
import { actorOf, operation } from '../operation.ts';

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
