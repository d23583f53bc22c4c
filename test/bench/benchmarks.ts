/** The benchmarks: each a script that prints its figures as JSON in its last line, and what of them has a limit. */
import type { EmbeddedMediaFigures } from './embedded-media.ts';
import type { EmbeddedSipFigures } from './embedded-sip.ts';
import { type Figure, type Limit, percentile, rounded } from './figure.ts';
import type { LedgerFigures } from './ledger.ts';
import type { RateDeckFigures } from './rate-deck.ts';
import type { RecordsExportFigures } from './records-export.ts';
import type { SetupLatencyFigures } from './setup-latency.ts';
import type { GatewayState, SoakFigures } from './soak.ts';
import type { TextBacklogFigures } from './text-backlog.ts';
import type { TextsFigures } from './texts.ts';

export interface Benchmark {
  readonly name: string;
  /** In this folder. */
  readonly script: string;
  readonly args?: readonly string[];
  /** For whoever waits for it. */
  readonly about: string;
  /** @param raw what the script printed */
  readonly figures: (raw: unknown) => readonly Figure[];
}

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'setup latency',
    script: 'setup-latency.ts',
    about: 'from a Matrix transaction to the INVITE, at 20 calls a second (about a minute)',
    figures: (raw) => setupLatency(raw as SetupLatencyFigures),
  },
  {
    name: 'embedded SIP',
    script: 'embedded-sip.ts',
    // A little more than has to be carried, since the last calls need their time too.
    args: ['330', '10', '2000'],
    about: 'calls a second and calls held against SIPp (about half a minute)',
    figures: (raw) => embeddedSip(raw as EmbeddedSipFigures),
  },
  {
    name: 'embedded media',
    script: 'embedded-media.ts',
    about: 'two-way calls through one worker thread (about a minute)',
    figures: (raw) => (raw as EmbeddedMediaFigures[]).flatMap(embeddedMedia),
  },
  {
    name: 'texts',
    script: 'texts.ts',
    about: 'texts in and out together at a steady rate (about half a minute)',
    figures: (raw) => texts(raw as TextsFigures),
  },
  {
    name: 'text backlog',
    script: 'text-backlog.ts',
    about: '100,000 texts that wait for a trunk leave when it is back (some minutes)',
    figures: (raw) => textBacklog(raw as TextBacklogFigures),
  },
  {
    name: 'ledger',
    script: 'ledger.ts',
    about: 'transfers a second on SQLite and on PostgreSQL (about half a minute)',
    figures: (raw) => (raw as LedgerFigures[]).flatMap(ledger),
  },
  {
    name: 'rate deck',
    script: 'rate-deck.ts',
    about: 'a deck of 200,000 prefixes is imported, changed and looked up in (about half a minute)',
    figures: (raw) => (raw as RateDeckFigures[]).flatMap(rateDeck),
  },
  {
    name: 'records export',
    script: 'records-export.ts',
    about: 'a million records of calls as CSV and JSON (some minutes)',
    figures: (raw) => recordsExport(raw as RecordsExportFigures),
  },
  {
    name: 'soak',
    script: 'soak.ts',
    about: 'what ten thousand calls leave behind (about ten minutes)',
    figures: (raw) => soak(raw as SoakFigures),
  },
];

function setupLatency({ setupMs, callsPerSecond, calls, failed, cpuMsPerCall }: SetupLatencyFigures): Figure[] {
  return [
    { name: 'median', value: setupMs.median, unit: 'ms', limit: { below: 10 } },
    { name: '99th percentile', value: setupMs.p99, unit: 'ms', limit: { below: 30 } },
    { name: '90th percentile', value: setupMs.p90, unit: 'ms' },
    { name: 'longest', value: setupMs.most, unit: 'ms' },
    { name: `calls, ${callsPerSecond} a second`, value: calls, unit: '' },
    { name: 'failed calls', value: failed, unit: '', limit: { atMost: 0 } },
    { name: 'CPU of the gateway a call', value: cpuMsPerCall, unit: 'ms' },
  ];
}

function embeddedSip(figures: EmbeddedSipFigures): Figure[] {
  const { completedPerSecond, calls, failed, retransmissions, setupMs, cpuMsPerCall, heldAtOnce, bytesPerHeldCall } =
    figures;
  return [
    { name: 'complete calls a second', value: completedPerSecond, unit: '', limit: { atLeast: 300 } },
    { name: 'failed calls', value: failed, unit: `of ${calls}`, limit: { atMost: 0 } },
    { name: 'retransmissions', value: retransmissions, unit: '', limit: { atMost: 0 } },
    { name: 'request to answer, median', value: setupMs.median, unit: 'ms' },
    { name: 'request to answer, 99th percentile', value: setupMs.p99, unit: 'ms' },
    { name: 'CPU a call, application and server', value: cpuMsPerCall, unit: 'ms' },
    { name: 'calls held at once', value: heldAtOnce, unit: '', limit: { atLeast: 2000 } },
    { name: 'memory a held call', value: Math.round(bytesPerHeldCall / 1024), unit: 'KiB' },
  ];
}

function texts({ perSecond, sent, lost, doubled, inMs, outMs, cores, cpuMsPerText }: TextsFigures): Figure[] {
  return [
    { name: 'texts a second, in and out together', value: perSecond, unit: '', limit: { atLeast: 300 } },
    { name: 'texts lost', value: lost, unit: `of ${sent}`, limit: { atMost: 0 } },
    { name: 'texts doubled', value: doubled, unit: '', limit: { atMost: 0 } },
    { name: 'MESSAGE to event, median', value: inMs.median, unit: 'ms', limit: { below: 15 } },
    { name: 'MESSAGE to event, 99th percentile', value: inMs.p99, unit: 'ms' },
    { name: 'transaction to MESSAGE, median', value: outMs.median, unit: 'ms' },
    { name: 'transaction to MESSAGE, 99th percentile', value: outMs.p99, unit: 'ms' },
    { name: 'cores used, all threads', value: cores, unit: '', limit: { atMost: 1 } },
    { name: 'CPU of the gateway a text', value: cpuMsPerText, unit: 'ms' },
  ];
}

/** What is held also grows with the texts a second: SIP remembers a request for five seconds (RFC 3261 Timer K). */
function textBacklog(figures: TextBacklogFigures): Figure[] {
  const { waiting, lost, doubled, outOfOrder, drainedPerSecond } = figures;
  const { beforeMib, mostMib, heldBeforeMib, heldMostMib } = figures;
  const heldGrowth = rounded(heldMostMib - heldBeforeMib);
  const residentGrowth = rounded(mostMib - beforeMib);
  return [
    { name: 'texts that waited', value: waiting, unit: '' },
    { name: 'texts lost', value: lost, unit: '', limit: { atMost: 0 } },
    { name: 'texts doubled', value: doubled, unit: '', limit: { atMost: 0 } },
    { name: 'texts out of order', value: outOfOrder, unit: '', limit: { atMost: 0 } },
    { name: 'texts a second', value: drainedPerSecond, unit: '' },
    { name: 'memory after collection, more than at the start', value: heldGrowth, unit: 'MiB', limit: { below: 50 } },
    { name: 'resident memory before', value: beforeMib, unit: 'MiB' },
    { name: 'resident memory, most it grew by', value: residentGrowth, unit: 'MiB', limit: { below: 50 } },
  ];
}

function ledger({ database, alone, together, faults, verifyMs }: LedgerFigures): Figure[] {
  const titled = (name: string) => `${database}: ${name}`;
  return [
    { name: titled('transfers a second, one after the other'), value: alone.perSecond, unit: '' },
    { name: titled('a transfer, median'), value: alone.medianMs, unit: 'ms' },
    { name: titled('a transfer, 99th percentile'), value: alone.p99Ms, unit: 'ms' },
    // A call takes a handful, a text two.
    {
      name: titled(`transfers a second, ${together.callers} at once`),
      value: together.perSecond,
      unit: '',
      limit: { atLeast: 200 },
    },
    { name: titled('the books are looked through in'), value: verifyMs, unit: 'ms' },
    { name: titled('faults in the books'), value: faults, unit: '', limit: { atMost: 0 } },
  ];
}

function rateDeck(figures: RateDeckFigures): Figure[] {
  const { database, rows, importMs, changesMs, changed, readMs, longestWaitMs, lookUpMicroseconds } = figures;
  const titled = (name: string) => `${database}: ${name}`;
  return [
    { name: titled(`import of ${rows} prefixes`), value: importMs, unit: 'ms', limit: { below: 5_000 } },
    {
      name: titled(`import of the same, ${changed} of them dearer`),
      value: changesMs,
      unit: 'ms',
      limit: { below: 5_000 },
    },
    { name: titled('read into memory'), value: readMs, unit: 'ms' },
    { name: titled('the longest that others waited meanwhile'), value: longestWaitMs, unit: 'ms' },
    { name: titled('a look-up with its price'), value: lookUpMicroseconds, unit: 'µs', limit: { below: 5 } },
  ];
}

function recordsExport({ records, exports }: RecordsExportFigures): Figure[] {
  return exports.flatMap((one) => [
    { name: `${one.format}: records a second`, value: one.perSecond, unit: `of ${records}` },
    { name: `${one.format}: size`, value: one.mib, unit: 'MiB' },
    {
      name: `${one.format}: memory after collection, more than at the start`,
      value: rounded(one.heldMostMib - one.heldBeforeMib),
      unit: 'MiB',
      limit: { below: 10 },
    },
    {
      name: `${one.format}: resident memory, growth after the first tenth`,
      value: rounded(one.residentMostMib - one.residentMib),
      unit: 'MiB',
      limit: { below: 30 },
    },
  ]);
}

/** The first number of calls has to be carried; larger ones show how far it goes. */
function embeddedMedia(figures: EmbeddedMediaFigures, index: number): Figure[] {
  const { calls, sent, received, latePercent, medianMs, p99Ms, cores, callsPerCore, kibPerCall } = figures;
  const must = (limit: Limit) => (index === 0 ? { limit } : {});
  const titled = (name: string) => `${calls} calls: ${name}`;
  return [
    { name: titled('calls a core at this CPU'), value: callsPerCore, unit: '', ...must({ atLeast: 60 }) },
    { name: titled('packets over 10 ms late'), value: latePercent, unit: '%', ...must({ below: 1 }) },
    { name: titled('packets lost'), value: Math.max(0, sent - received), unit: `of ${sent}` },
    { name: titled('delay, median'), value: medianMs, unit: 'ms' },
    { name: titled('delay, 99th percentile'), value: p99Ms, unit: 'ms' },
    { name: titled('cores used'), value: cores, unit: '' },
    // Later ones find the memory of the first.
    ...(index === 0 ? [{ name: titled('memory a call'), value: kibPerCall, unit: 'KiB', limit: { below: 2048 } }] : []),
  ];
}

/**
 * Growth between two looks at a gateway without calls. Resident memory is compared under load: without calls it depends on how
 * much of its heap the engine has given back. What memory may grow by is what measuring it wavers by.
 */
function soak({ calls, failed, callsPerSecond, before, after, rssUnderLoadMib }: SoakFigures): Figure[] {
  const grown = (value: (state: GatewayState) => number) => rounded(value(after) - value(before));
  const rows = (state: GatewayState) => Object.values(state.rows).reduce((sum, count) => sum + count, 0);
  const history = (state: GatewayState) => Object.values(state.historyRows).reduce((sum, count) => sum + count, 0);
  return [
    { name: 'calls', value: calls, unit: `at ${callsPerSecond} a second` },
    { name: 'failed calls', value: failed, unit: '', limit: { atMost: 0 } },
    {
      name: 'heap after collection, more than before',
      value: grown((s) => s.heapMib),
      unit: 'MiB',
      limit: { below: 2 },
    },
    {
      name: 'resident memory, growth a call',
      value: growthKib(rssUnderLoadMib, calls),
      unit: 'KiB',
      limit: { below: 2 },
    },
    { name: 'resident memory without calls, before', value: before.rssMib, unit: 'MiB' },
    { name: 'resident memory without calls, after', value: after.rssMib, unit: 'MiB' },
    { name: 'sockets, more than before', value: grown((s) => s.sockets), unit: '', limit: { atMost: 0 } },
    { name: 'other files, more than before', value: grown((s) => s.otherFiles), unit: '', limit: { atMost: 0 } },
    { name: 'timers, more than before', value: grown((s) => s.timers), unit: '', limit: { atMost: 0 } },
    { name: 'database rows, more than before', value: grown(rows), unit: '', limit: { atMost: 0 } },
    { name: 'rows of the bounded history', value: history(after), unit: '', limit: { below: 10_000 } },
  ];
}

/**
 * KiB a call, from the middle third of the looks to the last, each by its median: in the first third the process still finds the
 * size that it needs at this rate.
 */
function growthKib(rssMib: readonly number[], calls: number): number {
  const third = Math.max(1, Math.floor(rssMib.length / 3));
  const middle = percentile(rssMib.slice(-2 * third, -third), 0.5);
  const last = percentile(rssMib.slice(-third), 0.5);
  return rounded(((last - middle) * 1024) / (calls / 3));
}
