/** What a benchmark says: figures with their limits, as a table for people. */

export interface Figure {
  /** What was measured, in a few words. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it has to reach; without it the figure is there to be known. */
  readonly limit?: Limit;
}

export type Limit = { readonly atMost: number } | { readonly atLeast: number } | { readonly below: number };

export interface BenchResult {
  readonly name: string;
  readonly figures: readonly Figure[];
}

/** undefined when there is nothing to reach. */
export function isReached({ value, limit }: Figure): boolean | undefined {
  if (limit === undefined) return undefined;
  // JSON turns NaN into null, which would compare as 0.
  if (!Number.isFinite(value)) return false;
  if ('atMost' in limit) return value <= limit.atMost;
  if ('atLeast' in limit) return value >= limit.atLeast;
  return value < limit.below;
}

function limitText(limit: Limit | undefined): string {
  if (limit === undefined) return '';
  if ('atMost' in limit) return `≤ ${limit.atMost}`;
  if ('atLeast' in limit) return `≥ ${limit.atLeast}`;
  return `< ${limit.below}`;
}

const VERDICT = { true: 'reached', false: 'MISSED', undefined: '' } as const;

/** A table in Markdown, its columns aligned. */
export function figureTable(results: readonly BenchResult[]): string {
  const head = ['Benchmark', 'Figure', 'Measured', 'Limit', ''];
  const rows = results.flatMap(({ name, figures }) =>
    figures.map((figure) => [
      name,
      figure.name,
      `${figure.value} ${figure.unit}`.trimEnd(),
      limitText(figure.limit),
      VERDICT[`${isReached(figure)}`],
    ]),
  );
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** The value below which `share` (0…1) of the values lie: the nearest-rank percentile. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Three significant digits at most, and no more than two decimals. */
export function rounded(value: number): number {
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number(value.toFixed(decimals));
}
