/** Which column of a provider's list of calls says what, by the words of its header. */

export type BillColumn = 'number' | 'start' | 'date' | 'time' | 'seconds' | 'cost' | 'direction';

/** The earlier ones are taken where a file has several: those that say more exactly what is meant. */
const HEADERS: Readonly<Record<BillColumn, readonly string[]>> = {
  number: [
    'dialed_number',
    'dialled_number',
    'called_number',
    'destination_number',
    'callee',
    'callee_number',
    'called',
    'called_party',
    'dst',
    'dest_number',
    'dnis',
    'to_number',
    'to',
    'number',
    'phone_number',
    'target',
    'rufnummer',
    'zielrufnummer',
    'destination',
  ],
  start: [
    'answer',
    'answer_time',
    'answered_at',
    'answer_stamp',
    'connect_time',
    'start',
    'start_time',
    'started_at',
    'start_stamp',
    'call_start',
    'calldate',
    'call_date',
    'setup_time',
    'date_time',
    'datetime',
    'timestamp',
    'time_start',
    'created_at',
    'beginn',
  ],
  date: ['date', 'day', 'datum'],
  time: ['time', 'uhrzeit'],
  // `duration` may count the ringing too: what is billed is the conversation.
  seconds: [
    'billsec',
    'bill_sec',
    'billable_seconds',
    'talk_time',
    'call_duration',
    'duration_seconds',
    'duration_s',
    'duration_sec',
    'seconds',
    'duration',
    'billed_duration',
    'billed_seconds',
    'length',
    'dauer',
    'minutes',
  ],
  cost: [
    'cost',
    'total_cost',
    'charge',
    'charged',
    'amount',
    'price',
    'total',
    'net_cost',
    'call_cost',
    'total_charge',
    'kosten',
    'betrag',
    'preis',
  ],
  direction: ['direction', 'call_direction', 'type', 'call_type', 'richtung'],
};

export interface BillColumns {
  readonly number: number;
  /** One column, or a day and a time of it. */
  readonly start: readonly number[];
  readonly seconds: number;
  readonly isMinutes: boolean;
  readonly cost?: number;
  readonly direction?: number;
}

const plain = (header: string) =>
  header
    .toLowerCase()
    .replace(/\([^)]*\)|\[[^\]]*\]/g, '')
    .replace(/[^\p{L}\p{N}]/gu, '');

/** Undefined: the row is no header of a list of calls. */
export function billColumnsOf(row: readonly string[]): BillColumns | undefined {
  const headers = row.map(plain);
  const find = (column: BillColumn): number | undefined => {
    for (const name of HEADERS[column]) {
      const index = headers.indexOf(plain(name));
      if (index >= 0) return index;
    }
    return undefined;
  };
  const [number, start, date, time, seconds, cost, direction] = (
    ['number', 'start', 'date', 'time', 'seconds', 'cost', 'direction'] as const
  ).map(find);
  const begins =
    start !== undefined ? [start] : date !== undefined ? [date, ...(time === undefined ? [] : [time])] : [];
  if (number === undefined || seconds === undefined || begins.length === 0) return undefined;
  return {
    number,
    start: begins,
    seconds,
    isMinutes: headers[seconds] === 'minutes',
    ...(cost === undefined ? {} : { cost }),
    ...(direction === undefined ? {} : { direction }),
  };
}
