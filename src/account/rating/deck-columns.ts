/** Which column of a provider's file says what, by the words of its header. */

/** What columns can say. */
export type Column =
  | 'prefix'
  /** With `prefix` or without: the country's code, the area's behind it. */
  | 'countryCode'
  | 'areaCode'
  | 'name'
  /** Per minute, or per `unit`; several columns of it: the dearest counts. */
  | 'price'
  /** Seconds that `price` is for; where a file has none, they are 60. */
  | 'unit'
  /** First and next increment in one, such as `60/60` or `30/6`. */
  | 'increments'
  | 'first'
  | 'next'
  /** Unit and both increments. */
  | 'billableUnit'
  | 'fee'
  /** What the first increment costs in all. */
  | 'firstCost'
  | 'text'
  | 'from'
  | 'until'
  | 'refused'
  | 'currency'
  /** Seconds after which another price begins (CGRateS): rows of one prefix belong together. */
  | 'groupStart'
  /** Seconds that cost nothing when a call is shorter. */
  | 'freeSeconds';

/** Headers are compared without capitals, blanks and signs. */
const HEADERS: Readonly<Record<Column, readonly string[]>> = {
  prefix: [
    'prefix',
    'prefixes',
    'code',
    'codes',
    'dialcode',
    'dialcodes',
    'dialingcode',
    'diallingcode',
    'matchprefix',
    'destinationprefix',
    'destinationcode',
    'destprefix',
    'dialprefix',
    'digits',
    'vorwahl',
  ],
  countryCode: ['countrycode', 'cc'],
  areaCode: ['areacode', 'areacodes', 'citycode', 'citycodes', 'ac'],
  name: [
    'name',
    'destination',
    'destinationname',
    'description',
    'country',
    'location',
    'breakout',
    'ratename',
    'codename',
    'tag',
    'ziel',
  ],
  price: [
    'perminute',
    'rate',
    'rates',
    'price',
    'cost',
    'ratecost',
    'rateperminute',
    'ratepermin',
    'ratemin',
    'priceperminute',
    'pricepermin',
    'pricemin',
    'costperminute',
    'costpermin',
    'costperunit',
    'minuteprice',
    'minuterate',
    'voicerate',
    'callrate',
    'usdmin',
    'eurmin',
    'rateusd',
    'rateeur',
    'interrate',
    'intrarate',
    'ijrate',
    'interstate',
    'intrastate',
    'indeterminate',
    'preis',
  ],
  unit: ['unit', 'unitseconds', 'rateunit', 'priceunit', 'units'],
  increments: [
    'increments',
    'billingincrement',
    'billingincrements',
    'billing',
    'interval',
    'intervals',
    'pulse',
    'takt',
  ],
  first: [
    'firsts',
    'first',
    'firstincrement',
    'initialincrement',
    'initialinterval',
    'initial',
    'initialtime',
    'initialtimes',
    'minimum',
    'min',
    'minimumduration',
    'minduration',
    'rateminimum',
    'duration',
    'interval1',
    'mintime',
  ],
  next: [
    'nexts',
    'next',
    'nextincrement',
    'recurringincrement',
    'subsequentincrement',
    'subsequent',
    'increment',
    'rateincrement',
    'step',
    'intervaln',
    'interval2',
    'int',
  ],
  billableUnit: ['billableunit', 'billableunits'],
  fee: [
    'connectfee',
    'connectionfee',
    'connectcharge',
    'setupfee',
    'connect',
    'ratesurcharge',
    'surcharge',
    'sf',
    'callfee',
    'connectioncharge',
    'connectcost',
  ],
  firstCost: ['initialcost'],
  text: [
    'pertext',
    'persms',
    'sms',
    'smsrate',
    'smsprice',
    'smscost',
    'textrate',
    'textprice',
    'pricepersms',
    'messageprice',
    'persegment',
    'pricepersegment',
    'outboundsms',
  ],
  from: [
    'from',
    'effectivedate',
    'effectivefrom',
    'effective',
    'validfrom',
    'startdate',
    'activationdate',
    'effectivetime',
    'dateeffective',
    'startson',
    'gueltigab',
    'gültigab',
  ],
  until: [
    'until',
    'enddate',
    'expires',
    'expirydate',
    'expirationdate',
    'validto',
    'validuntil',
    'effectiveto',
    'endson',
  ],
  refused: ['refused', 'rejectcalls', 'blocked', 'reject', 'closed', 'blacklisted'],
  currency: ['currency', 'currencycode', 'ratecurrency'],
  groupStart: ['groupintervalstart'],
  freeSeconds: ['ratenochargetime', 'nochargetime', 'graceperiod'],
};

const byHeader: ReadonlyMap<string, Column> = new Map(
  Object.entries(HEADERS).flatMap(([column, names]) => names.map((name) => [name, column as Column] as const)),
);

/** `Rate (USD/min)` is read as `rateusdmin`, then without what stands in brackets. */
export function columnOf(header: string): Column | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return byHeader.get(plain(header)) ?? byHeader.get(plain(header.replace(/\([^)]*\)|\[[^\]]*\]/g, '')));
}

/** Where each column is; of several the first, but all of prices. */
export type Columns = ReadonlyMap<Column, readonly number[]>;

/** Undefined when the row is no header: it has no prefixes, or no price. */
export function columnsOf(row: readonly string[]): Columns | undefined {
  const columns = new Map<Column, number[]>();
  row.forEach((header, index) => {
    const column = columnOf(header);
    if (column === undefined) return;
    const before = columns.get(column);
    if (before === undefined) columns.set(column, [index]);
    else if (column === 'price') before.push(index);
  });
  // CGRateS names what it rates by tags; where a file has no prefixes its tags must be such.
  if (!columns.has('prefix') && columns.has('areaCode')) columns.set('prefix', []);
  if (!columns.has('prefix') && columns.has('groupStart')) columns.set('prefix', columns.get('name') ?? []);
  const hasPrice = columns.has('price') || columns.has('text');
  return columns.has('prefix') && hasPrice ? columns : undefined;
}
