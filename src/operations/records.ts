/** Call detail records, for accounting. */
import { z } from 'zod';
import { exportFormats, exportRecords, type RecordFilter } from '../account/records/index.ts';
import { OperationError } from './errors.ts';
import { userId } from './fields.ts';
import { operation } from './operation.ts';

/** The years of a record: anything else is a slip of the pen. */
const DAY = /^2\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z)?$/;

const day = () => z.string().regex(DAY, 'a day such as 2026-03-01, or a moment such as 2026-03-01T08:00Z');

const filter = {
  from: day().optional().describe('A day such as 2026-03-01, or a moment; in UTC.'),
  until: day().optional().describe('Exclusive.'),
  user: userId().optional(),
  direction: z.enum(['out', 'in']).optional(),
  trunk: z.string().max(64).optional(),
  number: z.string().max(64).optional(),
};

type Filter = z.output<z.ZodObject<typeof filter>>;

function filterOf({ from, until, user, direction, trunk, number }: Filter): RecordFilter {
  return {
    isOpen: false,
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
    ...(user === undefined ? {} : { user }),
    ...(direction === undefined ? {} : { direction }),
    ...(trunk === undefined ? {} : { trunk }),
    ...(number === undefined ? {} : { number }),
  };
}

/** `from 2026-03-01 user @alice:example.org`: names of fields with their values. */
function pairs(words: readonly string[], known: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (words.length % 2 !== 0) return undefined;
  const fields: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 2) {
    const name = words[index]?.toLowerCase() ?? '';
    if (!known.includes(name)) return undefined;
    fields[name] = words[index + 1] ?? '';
  }
  return fields;
}

const FIELDS = Object.keys(filter);

export const recordsExport = operation({
  name: 'records.export',
  summary: 'write the records of all calls that are over: a table, or JSON',
  access: 'read',
  changes: false,
  input: z.object({
    format: z.enum(exportFormats).default('csv').describe('`ndjson`: one JSON object a line.'),
    rows: z.enum(['calls', 'legs']).default('calls').describe('Of a table: a row for each call, or one for each leg.'),
    ...filter,
  }),
  output: z.object({}),
  http: { method: 'GET', path: '/records/export' },
  command: {
    names: ['records export'],
    usage: [
      {
        arguments:
          '[csv|ndjson|json] [legs] [from DAY] [until DAY] [user USER] [direction out|in] [trunk TRUNK] [number NUMBER]',
        does: 'writes the records of calls; on the command line, or by the API',
        example: 'csv from 2026-03-01 until 2026-04-01',
      },
    ],
    read([first, ...more]) {
      const format = exportFormats.find((each) => each === first?.toLowerCase());
      const rest = format !== undefined || first === undefined ? more : [first, ...more];
      const isByLegs = rest[0]?.toLowerCase() === 'legs';
      const fields = pairs(isByLegs ? rest.slice(1) : rest, FIELDS);
      if (fields === undefined) return undefined;
      return { ...fields, ...(format === undefined ? {} : { format }), ...(isByLegs ? { rows: 'legs' } : {}) };
    },
  },
  async run() {
    // A room is no place for a list of everybody's calls.
    throw new OperationError(
      'invalid',
      'Records are written by “trunkline records export”, or by the provisioning API.',
    );
  },
  download({ parts }, { format, rows, ...wanted }) {
    const { mediaType, extension, chunks } = exportRecords(parts.records.stream(filterOf(wanted)), { format, rows });
    const name = ['calls', wanted.from?.slice(0, 10), wanted.until?.slice(0, 10)].filter(Boolean).join('_');
    return { mediaType, fileName: `${name}${extension}`, chunks };
  },
  words: () => '',
});
